PROGS += libexec/keys
keys_SRCS = selor/keys.c
