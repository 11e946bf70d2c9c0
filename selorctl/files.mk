PROGS += sbin/selorctl
selorctl_SRCS = \
	selorctl/main.c \
	selorctl/compose.c \
	selorctl/enqueue.c \
	selorctl/envelope.c \
	selorctl/faces.c \
	selorctl/keep.c \
	selorctl/letter.c \
	selorctl/recipients.c \
	selorctl/sendmail.c \
	selorctl/settings.c \
	selorctl/submit.c \
	selorctl/submit_line.c \
	selor/conf.c \
	selor/conf_check.c \
	selor/conf_event.c \
	selor/conf_listen.c \
	selor/conf_report.c \
	selor/conf_together.c
selorctl_MAIL = yes

# The other names under which people know it.
SELORCTL_FACES = $(addprefix $(BUILD)/sbin/,sendmail mailq newaliases)
$(SELORCTL_FACES):
	@mkdir -p $(@D)
	ln -sf selorctl $@
programs: $(SELORCTL_FACES)
