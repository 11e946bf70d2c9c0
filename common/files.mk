LIBCOMMON_SRCS = \
	common/buf.c \
	common/id.c \
	common/imsg.c \
	common/log.c \
	common/msg.c \
	common/netaddr.c \
	common/option.c \
	common/option_check.c \
	common/peer.c \
	common/proc.c \
	common/sandbox_seccomp.c
