CONF_SRCS = selor/conf.c selor/conf_check.c selor/conf_event.c \
	selor/conf_listen.c selor/conf_module.c selor/conf_report.c \
	selor/conf_together.c $(LIBRULES_SRCS)
OPTION_SRCS = common/module.c common/netaddr.c common/option.c common/option_check.c

UNIT += option_test netaddr_test conf_test conf_pairs_test
option_test_SRCS = regress/unit/option_test.c $(OPTION_SRCS)
netaddr_test_SRCS = regress/unit/netaddr_test.c common/netaddr.c
conf_test_SRCS = regress/unit/conf_test.c $(CONF_SRCS) $(OPTION_SRCS)
conf_pairs_test_SRCS = regress/unit/conf_pairs_test.c $(CONF_SRCS) \
	$(OPTION_SRCS)

UNIT += selor_user_test
selor_user_test_SRCS = regress/unit/selor_user_test.c selor/user.c

UNIT += selor_exec_test
selor_exec_test_SRCS = regress/unit/selor_exec_test.c selor/exec_args.c \
	selor/open_place.c common/id.c common/rule_enums.c $(OPTION_SRCS)
