FUZZ += address_fuzz
address_fuzz_SRCS = regress/fuzz/address_fuzz.c common/mail/address.c \
	common/mail/address_use.c common/mail/domain.c common/mail/received.c \
	common/mail/utf8.c common/mail/xtext.c
address_fuzz_LDLIBS = -lidn2

FUZZ += command_fuzz
command_fuzz_SRCS = regress/fuzz/command_fuzz.c common/mail/command.c \
	common/mail/command_param.c common/mail/utf8.c common/mail/xtext.c

FUZZ += dot_fuzz
dot_fuzz_SRCS = regress/fuzz/dot_fuzz.c common/mail/dot.c

FUZZ += header_fuzz
header_fuzz_SRCS = regress/fuzz/header_fuzz.c common/mail/header.c \
	common/mail/header_field.c common/mail/utf8.c

FUZZ += reply_fuzz
reply_fuzz_SRCS = regress/fuzz/reply_fuzz.c common/mail/reply.c \
	common/mail/reply_compose.c common/mail/utf8.c

FUZZ += sasl_fuzz
sasl_fuzz_SRCS = regress/fuzz/sasl_fuzz.c common/mail/sasl.c
