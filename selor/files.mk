PROGS += sbin/selor libexec/keys
selor_SRCS = \
	selor/main.c \
	selor/child.c \
	selor/conf.c \
	selor/conf_all.c \
	selor/conf_check.c \
	selor/conf_event.c \
	selor/conf_listen.c \
	selor/conf_module.c \
	selor/conf_offer.c \
	selor/conf_report.c \
	selor/conf_rules.c \
	selor/conf_send.c \
	selor/conf_together.c \
	selor/control.c \
	selor/dlocal.c \
	selor/exec_args.c \
	selor/exec_user.c \
	selor/hooks.c \
	selor/job.c \
	selor/listen.c \
	selor/logfile.c \
	selor/offline.c \
	selor/open_path.c \
	selor/open_place.c \
	selor/poison.c \
	selor/priv.c \
	selor/priv_exec.c \
	selor/priv_open.c \
	selor/priv_socket.c \
	selor/shared.c \
	selor/spawn.c \
	selor/stop.c \
	selor/user.c \
	selor/watch.c
keys_SRCS = selor/keys.c
selor_RULES = yes
