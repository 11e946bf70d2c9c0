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
	queued/replay.c \
	queued/segment.c \
	queued/spool.c \
	queued/spool_open.c \
	queued/spool_scan.c \
	queued/sync.c
