PROGS += sbin/selorctl
selorctl_SRCS = \
	selorctl/main.c \
	selorctl/act.c \
	selorctl/client.c \
	selorctl/compose.c \
	selorctl/daemons.c \
	selorctl/encrypt.c \
	selorctl/enqueue.c \
	selorctl/envelope.c \
	selorctl/explain.c \
	selorctl/faces.c \
	selorctl/facts.c \
	selorctl/facts_session.c \
	selorctl/filter.c \
	selorctl/keep.c \
	selorctl/letter.c \
	selorctl/newaliases.c \
	selorctl/process.c \
	selorctl/recipients.c \
	selorctl/report.c \
	selorctl/rules.c \
	selorctl/sendmail.c \
	selorctl/sendmail_args.c \
	selorctl/settings.c \
	selorctl/show.c \
	selorctl/show_queue.c \
	selorctl/submit.c \
	selorctl/submit_line.c \
	selorctl/watch.c \
	selorctl/words.c \
	lookupd/table.c \
	lookupd/table_file.c \
	lookupd/table_row.c \
	selor/conf.c \
	selor/conf_check.c \
	selor/conf_event.c \
	selor/conf_listen.c \
	selor/conf_module.c \
	selor/conf_report.c \
	selor/conf_together.c
selorctl_MAIL = yes
selorctl_RULES = yes
selorctl_LDLIBS = -lcrypt

# The other names under which people know it.
SELORCTL_FACES = $(addprefix $(BUILD)/sbin/,sendmail mailq newaliases)
$(SELORCTL_FACES):
	@mkdir -p $(@D)
	ln -sf selorctl $@
programs: $(SELORCTL_FACES)
