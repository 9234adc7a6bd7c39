# SPDX-License-Identifier: Apache-2.0
# Tests, checks and figures; included by the top Makefile. Each ring finds its tests by directory: a new file needs no edit here.

# A test names what it is linked with in a comment at its top: /* links: common/frame.c agent/protocol/json.c CJSON */
# LIBPITH is all that libpith.a is made of, and nothing else.
links = $(subst LIBPITH,$(LIBPITH) CJSON,$(shell sed -n 's,^/\* links:\(.*\)\*/,\1,p' $(1)))

UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))

# unit NAME
define unit
$(eval LINKS := $(call links,tests/unit/$(1).c))
$(BUILD)/tests/unit/$(1): $(call objects,$(BUILD)/obj,tests/unit/$(1).c tests/harness/tap.c $(LINKS))
	@mkdir -p $$(@D)
	@echo "  LD      $$@"
	$(Q)$(MUSL_CC) $(filter-out -s,$(RELEASE_LDFLAGS)) $(LDFLAGS_$(1)) -o $$@ $$^
$(SAN)/tests/unit/$(1): $(call objects,$(SAN)/obj,tests/unit/$(1).c tests/harness/tap.c $(LINKS))
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

# ---- examples: programs on libpith, built as a user's are: the public headers, libpith and nothing else ----

EXAMPLES := $(patsubst examples/%.c,%,$(wildcard examples/*.c))

# example NAME
define example
$(BUILD)/examples/$(1): $(call objects,$(BUILD)/obj,examples/$(1).c $(LIBPITH) CJSON)
	@mkdir -p $$(@D)
	$(Q)$(MUSL_CC) $(filter-out -s,$(RELEASE_LDFLAGS)) -o $$@ $$^
$(SAN)/examples/$(1): $(call objects,$(SAN)/obj,examples/$(1).c $(LIBPITH) CJSON)
	@mkdir -p $$(@D)
	$(Q)$(SAN_CC) $(SAN_CFLAGS) -o $$@ $$^
endef
$(foreach t,$(EXAMPLES),$(eval $(call example,$(t))))
$(BUILD)/obj/examples/%.o $(SAN)/obj/examples/%.o $(BUILD)/fuzz/obj/examples/%.o: DEFINES += -Ihost/include

## examples     the programs of examples/, in build/examples/
.PHONY: examples
examples: $(EXAMPLES:%=$(BUILD)/examples/%)

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
	$(Q)$(FUZZ_CC) $(DEFINES) $(FUZZ_CFLAGS) $(CJSON_FLAGS) -c -o $@ $<

.PHONY: fuzz-programs
fuzz-programs: $(FUZZ:%=$(BUILD)/fuzz/fuzz_%)

# The words of the tables, so that the fuzzer need not guess them.
TABLES := $(wildcard agent/*/*.def agent/*.def init/*.def)
$(BUILD)/fuzz/words.dict: $(TABLES)
	@mkdir -p $(@D)
	$(Q)sed -nE 's/^((AGENT|WORKER)_REQUEST|OPTION)\((\w+).*/"\3"/p; s/^(FIELD|KEY|CHOICE|INNER|LIST)\(\w+, (\w+).*/"\2"/p' $(TABLES) | sort -u >$@

## fuzz         make fuzz T=NAME TIME=60: libFuzzer with ASan and UBSan
# The corpus grows in build/; an input that breaks a property is left in build/fuzz/found/NAME-*.
ifdef T
.PHONY: fuzz
fuzz: $(BUILD)/fuzz/fuzz_$(T) $(BUILD)/fuzz/words.dict
	@mkdir -p $(BUILD)/fuzz/corpus/$(T) $(BUILD)/fuzz/found
	$(Q)$< -max_total_time=$(TIME) -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 -verbosity=1 \
		-artifact_prefix=$(BUILD)/fuzz/found/$(T)- -dict=$(BUILD)/fuzz/words.dict \
		$(BUILD)/fuzz/corpus/$(T) tests/fuzz/seeds/$(T)
else
.PHONY: fuzz
fuzz:
	@echo "usage: make fuzz T=NAME [TIME=seconds]; NAME is one of: $(FUZZ)"; exit 1
endif

.PHONY: guest-fixtures
guest-fixtures: $(FIXTURES:%=$(BUILD)/tests/fixtures/%)

.PHONY: test-programs
test-programs: $(foreach b,$(BUILD) $(SAN),$(EXAMPLES:%=$(b)/examples/%) $(UNIT:%=$(b)/tests/unit/%) $(FIXTURES:%=$(b)/tests/fixtures/%) $(FUZZ:%=$(b)/tests/fuzz/fuzz_%))

# ---- figures: docs/internals/performance.md ----

BENCH := $(patsubst tests/bench/%.c,%,$(wildcard tests/bench/bench_*.c tests/bench/load_*.c))

# bench NAME
define bench
$(eval LINKS := $(call links,tests/bench/$(1).c))
$(BUILD)/tests/bench/$(1): $(call objects,$(BUILD)/obj,tests/bench/$(1).c $(LINKS))
	@mkdir -p $$(@D)
	@echo "  LD      $$@"
	$(Q)$(MUSL_CC) $(RELEASE_LDFLAGS) -o $$@ $$^
endef
$(foreach t,$(BENCH),$(eval $(call bench,$(t))))

.PHONY: bench-programs
bench-programs: $(BENCH:%=$(BUILD)/tests/bench/%)

## bench        figures beside their references, in one run
.PHONY: bench
bench:
	$(Q)tools/deps build vm
	$(Q)$(SUBMAKE) all bench-programs $(IMAGES:%=$(BUILD)/image/%/initramfs.cpio)
	$(Q)BUILD=$(BUILD) tests/bench/run

# ---- rings: see tests/harness/run ----

# A make of its own, so that it starts with what tools/deps has just installed; on all cores unless told otherwise.
SUBMAKE = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc) -Otarget)
RINGS := lint unit fuzz proc ns vm

.PHONY: test-build
test-build:
	$(Q)tools/deps build test vm image install
	$(Q)$(SUBMAKE) all san test-programs $(IMAGES:%=$(BUILD)/image/%/initramfs.cpio)

## test         build everything, run the rings lint, unit, fuzz seeds, proc, ns (release and sanitizers) and vm
.PHONY: test
test: test-build
	$(Q)BUILD=$(BUILD) tests/harness/run test $(RINGS)

## test-all     what is longer too: guests of aarch64, our kernels, make lint, repro, valgrind, fuzzing, a short bench.
##              Rings that make test passed on this very tree are counted, not run again
.PHONY: test-all
test-all: test-build
	$(Q)tools/deps lint packages aarch64 kernel-test
	$(Q)$(MAKE) --no-print-directory FLAVOUR=minimal kernel
	$(Q)$(MAKE) --no-print-directory FLAVOUR=sandbox kernel
	$(Q)$(SUBMAKE) fuzz-programs plain bench-programs
	$(Q)$(SUBMAKE) ARCH=aarch64 BUILD=$(BUILD)/aarch64 all guest-fixtures $(BUILD)/aarch64/image/minimal/initramfs.cpio
	$(Q)BUILD=$(BUILD) tests/harness/run --reuse test all $(RINGS) aarch64 long

## unit         the unit ring alone, in both builds; V=1 shows each test
.PHONY: unit
unit: test-programs
	$(Q)prove $(if $(filter 1,$(V)),-v) $(UNIT:%=$(BUILD)/tests/unit/%) $(UNIT:%=$(SAN)/tests/unit/%)

# ---- checks ----

## size         the sizes of the programs against their budgets
.PHONY: size
size: all
	$(Q)BUILD=$(BUILD) tests/harness/size

## repro        two builds in two directories, compared byte by byte
.PHONY: repro
repro:
	$(Q)tests/harness/repro

# Plain glibc objects from gcc: for valgrind, which cannot look into a static program.
PLAIN := $(BUILD)/plain
$(PLAIN)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC plain $<"
	$(Q)gcc $(WARNINGS) $(DEFINES) -O1 -g -MMD -MP -c -o $@ $<
$(PLAIN)/obj/cjson/cJSON.o: $(CJSON)
	@mkdir -p $(@D)
	$(Q)gcc $(DEFINES) -O1 -g $(CJSON_FLAGS) -c -o $@ $<

# plain NAME
define plain
$(eval LINKS := $(call links,tests/unit/$(1).c))
$(PLAIN)/tests/unit/$(1): $(call objects,$(PLAIN)/obj,tests/unit/$(1).c tests/harness/tap.c $(LINKS))
	@mkdir -p $$(@D)
	$(Q)gcc $(LDFLAGS_$(1)) -o $$@ $$^
endef
$(foreach t,$(UNIT),$(eval $(call plain,$(t))))

# valgrind answers clone3(2) with ENOSYS: it cannot run what makes copies of itself.
VALGRIND_UNIT := $(filter-out $(notdir $(basename $(shell grep -l '^/\* links:.* agent/core/helper\.c' tests/unit/*.c))),$(UNIT))

.PHONY: plain
plain: $(VALGRIND_UNIT:%=$(PLAIN)/tests/unit/%)

## valgrind     the unit ring under valgrind
.PHONY: valgrind
valgrind: plain
	$(Q)PITH_TEST_SLOW=10 prove --exec 'valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite' \
		$(VALGRIND_UNIT:%=$(PLAIN)/tests/unit/%)

OUR_C = $(wildcard $(foreach d,common init agent host,$(d)/*.c $(d)/*/*.c $(d)/*/*/*.c))
TEST_C = $(wildcard tests/*/*.c examples/*.c)
SHELL_FILES = $(shell grep -slIE '^\#!/bin/(ba)?sh' $$(git ls-files --cached --others --exclude-standard))
PYTHON_FILES = $(shell grep -slIE '^\#!.*python3|^"""' $$(git ls-files --cached --others --exclude-standard))

## lint         every check below
LINTS := lint-build lint-tidy lint-analyzer lint-cppcheck lint-words lint-shell lint-python
.PHONY: lint $(LINTS)
lint: $(LINTS)

## lint-build   all programs and tests with gcc and clang, warnings are errors
lint-build:
	$(Q)$(MAKE) --no-print-directory -s CI=1 $(if $(CI),,BUILD=$(BUILD)/werror) all san test-programs

## lint-tidy    clang-tidy; .clang-tidy says which checks, and why not the others
lint-tidy:
	$(Q)printf '%s\n' $(OUR_C) $(TEST_C) | xargs -P $$(nproc) -n 4 \
		sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- $(WARNINGS) $(DEFINES) -Ihost/include 2>/dev/null' tidy

## lint-analyzer  gcc -fanalyzer; without optimisation, which hides from it what it should find
lint-analyzer:
	$(Q)printf '%s\n' $(OUR_C) | xargs -P $$(nproc) -n 1 gcc $(WARNINGS) -Werror -fanalyzer $(DEFINES) -O0 -c -o /dev/null

## lint-cppcheck  cppcheck
lint-cppcheck:
	$(Q)cppcheck --quiet --enable=warning,performance,portability --inline-suppr --error-exitcode=1 --std=c11 -j $$(nproc) \
		--suppressions-list=tests/harness/cppcheck.txt -I. -Ihost/include $(OUR_C) $(TEST_C)

## lint-words   spelling, but for dumps of bytes, whose rows cut words in two
lint-words:
	$(Q)git ls-files -z --cached --others --exclude-standard | \
		xargs -0 codespell --ignore-words tests/harness/words.txt --ignore-regex '^    [<>][ *].*$$'

## lint-shell   shellcheck
lint-shell:
	$(Q)shellcheck -x $(SHELL_FILES)

## lint-python  every script compiles
lint-python:
	$(Q)for f in $(PYTHON_FILES); do python3 -c 'import sys; compile(open(sys.argv[1]).read(), sys.argv[1], "exec")' "$$f" || exit 1; done
