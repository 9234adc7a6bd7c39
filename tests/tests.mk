# SPDX-License-Identifier: Apache-2.0
# Tests, checks and figures; included by the top Makefile. Each ring finds its tests by folder: a new file needs no edit here.

# A test names what it is linked with in a comment at its top: /* links: common/frame.c agent/json.c CJSON */
links = $(shell sed -n 's,^/\* links:\(.*\)\*/,\1,p' $(1))

UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))

# unit NAME
define unit
$(eval LINKS := $(call links,tests/unit/$(1).c))
$(BUILD)/tests/unit/$(1): $(call objects,$(BUILD)/obj,tests/unit/$(1).c tests/tap.c $(LINKS))
	@mkdir -p $$(@D)
	@echo "  LD      $$@"
	$(Q)$(MUSL_CC) $(filter-out -s,$(RELEASE_LDFLAGS)) $(LDFLAGS_$(1)) -o $$@ $$^
$(SAN)/tests/unit/$(1): $(call objects,$(SAN)/obj,tests/unit/$(1).c tests/tap.c $(LINKS))
	@mkdir -p $$(@D)
	@echo "  LD san  $$@"
	$(Q)$(SAN_CC) $(SAN_CFLAGS) $(LDFLAGS_$(1)) -o $$@ $$^
endef
$(foreach t,$(UNIT),$(eval $(call unit,$(t))))

# Small programs that tests run: tests/fixtures/NAME.c becomes build/tests/fixtures/NAME, static, and build/san/tests/fixtures/NAME.
FIXTURES := $(patsubst tests/fixtures/%.c,%,$(wildcard tests/fixtures/*.c))

# fixture NAME
define fixture
$(eval LINKS := $(call links,tests/fixtures/$(1).c))
$(BUILD)/tests/fixtures/$(1): $(call objects,$(BUILD)/obj,tests/fixtures/$(1).c $(LINKS))
	@mkdir -p $$(@D)
	$(Q)$(MUSL_CC) $(filter-out -s,$(RELEASE_LDFLAGS)) -o $$@ $$^
$(SAN)/tests/fixtures/$(1): $(call objects,$(SAN)/obj,tests/fixtures/$(1).c $(LINKS))
	@mkdir -p $$(@D)
	$(Q)$(SAN_CC) $(SAN_CFLAGS) -o $$@ $$^
endef
$(foreach t,$(FIXTURES),$(eval $(call fixture,$(t))))

.PHONY: test-programs
test-programs: $(foreach b,$(BUILD) $(SAN),$(UNIT:%=$(b)/tests/unit/%) $(FIXTURES:%=$(b)/tests/fixtures/%))

# `make unit` is the ring to run while writing: both builds, a second or two.
.PHONY: unit
unit: test-programs
	$(Q)prove $(if $(filter 1,$(V)),-v) $(UNIT:%=$(BUILD)/tests/unit/%) $(UNIT:%=$(SAN)/tests/unit/%)
