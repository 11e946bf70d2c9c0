# What proves the tree, and what runs it in place.  Included by GNUmakefile.
#
#	make check [K=pattern]	install what the tests need, run regress/
#	make check-long		the same with hundreds of rounds
#	make lint		warnings as errors, format, cppcheck, manuals,
#				the numbers of the tree
#	make fuzz [T=60] [ONLY=name]
#	make bench		beside Postfix, on this disk
#	make run		the suite in the foreground on 127.0.0.1:2525

JOBS		?= $(shell nproc 2>/dev/null || echo 2)
INSTALL_PKGS	:= etc/packages/install
EXIM_DIR	:= build/peers/exim

# A fuzz target's row: FUZZ += x_fuzz; x_fuzz_SRCS; x_fuzz_LDLIBS.  Built by
# clang, with objects of its own.
FUZZ		:=
-include $(wildcard regress/fuzz/*.mk)
FUZZ_CC		?= clang
FUZZ_FLAGS	:= -fsanitize=fuzzer-no-link,address,undefined \
		   -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FUZZ_CFLAGS	:= -std=c11 -O1 -g $(FUZZ_FLAGS) -DSELOR_FUZZ=1
fuzzobj = $(patsubst %.c,build/fuzz/obj/%.o,$(1))

build/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(CPPFLAGS) -U_FORTIFY_SOURCE -I$(dir $<) $(FUZZ_CFLAGS) \
	    -MMD -MP -c -o $@ $<
define fuzzer
build/fuzz/$(1): $$(call fuzzobj,$$($(1)_SRCS))
	@mkdir -p $$(@D)
	$$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $$@ $$^ \
	    $$($(1)_LDLIBS) $$(COMMON_LDLIBS)
endef
$(foreach f,$(FUZZ),$(eval $(call fuzzer,$(f))))
fuzz-programs: $(addprefix build/fuzz/,$(FUZZ))
-include $(shell find build/fuzz/obj -name '*.d' 2>/dev/null)

# The test tools in C, built like any program but never installed.
TOOLS		:=
-include regress/bench/files.mk
define tool
$(BUILD)/tools/$(1): $$(call obj,$$($(1)_SRCS))
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $$($(1)_LDLIBS) -lbsd
endef
$(foreach t,$(TOOLS),$(eval $(call tool,$(t))))
# Loaded into programs under test, so never with a sanitizer of its own.
$(BUILD)/tools/faults.so: regress/lib/faults.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -U_FORTIFY_SOURCE -std=c11 $(WARN) $(CFLAGS) -fPIC \
	    -shared -o $@ $<
tools: $(addprefix $(BUILD)/tools/,$(TOOLS) faults.so)

libs: $(LIBCOMMON) $(LIBMAIL) $(LIBRULES)

# What regress/run asks for, so that names are listed in one place only.
list-tests:
	@printf 'unit %s\n' $(UNIT)
	@printf 'fuzz %s\n' $(FUZZ)
	@printf 'prog %s\n' $(PROGS)

RUN_ENV		= BUILD=$(BUILD) SELOR_SAN=$(SAN)

check:
	@$(INSTALL_PKGS) build test
	@regress/lib/exim-unpack $(EXIM_DIR)
	@$(MAKE) --no-print-directory -s -j$(JOBS) programs unit tools \
	    fuzz-programs
	@[ "$$(id -u)" -ne 0 ] || etc/install-users
	@$(RUN_ENV) regress/run $(if $(K),-k '$(K)')

check-long:
	@SELOR_LONG=1 $(MAKE) --no-print-directory check

fuzz:
	@$(INSTALL_PKGS) build test
	@$(MAKE) --no-print-directory -s -j$(JOBS) fuzz-programs
	@regress/lib/fuzz $(or $(T),60) $(or $(ONLY),$(FUZZ))

bench:
	@$(INSTALL_PKGS) build test
	@$(MAKE) --no-print-directory -s -j$(JOBS) programs tools
	@[ "$$(id -u)" -ne 0 ] || etc/install-users
	@$(RUN_ENV) regress/bench/bench.py $(BENCH)

LINT_C		= $(shell git ls-files '*.c' '*.h')
lint:
	@$(INSTALL_PKGS) build test lint
	@$(MAKE) --no-print-directory -s -j$(JOBS) BUILD=build/lint \
	    CFLAGS='-O2 -g -Werror' libs programs unit tools
	@regress/lib/lint $(LINT_C)

run:
	@$(INSTALL_PKGS) build
	@$(MAKE) --no-print-directory -s -j$(JOBS) programs
	@exec etc/run

.PHONY: check check-long fuzz bench lint run libs tools fuzz-programs list-tests
