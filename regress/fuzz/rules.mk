FUZZ += rules_parse_fuzz
rules_parse_fuzz_SRCS = regress/fuzz/rules_parse_fuzz.c $(LIBRULES_SRCS) \
	common/module.c common/netaddr.c common/option.c common/option_check.c
