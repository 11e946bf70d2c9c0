# queued's disk half: what it keeps and how it comes back.
QUEUED_DISK_SRCS = \
	queued/checkpoint.c \
	queued/content.c \
	queued/crc32c.c \
	queued/journal.c \
	queued/journal_open.c \
	queued/journal_spare.c \
	queued/lfile.c \
	queued/lfile_print.c \
	queued/message.c \
	queued/record.c \
	queued/removal.c \
	queued/replay.c \
	queued/segment.c \
	queued/spool.c \
	queued/spool_open.c \
	queued/spool_scan.c \
	queued/spool_settle.c \
	queued/sync.c
# The other half: what comes in, when it is tried, what became of it.
QUEUED_FLOW_SRCS = \
	queued/answer.c \
	queued/bounce.c \
	queued/bounce_who.c \
	queued/control.c \
	queued/control_act.c \
	queued/dest.c \
	queued/dispatch.c \
	queued/dsn.c \
	queued/dsn_part.c \
	queued/errors.c \
	queued/gather.c \
	queued/helper.c \
	queued/inject.c \
	queued/intake.c \
	queued/intake_commit.c \
	queued/intake_rules.c \
	queued/main.c \
	queued/notice.c \
	queued/override.c \
	queued/post.c \
	queued/query.c \
	queued/report.c \
	queued/result.c \
	queued/route.c \
	queued/rules.c \
	queued/rules_run.c \
	queued/schedule.c \
	queued/session.c \
	queued/stage.c \
	queued/sweep.c \
	queued/task.c

PROGS += libexec/queued libexec/queued-sync
queued_SRCS = $(QUEUED_DISK_SRCS) $(QUEUED_FLOW_SRCS)
queued-sync_SRCS = queued/queued_sync_main.c queued/sync.c
