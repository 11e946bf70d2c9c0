FUZZ += proxy_fuzz
proxy_fuzz_SRCS = regress/fuzz/proxy_fuzz.c smtpd/proxy.c common/netaddr.c
FUZZ += smtp_session_fuzz
smtp_session_fuzz_SRCS = regress/fuzz/smtp_session_fuzz.c \
	$(filter-out smtpd/main.c smtpd/accept.c smtpd/status.c,$(smtpd_SRCS)) \
	$(LIBMAIL_SRCS) \
	$(filter-out common/proc% common/peer.c,$(LIBCOMMON_SRCS))
smtp_session_fuzz_LDLIBS = -lidn2 -levent_core -lseccomp
