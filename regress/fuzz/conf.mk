FUZZ += conf_fuzz
conf_fuzz_SRCS = regress/fuzz/conf_fuzz.c selor/conf.c selor/conf_check.c \
	selor/conf_event.c selor/conf_listen.c selor/conf_module.c selor/conf_report.c \
	selor/conf_together.c \
	$(LIBRULES_SRCS) \
	common/module.c common/netaddr.c common/option.c common/option_check.c
