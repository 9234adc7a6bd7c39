# SPDX-License-Identifier: Apache-2.0
# Images, and the VMs that run them; included by the top Makefile. A new folder in images/ needs no edit here.

KERNEL_DIR ?= $(PITH_CACHE)/kernel
IMAGES := $(patsubst images/%/manifest,%,$(wildcard images/*/manifest))
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
	tools/deps vm

## image        the images of images/: build/image/NAME
# In a make of its own, so that it starts with what tools/deps has installed.
.PHONY: image
image:
	$(Q)tools/deps run
	$(Q)$(MAKE) --no-print-directory $(IMAGES:%=$(BUILD)/image/%/initramfs.cpio)

## run          boot a microVM and show it at work on real data
.PHONY: run
run: image
	$(Q)$(VM_ENV) tools/demo

## shell        boot a microVM and give a shell in it
.PHONY: shell
shell: image
	$(Q)$(VM_ENV) tools/shell
