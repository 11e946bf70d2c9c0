LIBCOMMON_SRCS = \
	common/buf.c \
	common/calls.c \
	common/enums.c \
	common/id.c \
	common/imsg.c \
	common/log.c \
	common/log_line.c \
	common/module.c \
	common/msg.c \
	common/netaddr.c \
	common/option.c \
	common/option_check.c \
	common/out.c \
	common/overlay.c \
	common/peer.c \
	common/poison.c \
	common/proc.c \
	common/proc_conf.c \
	common/proc_show.c \
	common/proc_trace.c \
	common/sandbox_seccomp.c \
	common/rule_enums.c \
	common/slot.c
