PROGS += libexec/ruled
ruled_SRCS = ruled/main.c
