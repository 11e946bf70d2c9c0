FUZZ += recipients_fuzz keep_fuzz
recipients_fuzz_SRCS = regress/fuzz/recipients_fuzz.c \
	selorctl/recipients.c common/mail/header.c \
	common/mail/header_field.c $(RECIPIENTS_SRCS)
recipients_fuzz_LDLIBS = -lidn2

keep_fuzz_SRCS = regress/fuzz/keep_fuzz.c selorctl/keep.c selorctl/letter.c \
	common/mail/dot.c $(RECIPIENTS_SRCS)
keep_fuzz_LDLIBS = -lidn2
