TOOLS += smtpload smtpsink diskspeed

smtpload_SRCS	= regress/bench/smtpload.c regress/bench/load.c \
		  regress/bench/sample.c
smtpsink_SRCS	= regress/bench/smtpsink.c
diskspeed_SRCS	= regress/bench/diskspeed.c
