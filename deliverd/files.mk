# The delivery agent parses nothing from the network: no libmail.
PROGS += libexec/agent
agent_SRCS = \
	deliverd/agent_batch.c \
	deliverd/agent_content.c \
	deliverd/agent_main.c \
	deliverd/agent_maildir.c \
	deliverd/agent_mbox.c \
	deliverd/agent_result.c

PROGS += libexec/deliverd
deliverd_MAIL = yes
deliverd_SRCS = \
	deliverd/agents.c \
	deliverd/local.c \
	deliverd/main.c \
	deliverd/path.c \
	deliverd/pool.c \
	deliverd/program.c \
	deliverd/result.c \
	deliverd/task.c
deliverd_LDLIBS = -lidn2
