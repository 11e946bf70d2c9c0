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
# Evaluation: what its tests link too; and the words that ask others.
RULED_EVAL_SRCS = \
	ruled/action.c \
	ruled/action_def.c \
	ruled/action_mail.c \
	ruled/action_route.c \
	ruled/condition.c \
	ruled/condition_file.c \
	ruled/condition_look.c \
	ruled/env.c \
	ruled/expand.c \
	ruled/expand_text.c \
	ruled/field.c \
	ruled/policy.c \
	ruled/rules_value.c \
	ruled/run.c \
	ruled/run_dry.c \
	ruled/run_say.c \
	ruled/text.c \
	ruled/verdict.c
RULED_ASK_SRCS = \
	ruled/ask.c \
	ruled/ask_dns.c \
	ruled/ask_dns_text.c \
	ruled/exec.c \
	ruled/exec_command.c \
	ruled/file_cache.c \
	ruled/list_file.c \
	ruled/list_grams.c \
	ruled/list_lines.c \
	ruled/log_word.c \
	ruled/pending.c \
	ruled/rbl.c \
	ruled/reverse.c \
	ruled/rules_file.c \
	ruled/sendmail.c \
	ruled/spf.c \
	ruled/spf_check.c \
	ruled/spf_memo.c \
	ruled/spf_record.c \
	ruled/srs.c
RULED_EXPLAIN_SRCS = \
	ruled/explain.c \
	ruled/explain_facts.c \
	ruled/explain_line.c
ruled_SRCS = ruled/main.c ruled/control.c ruled/serve.c $(RULED_EXPLAIN_SRCS) \
	$(RULED_EVAL_SRCS) $(RULED_ASK_SRCS)
ruled_MAIL = yes
ruled_RULES = yes
ruled_LDLIBS = -lspf2
