# The evaluation of rules, with a fake asker and fake answers.
RULES_FAKE_SRCS = regress/unit/rules_fake.c $(RULED_EVAL_SRCS) \
	$(LIBRULES_SRCS) $(LIBMAIL_SRCS) common/enums.c common/log.c \
	common/log_line.c common/netaddr.c common/option.c \
	common/option_check.c common/overlay.c common/rule_enums.c \
	common/slot.c

UNIT += rules_word_test rules_run_test rules_serve_test rules_turn_test \
	overlay_test
rules_word_test_SRCS = regress/unit/rules_word_test.c $(RULES_FAKE_SRCS)
rules_word_test_LDLIBS = $(MAIL_LDLIBS)
rules_run_test_SRCS = regress/unit/rules_run_test.c $(RULES_FAKE_SRCS)
rules_run_test_LDLIBS = $(MAIL_LDLIBS)
rules_turn_test_SRCS = regress/unit/rules_turn_test.c $(RULES_FAKE_SRCS)
rules_turn_test_LDLIBS = $(MAIL_LDLIBS)
rules_serve_test_SRCS = regress/unit/rules_serve_test.c ruled/serve.c \
	common/poison.c $(RULES_FAKE_SRCS)
rules_serve_test_LDLIBS = $(MAIL_LDLIBS)
overlay_test_SRCS = regress/unit/overlay_test.c common/overlay.c \
	common/option.c common/option_check.c
