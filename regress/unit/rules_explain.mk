UNIT += rules_explain_test
rules_explain_test_SRCS = regress/unit/rules_explain_test.c \
	ruled/explain_facts.c ruled/explain_line.c common/out.c \
	$(RULES_FAKE_SRCS)
rules_explain_test_LDLIBS = $(MAIL_LDLIBS)
