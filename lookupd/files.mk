# lookupd answers questions; lookupd-file is the back end of text tables.
PROGS += libexec/lookupd libexec/lookupd-file

lookupd_SRCS = \
	lookupd/account.c \
	lookupd/account_row.c \
	lookupd/alias.c \
	lookupd/control.c \
	lookupd/dns.c \
	lookupd/dns_answer.c \
	lookupd/dns_context.c \
	lookupd/exists.c \
	lookupd/facts.c \
	lookupd/login.c \
	lookupd/mailbox.c \
	lookupd/main.c \
	lookupd/module.c \
	lookupd/nonblock.c \
	lookupd/ptr.c \
	lookupd/question.c \
	lookupd/rcpt.c \
	lookupd/record.c \
	lookupd/route.c \
	lookupd/route_order.c \
	lookupd/seen.c \
	lookupd/worker.c
lookupd_MAIL = yes
lookupd_LDLIBS = -lunbound -lidn2

lookupd-file_SRCS = \
	lookupd/backend_file.c \
	lookupd/password.c \
	lookupd/table.c \
	lookupd/table_file.c \
	lookupd/table_row.c
lookupd-file_LDLIBS = -lcrypt
