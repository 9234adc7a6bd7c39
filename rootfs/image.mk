# SPDX-License-Identifier: Apache-2.0
# Images, and the VMs that run them; included by the top Makefile. A new directory in images/ needs no edit here.

KERNEL_DIR ?= $(if $(CROSS_DEPS),$(CROSS_FILES),$(PITH_CACHE))/kernel
# What goes into the image. Not from the environment: a make for another machine is called by one for this machine.
export BUSYBOX := $(if $(CROSS_DEPS),$(CROSS_FILES)/bin,/bin)/busybox
# Those that are an initramfs: with a list of modules.
IMAGES := $(patsubst images/%/modules,%,$(wildcard images/*/modules))
comma := ,
VM_ENV := PITH_CACHE=$(PITH_CACHE) PITH_BUILD=$(abspath $(BUILD))

# image NAME
define image
$(BUILD)/image/$(1)/initramfs.cpio: $(PROGRAMS:%=$(BUILD)/%) $(shell find images/$(1) -type f) $(wildcard rootfs/*) \
		$(KERNEL_DIR)/vmlinuz
	@echo "  IMAGE   $$@"
	$(Q)rootfs/mkimage images/$(1) $(BUILD) $(KERNEL_DIR) $(BUILD)/image/$(1)
endef
$(foreach i,$(IMAGES),$(eval $(call image,$(i))))

$(KERNEL_DIR)/vmlinuz:
	tools/deps vm $(CROSS_DEPS)

## image        the small image of make run; IMAGE=NAME of images/, or oci:PATH, tar:PATH, dir:PATH, debian:SUITE, with FORMAT=, SIZE=,
##              PITH=initrd|baked, CONFIG=, OUT=: a root file system, or with FORMAT=oci a layout (docs/guide/images.md)
# In a make of its own, so that it starts with what tools/deps has installed.
.PHONY: image
# Two makes must not link one program at a time.
image: $(filter all,$(MAKECMDGOALS))
ifdef IMAGE
OUT ?= $(BUILD)/image/$(notdir $(subst :,/,$(firstword $(subst $(comma), ,$(IMAGE)))))
image:
	$(Q)tools/deps $(if $(filter oci,$(FORMAT)),build,run) image $(CROSS_DEPS)
	$(Q)$(MAKE) --no-print-directory $(PROGRAMS:%=$(BUILD)/%)
	$(Q)$(VM_ENV) rootfs/image $(if $(FORMAT),--format '$(FORMAT)') $(if $(SIZE),--size '$(SIZE)') $(if $(PITH),--pith '$(PITH)') \
		$(if $(CONFIG),--config '$(CONFIG)') --kernel $(KERNEL_DIR) --machine $(ARCH) '$(if $(findstring :,$(IMAGE)),$(IMAGE),images/$(IMAGE))' '$(OUT)'
else
image:
	$(Q)tools/deps run $(CROSS_DEPS)
	$(Q)$(MAKE) --no-print-directory $(IMAGES:%=$(BUILD)/image/%/initramfs.cpio)
endif

# The guest may be of another machine than this one, on which pith runs.
HOST_BUILD := $(if $(CROSS_DEPS),build,$(BUILD))
HOST_PITH = $(if $(CROSS_DEPS),$(MAKE) --no-print-directory ARCH=$(HOST_ARCH) BUILD=$(HOST_BUILD) $(HOST_BUILD)/pith,:)
RUN_ENV := PITH_CACHE=$(PITH_CACHE) PITH_BUILD=$(abspath $(HOST_BUILD)) PITH_IMAGE=$(abspath $(BUILD))/image/minimal

## run          boot a microVM and show it at work on real data; ARCH=aarch64: one of that machine
.PHONY: run
run: image
	$(Q)$(HOST_PITH)
	$(Q)$(RUN_ENV) tools/demo

## shell        boot a microVM and give a shell in it
.PHONY: shell
shell: image
	$(Q)$(HOST_PITH)
	$(Q)$(RUN_ENV) tools/shell
