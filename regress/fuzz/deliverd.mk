FUZZ += scram_fuzz
scram_fuzz_SRCS = regress/fuzz/scram_fuzz.c deliverd/scram.c common/mail/sasl.c
scram_fuzz_LDLIBS = -lcrypto
