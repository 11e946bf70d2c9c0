# queued's flow: what comes in, when it is tried, what became of it.

UNIT += schedule_test
schedule_test_SRCS = regress/unit/schedule_test.c queued/schedule.c \
	queued/message.c

UNIT += queue_dest_test
queue_dest_test_SRCS = regress/unit/queue_dest_test.c queued/dest.c \
	queued/route.c queued/schedule.c queued/message.c

UNIT += queue_text_test
queue_text_test_SRCS = regress/unit/queue_text_test.c queued/answer.c \
	queued/dest.c queued/message.c common/out.c queued/query.c \
	queued/route.c common/id.c

UNIT += queue_gather_test
queue_gather_test_SRCS = regress/unit/queue_gather_test.c queued/gather.c
