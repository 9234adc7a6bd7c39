# SPDX-License-Identifier: Apache-2.0
# Kernels for guests: docs/reference/kernel.md. Included by the top Makefile.

FLAVOUR ?= sandbox
KERNEL_ARCH = $(or $(ARCH),x86_64)

## kernel       make kernel [FLAVOUR=sandbox|minimal|debug] [KERNEL_SRC=DIR] [ARCH=aarch64] [FRAGMENTS='NAME…']: a kernel in the cache
.PHONY: kernel
kernel:
	$(Q)kernel-config/build --check --arch '$(KERNEL_ARCH)' --fragments '$(FRAGMENTS)' '$(FLAVOUR)'
	$(Q)KERNEL_SRC='$(KERNEL_SRC)' tools/deps $(if $(filter $(shell uname -m),$(KERNEL_ARCH)),kernel,kernel-cross)
	$(Q)PITH_CACHE=$(PITH_CACHE) kernel-config/build --arch '$(KERNEL_ARCH)' --fragments '$(FRAGMENTS)' \
		$(if $(KERNEL_SRC),--source '$(KERNEL_SRC)') '$(FLAVOUR)'

## kernel-test  make kernel-test [FLAVOUR=…]: builds that kernel, tries all its promises in guests, and runs the VM ring on it
.PHONY: kernel-test
kernel-test: kernel test-build
	$(Q)tools/deps kernel-test
	$(Q)PITH_CACHE=$(PITH_CACHE) PITH_BUILD=$(abspath $(BUILD)) tests/kernel/all '$(FLAVOUR)'
