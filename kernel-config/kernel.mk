# SPDX-License-Identifier: Apache-2.0
# Kernels for guests: docs/kernel.md. Included by the top Makefile.

FLAVOUR ?= sandbox
KERNEL_ARCH = $(or $(ARCH),x86_64)

## kernel       make kernel [FLAVOUR=sandbox|minimal|debug] [KERNEL_SRC=DIR] [ARCH=aarch64] [FRAGMENTS='NAME…']: a kernel in the cache
.PHONY: kernel
kernel:
	$(Q)kernel-config/build --check --arch '$(KERNEL_ARCH)' --fragments '$(FRAGMENTS)' '$(FLAVOUR)'
	$(Q)KERNEL_SRC='$(KERNEL_SRC)' tools/deps $(if $(filter $(shell uname -m),$(KERNEL_ARCH)),kernel,kernel-cross)
	$(Q)PITH_CACHE=$(PITH_CACHE) kernel-config/build --arch '$(KERNEL_ARCH)' --fragments '$(FRAGMENTS)' \
		$(if $(KERNEL_SRC),--source '$(KERNEL_SRC)') '$(FLAVOUR)'
