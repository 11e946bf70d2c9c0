RULES_TEST_SRCS = $(LIBRULES_SRCS) $(OPTION_SRCS)

UNIT += rules_pairs_test rules_parse_test
rules_pairs_test_SRCS = regress/unit/rules_pairs_test.c $(RULES_TEST_SRCS)
rules_parse_test_SRCS = regress/unit/rules_parse_test.c $(RULES_TEST_SRCS)
