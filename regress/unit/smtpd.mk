# The whole program between a parent, a queued and a lookupd of the tests'.
SMTPD_FAKE_SRCS = regress/unit/smtpd_fake.c regress/unit/smtpd_fake_client.c \
	regress/unit/smtpd_fake_peers.c regress/unit/smtpd_fake_rules.c \
	$(LIBCOMMON_SRCS)

UNIT += smtpd_ahead_test
smtpd_ahead_test_SRCS = regress/unit/smtpd_ahead_test.c $(SMTPD_FAKE_SRCS)
UNIT += smtpd_auth_test
smtpd_auth_test_SRCS = regress/unit/smtpd_auth_test.c $(SMTPD_FAKE_SRCS)
UNIT += smtpd_basic_test
smtpd_basic_test_SRCS = regress/unit/smtpd_basic_test.c $(SMTPD_FAKE_SRCS)
UNIT += smtpd_data_test
smtpd_data_test_SRCS = regress/unit/smtpd_data_test.c $(SMTPD_FAKE_SRCS)
UNIT += smtpd_option_test
smtpd_option_test_SRCS = regress/unit/smtpd_option_test.c $(SMTPD_FAKE_SRCS)
UNIT += smtpd_rules_test
smtpd_rules_test_SRCS = regress/unit/smtpd_rules_test.c $(SMTPD_FAKE_SRCS)
UNIT += smtpd_verdict_test
smtpd_verdict_test_SRCS = regress/unit/smtpd_verdict_test.c $(SMTPD_FAKE_SRCS)
UNIT += smtpd_wait_test
smtpd_wait_test_SRCS = regress/unit/smtpd_wait_test.c $(SMTPD_FAKE_SRCS)
UNIT += smtpd_parts_test
smtpd_parts_test_SRCS = regress/unit/smtpd_parts_test.c smtpd/netset.c \
	smtpd/proxy.c smtpd/ring.c smtpd/wheel.c common/netaddr.c
