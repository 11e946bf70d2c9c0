FUZZ += msg_fuzz imsg_fuzz
msg_fuzz_SRCS = regress/fuzz/msg_fuzz.c common/msg.c common/buf.c
imsg_fuzz_SRCS = regress/fuzz/imsg_fuzz.c common/imsg.c
