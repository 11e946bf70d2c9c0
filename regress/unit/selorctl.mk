UNIT += selorctl_words_test selorctl_recipients_test selorctl_keep_test

selorctl_words_test_SRCS = regress/unit/selorctl_words_test.c selorctl/words.c

RECIPIENTS_SRCS = selorctl/envelope.c common/mail/address.c \
	common/mail/address_use.c common/mail/domain.c common/mail/utf8.c \
	common/mail/xtext.c
selorctl_recipients_test_SRCS = regress/unit/selorctl_recipients_test.c \
	selorctl/recipients.c common/mail/header.c \
	common/mail/header_field.c $(RECIPIENTS_SRCS)
selorctl_recipients_test_LDLIBS = -lidn2

selorctl_keep_test_SRCS = regress/unit/selorctl_keep_test.c selorctl/keep.c \
	selorctl/letter.c common/mail/dot.c $(RECIPIENTS_SRCS)
selorctl_keep_test_LDLIBS = -lidn2
