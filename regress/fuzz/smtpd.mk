FUZZ += proxy_fuzz
proxy_fuzz_SRCS = regress/fuzz/proxy_fuzz.c smtpd/proxy.c common/netaddr.c
