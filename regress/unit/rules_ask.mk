# The words of rules that ask other processes.
UNIT += rules_list_test
rules_list_test_SRCS = regress/unit/rules_list_test.c ruled/list_lines.c \
	ruled/list_grams.c

UNIT += srs_test
srs_test_SRCS = regress/unit/srs_test.c common/mail/srs.c \
	common/mail/address.c common/mail/address_use.c common/mail/domain.c \
	common/mail/utf8.c common/netaddr.c
srs_test_LDLIBS = $(MAIL_LDLIBS)

UNIT += spf_test
spf_test_SRCS = regress/unit/spf_test.c ruled/spf_check.c \
	ruled/spf_memo.c 	ruled/spf_record.c ruled/ask_dns_text.c
spf_test_LDLIBS = -lspf2
