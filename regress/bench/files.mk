TOOLS += smtpload smtpsink diskspeed

smtpload_SRCS	= regress/bench/smtpload.c regress/bench/load.c \
		  regress/bench/sample.c
smtpsink_SRCS	= regress/bench/smtpsink.c
diskspeed_SRCS	= regress/bench/diskspeed.c

TOOLS += journal_bench
journal_bench_SRCS = regress/bench/journal_bench.c $(QUEUED_DISK_SRCS) \
	common/buf.c common/id.c

TOOLS += rules_bench
rules_bench_SRCS = regress/bench/rules_bench.c $(RULES_FAKE_SRCS)
rules_bench_LDLIBS = -levent_core $(MAIL_LDLIBS)
