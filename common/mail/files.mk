LIBMAIL_SRCS = \
	common/mail/address.c \
	common/mail/address_use.c \
	common/mail/command.c \
	common/mail/command_param.c \
	common/mail/domain.c \
	common/mail/dot.c \
	common/mail/header.c \
	common/mail/header_field.c \
	common/mail/received.c \
	common/mail/reply.c \
	common/mail/reply_compose.c \
	common/mail/sasl.c \
	common/mail/srs.c \
	common/mail/utf8.c \
	common/mail/xtext.c
MAIL_LDLIBS = -lidn2 -lmd
