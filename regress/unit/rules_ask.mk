# The words of rules that ask other processes.
UNIT += rules_list_test
rules_list_test_SRCS = regress/unit/rules_list_test.c ruled/list_lines.c \
	ruled/list_grams.c
