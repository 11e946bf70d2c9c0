PROGS += libexec/smtpd
smtpd_MAIL = yes
smtpd_SRCS = \
	smtpd/accept.c \
	smtpd/asked.c \
	smtpd/content.c \
	smtpd/copy.c \
	smtpd/effect.c \
	smtpd/lookup.c \
	smtpd/main.c \
	smtpd/netset.c \
	smtpd/outcast.c \
	smtpd/proxy.c \
	smtpd/refusal.c \
	smtpd/ring.c \
	smtpd/rule.c \
	smtpd/session.c \
	smtpd/session_io.c \
	smtpd/session_log.c \
	smtpd/session_time.c \
	smtpd/session_wait.c \
	smtpd/settings.c \
	smtpd/smtp.c \
	smtpd/smtp_ahead.c \
	smtpd/smtp_auth.c \
	smtpd/smtp_data.c \
	smtpd/smtp_mail.c \
	smtpd/smtp_rcpt.c \
	smtpd/smtp_reply.c \
	smtpd/srs_rcpt.c \
	smtpd/status.c \
	smtpd/submit.c \
	smtpd/submit_rule.c \
	smtpd/transaction.c \
	smtpd/verdict.c \
	smtpd/way.c \
	smtpd/wheel.c
