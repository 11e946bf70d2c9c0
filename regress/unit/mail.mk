UNIT += address_test domain_test sasl_test

address_test_SRCS = regress/unit/address_test.c common/mail/address.c \
	common/mail/address_use.c common/mail/domain.c common/mail/utf8.c
address_test_LDLIBS = -lidn2

domain_test_SRCS = regress/unit/domain_test.c common/mail/domain.c \
	common/mail/utf8.c
domain_test_LDLIBS = -lidn2

sasl_test_SRCS = regress/unit/sasl_test.c common/mail/sasl.c

UNIT += dot_test
dot_test_SRCS = regress/unit/dot_test.c common/mail/dot.c

UNIT += command_test
command_test_SRCS = regress/unit/command_test.c common/mail/command.c \
	common/mail/command_param.c common/mail/utf8.c common/mail/xtext.c

UNIT += reply_test
reply_test_SRCS = regress/unit/reply_test.c common/mail/reply.c \
	common/mail/reply_compose.c common/mail/utf8.c

UNIT += header_test
header_test_SRCS = regress/unit/header_test.c common/mail/header.c \
	common/mail/header_field.c common/mail/utf8.c

UNIT += received_test
received_test_SRCS = regress/unit/received_test.c common/mail/received.c \
	common/mail/address.c common/mail/address_use.c \
	common/mail/domain.c common/mail/utf8.c
received_test_LDLIBS = -lidn2

UNIT += xtext_test
xtext_test_SRCS = regress/unit/xtext_test.c common/mail/utf8.c \
	common/mail/xtext.c
