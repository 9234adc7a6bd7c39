# SPDX-License-Identifier: Apache-2.0
# Installing, releases and packages: docs/guide/install.md. Included by the top Makefile.

PREFIX ?= /usr/local
DESTDIR ?=
# Below PREFIX. Distributions have places of their own for both.
LIBDIR ?= lib
ZSHDIR ?= share/zsh/site-functions

VERSION := $(shell sed -n 's/^\#define PITH_VERSION "\(.*\)"/\1/p' common/version.h)
# The time that files of a release have, and the date of manual pages: that of the last commit. In a release's tree, where there is no
# git, all files have it.
RELEASE_TIME = $(eval RELEASE_TIME := $(or $(SOURCE_DATE_EPOCH),$(shell if [ -e .git ]; then git log -1 --format=%ct; else \
	stat -c %Y common/version.h; fi)))$(RELEASE_TIME)

# ---- libpith for programs of the distribution ----

# build/libpith.a is of musl, as pith is. What is installed is made for the C library that the programs of users have, is
# position-independent, and is one object that shows nothing but pith_* to the linker: a program may have its own cJSON, or its own dial().
CROSS_PREFIX := $(if $(CROSS_DEPS),aarch64-linux-gnu-)
LIBPITH_CC ?= $(CROSS_PREFIX)gcc
LIBPITH_CFLAGS = -O2 -g0 -fPIC -ffunction-sections -fdata-sections -fstack-protector-strong -fno-ident \
	$(if $(findstring musl,$(LIBPITH_CC)),$(KERNEL_HEADERS))
# Objects of two compilers do not mix.
DEV := $(BUILD)/dev/$(notdir $(firstword $(LIBPITH_CC)))

$(DEV)/obj/%.o: %.c | $(CJSON)
	@mkdir -p $(@D)
	@echo "  CC dev  $<"
	$(Q)$(LIBPITH_CC) $(WARNINGS) $(DEFINES) $(LIBPITH_CFLAGS) $(REPRO) -MMD -MP -c -o $@ $<
$(DEV)/obj/cjson/cJSON.o: $(CJSON)
	@mkdir -p $(@D)
	$(Q)$(LIBPITH_CC) $(DEFINES) $(LIBPITH_CFLAGS) -ffile-prefix-map=$(CJSON_DIR)=cjson $(REPRO) $(CJSON_FLAGS) -c -o $@ $<
$(DEV)/libpith.a: $(call objects,$(DEV)/obj,$(LIBPITH) CJSON)
	@echo "  AR      $@"
	$(Q)$(LIBPITH_CC) -nostdlib -r -o $(DEV)/libpith.o $^
	$(Q)$(CROSS_PREFIX)objcopy --wildcard --keep-global-symbol='pith_*' $(DEV)/libpith.o
	$(Q)rm -f $@ && $(CROSS_PREFIX)ar rcsD $@ $(DEV)/libpith.o

# ---- manual pages ----

MAN := $(BUILD)/man
PAGES := $(patsubst docs/reference/%.md,%,$(wildcard docs/reference/*.[1-8].md))

$(MAN)/%: docs/reference/%.md packaging/manpage common/version.h
	@mkdir -p $(@D)
	@echo "  MAN     $@"
	$(Q)packaging/manpage $< $(VERSION) "$$(date -u -d @$(RELEASE_TIME) +%Y-%m-%d)" >$@.part && mv $@.part $@

## man          the manual pages, in build/man/
.PHONY: man
man:
	$(Q)tools/deps install
	$(Q)$(MAKE) --no-print-directory $(PAGES:%=$(MAN)/%)

# ---- install: MODE SOURCE NAME of each file, by the package that has it ----

man_file = 644 $(MAN)/$(1) share/man/man$(patsubst .%,%,$(suffix $(1)))/$(1)
FILES_pith := 755 $(BUILD)/pith bin/pith $(call man_file,pith.1) \
	644 packaging/completions/pith.bash share/bash-completion/completions/pith \
	644 packaging/completions/_pith $(ZSHDIR)/_pith \
	644 packaging/completions/pith.fish share/fish/vendor_completions.d/pith.fish
FILES_pith-guest := 755 $(BUILD)/pith-init lib/pith/pith-init 755 $(BUILD)/pith-agent lib/pith/pith-agent \
	$(call man_file,pith-init.8) $(call man_file,pith-agent.8)
FILES_libpith-dev := 644 $(DEV)/libpith.a $(LIBDIR)/libpith.a 644 $(BUILD)/libpith.pc $(LIBDIR)/pkgconfig/libpith.pc \
	$(foreach h,$(wildcard host/include/*.h),644 $(h) include/$(notdir $(h))) $(call man_file,libpith.3)
PACKAGES := pith pith-guest libpith-dev

# PREFIX and LIBDIR may be others than the last time.
.PHONY: $(BUILD)/libpith.pc
$(BUILD)/libpith.pc:
	@mkdir -p $(@D)
	$(Q)sed 's,@PREFIX@,$(PREFIX),; s,@LIBDIR@,$(LIBDIR),; s,@VERSION@,$(VERSION),' packaging/libpith.pc.in >$@

.PHONY: installables
installables: $(PROGRAMS:%=$(BUILD)/%) $(DEV)/libpith.a $(BUILD)/libpith.pc $(PAGES:%=$(MAN)/%)

## install      the command, the guest's programs, the library, manual pages, completions; PREFIX= (/usr/local), DESTDIR=
# In a make of its own, so that it starts with what tools/deps has installed.
.PHONY: install
install:
	$(Q)tools/deps build install $(CROSS_DEPS)
	$(Q)$(MAKE) --no-print-directory installables
	$(Q)packaging/install-files install '$(DESTDIR)' '$(PREFIX)' $(foreach p,$(PACKAGES),$(FILES_$(p)))
	@echo "  INSTALL $(DESTDIR)$(PREFIX)"

## uninstall    removes what install wrote, with the same PREFIX= and DESTDIR=
.PHONY: uninstall
uninstall:
	$(Q)packaging/install-files uninstall '$(DESTDIR)' '$(PREFIX)'
	@echo "  REMOVE  $(DESTDIR)$(PREFIX)"

# ---- releases ----

DIST := pith-$(VERSION)

## dist         build/pith-VERSION.tar.gz: the tracked files, the same bytes for the same commit
.PHONY: dist
dist:
	$(Q)packaging/dist $(DIST) $(RELEASE_TIME) $(BUILD)/$(DIST).tar.gz

# ---- Debian packages ----

DEBS := $(HOST_BUILD)/deb
DEB_ARCH = $(if $(filter x86_64,$(ARCH)),amd64,arm64)
# The packages of both machines, but where ARCH= names one, or where there is no compiler for the other.
DEB_MACHINES := $(if $(filter command line,$(origin ARCH)),$(ARCH),$(if $(filter x86_64,$(HOST_ARCH)),x86_64 aarch64,$(HOST_ARCH)))

## deb          build/deb/*.deb: pith, pith-guest and libpith-dev, for amd64 and arm64; ARCH=: of one of both
.PHONY: deb
deb:
	$(Q)tools/deps build install $(if $(filter-out $(HOST_ARCH),$(DEB_MACHINES)),aarch64 deb-cross)
	$(Q)set -e; for machine in $(DEB_MACHINES); do \
		$(MAKE) --no-print-directory ARCH=$$machine PREFIX=/usr LIBDIR=lib/$$machine-linux-gnu ZSHDIR=share/zsh/vendor-completions \
			BUILD=$(if $(CROSS_DEPS),$(BUILD),$(BUILD)$$(test $$machine = $(HOST_ARCH) || echo /$$machine)) DEBS=$(DEBS) debs; \
	done

.PHONY: debs
debs: $(PACKAGES:%=deb-%)

.PHONY: $(PACKAGES:%=deb-%)
$(PACKAGES:%=deb-%): deb-%: installables
	$(Q)rm -rf $(BUILD)/stage/$* $(DEBS)/$*_*_$(DEB_ARCH).deb
	$(Q)packaging/install-files stage $(abspath $(BUILD))/stage/$* $(PREFIX) $(FILES_$*)
	$(Q)packaging/deb $* $(VERSION) $(DEB_ARCH) $(RELEASE_TIME) $(BUILD)/stage/$* $(DEBS)
