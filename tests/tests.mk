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

# ---- fuzzing: see tests/fuzz/fuzz.h ----

FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_CC ?= clang
FUZZ_CFLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
TIME ?= 60

# fuzz NAME
define fuzz
$(eval LINKS := $(call links,tests/fuzz/fuzz_$(1).c))
$(BUILD)/tests/fuzz/fuzz_$(1): $(call objects,$(BUILD)/obj,tests/fuzz/fuzz_$(1).c tests/fuzz/replay.c $(LINKS))
	@mkdir -p $$(@D)
	@echo "  LD      $$@"
	$(Q)$(MUSL_CC) $(filter-out -s,$(RELEASE_LDFLAGS)) -o $$@ $$^
$(SAN)/tests/fuzz/fuzz_$(1): $(call objects,$(SAN)/obj,tests/fuzz/fuzz_$(1).c tests/fuzz/replay.c $(LINKS))
	@mkdir -p $$(@D)
	@echo "  LD san  $$@"
	$(Q)$(SAN_CC) $(SAN_CFLAGS) -o $$@ $$^
$(BUILD)/fuzz/fuzz_$(1): $(call objects,$(BUILD)/fuzz/obj,tests/fuzz/fuzz_$(1).c $(LINKS))
	@echo "  LD fuzz $$@"
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $$@ $$^
endef
$(foreach t,$(FUZZ),$(eval $(call fuzz,$(t))))

$(BUILD)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC fuzz $<"
	$(Q)$(FUZZ_CC) $(WARNINGS) $(DEFINES) $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/fuzz/obj/cjson/cJSON.o: $(CJSON)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(DEFINES) $(FUZZ_CFLAGS) -w -c -o $@ $<

.PHONY: fuzz-programs
fuzz-programs: $(FUZZ:%=$(BUILD)/fuzz/fuzz_%)

# The corpus grows in build/; an input that breaks a property is left in build/fuzz/found/NAME-*.
ifdef T
.PHONY: fuzz
fuzz: $(BUILD)/fuzz/fuzz_$(T)
	@mkdir -p $(BUILD)/fuzz/corpus/$(T) $(BUILD)/fuzz/found
	$(Q)$< -max_total_time=$(TIME) -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 -verbosity=1 \
		-artifact_prefix=$(BUILD)/fuzz/found/$(T)- $(if $(wildcard tests/fuzz/$(T).dict),-dict=tests/fuzz/$(T).dict) \
		$(BUILD)/fuzz/corpus/$(T) tests/fuzz/seeds/$(T)
else
.PHONY: fuzz
fuzz:
	@echo "usage: make fuzz T=NAME [TIME=seconds]; NAME is one of: $(FUZZ)"; exit 1
endif

.PHONY: test-programs
test-programs: $(foreach b,$(BUILD) $(SAN),$(UNIT:%=$(b)/tests/unit/%) $(FIXTURES:%=$(b)/tests/fixtures/%) $(FUZZ:%=$(b)/tests/fuzz/fuzz_%))

# `make unit` is the ring to run while writing: both builds, a second or two.
.PHONY: unit
unit: test-programs
	$(Q)prove $(if $(filter 1,$(V)),-v) $(UNIT:%=$(BUILD)/tests/unit/%) $(UNIT:%=$(SAN)/tests/unit/%)
