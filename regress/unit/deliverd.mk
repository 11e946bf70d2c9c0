UNIT += deliver_path_test agent_content_test deliver_route_test deliver_scram_test \
	deliver_way_test

deliver_path_test_SRCS = regress/unit/deliver_path_test.c deliverd/path.c

agent_content_test_SRCS = regress/unit/agent_content_test.c \
	deliverd/agent_content.c

deliver_route_test_SRCS = regress/unit/deliver_route_test.c \
	deliverd/result.c deliverd/route.c common/enums.c common/msg.c \
	common/overlay.c \
	common/buf.c common/netaddr.c common/option.c common/option_check.c \
	common/mail/domain.c common/mail/reply.c common/mail/reply_compose.c \
	common/mail/utf8.c
deliver_route_test_LDLIBS = -lidn2

deliver_scram_test_SRCS = regress/unit/deliver_scram_test.c \
	deliverd/scram.c common/mail/sasl.c
deliver_scram_test_LDLIBS = -lcrypto

deliver_way_test_SRCS = regress/unit/deliver_way_test.c deliverd/way.c \
	common/netaddr.c common/option.c common/option_check.c common/overlay.c \
	common/mail/domain.c common/mail/utf8.c
deliver_way_test_LDLIBS = -lidn2
