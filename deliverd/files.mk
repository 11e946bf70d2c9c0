# The delivery agent parses nothing from the network: no libmail.
PROGS += libexec/agent
agent_SRCS = \
	deliverd/agent_batch.c \
	deliverd/agent_content.c \
	deliverd/agent_group.c \
	deliverd/agent_main.c \
	deliverd/agent_maildir.c \
	deliverd/agent_mbox.c \
	deliverd/agent_result.c

PROGS += libexec/deliverd
deliverd_MAIL = yes
deliverd_SRCS = \
	deliverd/agents.c \
	deliverd/agents_job.c \
	deliverd/agents_pace.c \
	deliverd/client.c \
	deliverd/client_auth.c \
	deliverd/client_caps.c \
	deliverd/client_data.c \
	deliverd/client_event.c \
	deliverd/client_out.c \
	deliverd/client_pipe.c \
	deliverd/client_reply.c \
	deliverd/client_time.c \
	deliverd/connect.c \
	deliverd/control.c \
	deliverd/dest.c \
	deliverd/local.c \
	deliverd/main.c \
	deliverd/path.c \
	deliverd/pool.c \
	deliverd/program.c \
	deliverd/program_place.c \
	deliverd/rcpt_event.c \
	deliverd/resolve.c \
	deliverd/result.c \
	deliverd/route.c \
	deliverd/scram.c \
	deliverd/task.c \
	deliverd/task_content.c \
	deliverd/task_rules.c \
	deliverd/way.c
deliverd_LDLIBS = -lidn2 -lcrypto
