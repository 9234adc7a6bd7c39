# SPDX-License-Identifier: Apache-2.0
# `make help` lists what there is. Sources are found by directory; a new file needs no edit here.

PITH_CACHE ?= $(HOME)/.cache/pith
CJSON_DIR ?= $(PITH_CACHE)/cjson
HOST_ARCH := $(shell uname -m)
# make ARCH=aarch64: the programs and images of another machine than this one.
ARCH ?= $(HOST_ARCH)
BUILD ?= build$(if $(filter-out $(HOST_ARCH),$(ARCH)),/$(ARCH))
V ?= 0

# Asked when it is first needed: tools/deps may install gcc before that.
MULTIARCH = $(eval MULTIARCH := $(shell gcc -print-multiarch))$(MULTIARCH)

# musl-gcc hides the kernel's headers; -idirafter lets them in behind musl's own.
ifeq ($(ARCH),$(HOST_ARCH))
MUSL_CC ?= musl-gcc
KERNEL_HEADERS = -idirafter /usr/include -idirafter /usr/include/$(MULTIARCH)
CROSS_DEPS :=
else ifeq ($(ARCH),aarch64)
CROSS_DEPS := aarch64
CROSS_FILES := $(PITH_CACHE)/aarch64
MUSL_CC ?= aarch64-linux-gnu-gcc -specs $(CROSS_FILES)/musl/usr/lib/aarch64-linux-musl/musl-gcc.specs
KERNEL_HEADERS = -idirafter /usr/aarch64-linux-gnu/include
else
$(error ARCH=$(ARCH): there are $(HOST_ARCH) and aarch64)
endif
SAN_CC ?= clang

WARNINGS := -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings \
	-Wformat=2 -Wvla -Wswitch-enum -Wundef -Wcast-qual -Wimplicit-fallthrough -Werror=return-type \
	-Werror=incompatible-pointer-types
ifdef CI
WARNINGS += -Werror
endif
# Reproducible: no path of the build machine, no build id, no time.
REPRO := -ffile-prefix-map=$(CURDIR)=. -Wl,--build-id=none
DEFINES := -D_GNU_SOURCE -DCJSON_NESTING_LIMIT=16 -I. -isystem $(CJSON_DIR)

RELEASE_CFLAGS = -Oz -g0 -ffunction-sections -fdata-sections -fstack-protector-strong -U_FORTIFY_SOURCE \
	-fno-asynchronous-unwind-tables -fno-unwind-tables -fno-ident -fno-plt $(KERNEL_HEADERS)
# No relro: musl makes nothing read-only in a static program, and the mark costs up to a page of padding.
RELEASE_LDFLAGS := -static -s -fno-lto -Wl,--gc-sections -Wl,-z,norelro,-z,noexecstack
SAN_CFLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

COMMON := $(wildcard common/*.c common/*/*.c)
INIT := $(wildcard init/*.c)
AGENT := $(wildcard agent/*.c agent/*/*.c)
LIBPITH := $(wildcard host/*.c host/lib/*.c) common/frame.c common/io.c common/buf.c common/json_scan.c common/sha256.c
HOST := $(wildcard host/cli/*.c host/cli/*/*.c) $(LIBPITH) $(COMMON)
CJSON := $(CJSON_DIR)/cJSON.c
# What each program is made of; the linker drops what it does not use.
SRC_pith-init := $(INIT) $(COMMON)
SRC_pith-agent := $(AGENT) $(COMMON) CJSON
SRC_pith := $(HOST) CJSON

# Headers, code and constants in one segment: one page less in the file, and in memory. The small page: no gap between both segments.
PROGRAM_LDFLAGS_pith-init := -Wl,-z,noseparate-code
# The linker optimises the agent's own sources as one, which makes the program 5 % smaller. Their objects have both forms, as tests link
# some of them by themselves.
PROGRAM_LDFLAGS_pith-agent = -flto=1 -flto-partition=one $(RELEASE_CFLAGS) -Wl,-z,noseparate-code,-z,common-page-size=512

PROGRAMS := pith-init pith-agent pith
# `make BUILD=other` builds elsewhere; the sanitizer build of the same sources lies beside it.
SAN := $(BUILD)/san

Q := $(if $(filter 1,$(V)),,@)

## all          the programs: build/pith-init, build/pith-agent, build/pith (this is the default)
.PHONY: all
all: $(PROGRAMS:%=$(BUILD)/%) $(BUILD)/libpith.a

# object FLAVOUR-DIR, SOURCE-LIST -> objects
# cJSON comes with the numbers that it reads. sort: a file that is named twice is linked once.
objects = $(sort $(patsubst %.c,$(1)/%.o,$(filter %.c,$(2))) $(if $(filter CJSON,$(2)),$(1)/cjson/cJSON.o $(1)/common/json_number.o))

define program
$(BUILD)/$(1): $(call objects,$(BUILD)/obj,$(SRC_$(1)))
	@echo "  LD      $$@"
	$(Q)$(MUSL_CC) $(filter-out $(if $(findstring -flto,$(PROGRAM_LDFLAGS_$(1))),-fno-lto),$(RELEASE_LDFLAGS)) $(PROGRAM_LDFLAGS_$(1)) $(REPRO) -o $$@ $$^
$(SAN)/$(1): $(call objects,$(SAN)/obj,$(SRC_$(1)))
	@echo "  LD      $$@"
	$(Q)$(SAN_CC) $(SAN_CFLAGS) -o $$@ $$^
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

# For static programs of musl. What `make install` installs is of the distribution's libc, see packaging/install.mk.
$(BUILD)/libpith.a: $(call objects,$(BUILD)/obj,$(LIBPITH) CJSON)
	@echo "  AR      $@"
	$(Q)rm -f $@ && ar rcsD $@ $^

$(BUILD)/obj/agent/%.o: RELEASE_CFLAGS += -flto -ffat-lto-objects -frandom-seed=$<
$(BUILD)/obj/%.o: %.c | $(CJSON)
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(MUSL_CC) $(WARNINGS) $(DEFINES) $(RELEASE_CFLAGS) $(REPRO) -MMD -MP -c -o $@ $<

$(SAN)/obj/%.o: %.c | $(CJSON)
	@mkdir -p $(@D)
	@echo "  CC san  $<"
	$(Q)$(SAN_CC) $(WARNINGS) $(DEFINES) $(SAN_CFLAGS) -MMD -MP -c -o $@ $<

# cJSON is the distribution's source, not ours: our warnings do not apply to it.
CJSON_FLAGS := -w -Dstrtod=json_strtod
$(BUILD)/obj/cjson/cJSON.o: $(CJSON)
	@mkdir -p $(@D)
	@echo "  CC      cJSON.c"
	$(Q)$(MUSL_CC) $(DEFINES) $(RELEASE_CFLAGS) -ffile-prefix-map=$(CJSON_DIR)=cjson $(REPRO) $(CJSON_FLAGS) -c -o $@ $<
$(SAN)/obj/cjson/cJSON.o: $(CJSON)
	@mkdir -p $(@D)
	$(Q)$(SAN_CC) $(DEFINES) $(SAN_CFLAGS) $(CJSON_FLAGS) -c -o $@ $<

$(CJSON):
	tools/deps build

## san          the same with clang, glibc, ASan and UBSan, in build/san/
.PHONY: san
san: $(PROGRAMS:%=$(SAN)/%)

include tests/harness/tests.mk
include rootfs/image.mk
include kernel-config/kernel.mk
include packaging/install.mk

## clean        remove build/
.PHONY: clean
clean:
	rm -rf $(BUILD)

## help         this list
.PHONY: help
help:
	@sed -n 's/^## //p' $(wildcard Makefile */*.mk */*/*.mk)

-include $(shell find $(BUILD) -path '*/obj/*' -name '*.d' -type f 2>/dev/null)
