FUZZ += rules_expand_fuzz rules_run_fuzz
rules_expand_fuzz_SRCS = regress/fuzz/rules_expand_fuzz.c $(RULES_FAKE_SRCS)
rules_expand_fuzz_LDLIBS = $(MAIL_LDLIBS)
rules_run_fuzz_SRCS = regress/fuzz/rules_run_fuzz.c $(RULES_FAKE_SRCS)
rules_run_fuzz_LDLIBS = $(MAIL_LDLIBS)
