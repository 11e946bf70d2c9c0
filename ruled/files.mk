# The language itself, without the daemon: selor and selorctl check files with
# it.  It parses what administrators write, never what the network says.
LIBRULES_SRCS = \
	ruled/arena.c \
	ruled/ippattern.c \
	ruled/lex.c \
	ruled/param.c \
	ruled/param_check.c \
	ruled/param_def.c \
	ruled/parse.c \
	ruled/parse_inline.c \
	ruled/parse_param.c \
	ruled/rule_print.c \
	ruled/template.c \
	ruled/words.c

PROGS += libexec/ruled
ruled_SRCS = ruled/main.c
ruled_RULES = yes
