LIBMAIL_SRCS = \
	common/mail/address.c \
	common/mail/command.c \
	common/mail/domain.c \
	common/mail/dot.c \
	common/mail/header.c \
	common/mail/received.c \
	common/mail/reply.c \
	common/mail/sasl.c
