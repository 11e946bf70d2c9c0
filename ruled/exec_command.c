/*
 * Copyright (c) 2026 The Selor developers
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * Cuts commands.  Quotes and backslashes mean what they mean to sh(1).  A
 * template with syntax that only a shell knows goes to /bin/sh; each value is
 * then a variable of the environment, and a reference to it, quoted for its
 * place, stands in the text: no shell ever reads a value as its own.
 */
#include "exec_command.h"

#include <stdio.h>
#include <string.h>

#include "expand.h"
#include "text.h"

enum quote {
	QUOTE_NONE,
	QUOTE_SINGLE,
	QUOTE_DOUBLE
};

/* Where in the template the cutting is. */
struct cut {
	struct run *run;
	struct exec_command *command;
	const struct template *template;
	bool has_word; /* the present argument was begun */
	bool is_program; /* it is the first */
	/* For a shell: a command in `` or $() is open within quotes, where
	 * no way of quoting holds. */
	bool is_nested;
	unsigned int values;
};

/* -1: no room. Nothing is ever cut off a command: half of one may mean
 * something else. */
static int
put(struct exec_list *list, const char *text, size_t len)
{
	/* A NUL ends an argument; the last octet is kept for one. */
	if (len >= sizeof(list->bytes) - list->len ||
	    memchr(text, '\0', len) != NULL)
		return -1;
	memcpy(list->bytes + list->len, text, len);
	list->len += len;
	return 0;
}

/* Room for it was kept by put. */
static void
put_end(struct exec_list *list)
{
	list->bytes[list->len++] = '\0';
}

/* Values go into the environment as they are: no shell reads it. A NUL in one
 * would end it early, so put refuses that. */
static int
put_pair(struct exec_list *list, const char *name, const char *value)
{
	if (value == NULL)
		value = "";
	if (put(list, "SELOR_", 6) == -1 ||
	    put(list, name, strlen(name)) == -1 || put(list, "=", 1) == -1 ||
	    put(list, value, strlen(value)) == -1)
		return -1;
	put_end(list);
	return 0;
}

/* What every program is told. */
static int
put_facts(struct exec_list *list, const struct run *run)
{
	const struct policy *p = run->policy;
	char size[24], hits[24];

	snprintf(size, sizeof(size), "%llu", (unsigned long long)p->size);
	snprintf(hits, sizeof(hits), "%lld", (long long)p->hits);
	return put_pair(list, "EVENT", rule_event_names[run->event]) == -1 ||
		put_pair(list, "IP", p->client_text) == -1 ||
		put_pair(list, "NAME", p->has_name ? p->name : NULL) == -1 ||
		put_pair(list, "HELO", p->helo) == -1 ||
		put_pair(list, "LOGIN", p->is_logged_in ? p->login : NULL) ==
		    -1 ||
		put_pair(list, "FROM", p->sender) == -1 ||
		put_pair(list, "RCPT", p->rcpt) == -1 ||
		put_pair(list, "ID", p->id) == -1 ||
		put_pair(list, "SPOOL", p->spool) == -1 ||
		put_pair(list, "SIZE", size) == -1 ||
		put_pair(list, "HITS", hits) == -1 ||
		put_pair(list, "ANSWER", p->answer) == -1 ?
	    -1 :
	    0;
}

/*
 * Walks the template's own text: each octet with the quote that it stands
 * in.  Quotes that open or close and backslashes are told apart by is_mark.
 */
struct walk {
	const struct template *t;
	uint32_t piece, at;
	enum quote quote;
	bool is_escaped;
};

struct step_of_walk {
	char c;
	bool is_mark;
	enum variable variable; /* VAR_NONE: c */
};

/* False at the end. The quote that stands is the one in which the next octet
 * lies, the closing one itself included. */
static bool
walk_next(struct walk *w, struct step_of_walk *s)
{
	const struct piece *p;
	bool was_escaped = w->is_escaped;

	while (w->piece < w->t->count &&
	    w->t->pieces[w->piece].variable == VAR_NONE &&
	    w->at >= w->t->pieces[w->piece].len) {
		w->piece++;
		w->at = 0;
	}
	if (w->piece >= w->t->count)
		return false;
	p = &w->t->pieces[w->piece];
	*s = (struct step_of_walk){.variable = p->variable};
	w->is_escaped = false;
	if (p->variable != VAR_NONE) {
		w->piece++;
		w->at = 0;
		return true;
	}
	s->c = p->text[w->at++];
	if (was_escaped)
		return true;
	if (s->c == '\\' && w->quote != QUOTE_SINGLE)
		w->is_escaped = s->is_mark = true;
	else if (s->c == '\'' && w->quote != QUOTE_DOUBLE) {
		w->quote = w->quote == QUOTE_NONE ? QUOTE_SINGLE : QUOTE_NONE;
		s->is_mark = true;
	} else if (s->c == '"' && w->quote != QUOTE_SINGLE) {
		w->quote = w->quote == QUOTE_NONE ? QUOTE_DOUBLE : QUOTE_NONE;
		s->is_mark = true;
	}
	return true;
}

/* A13(b): syntax that only a shell knows, outside quotes; and what a shell
 * looks for in double quotes too. */
static bool
needs_shell(const struct template *t)
{
	struct walk w = {.t = t};
	struct step_of_walk s;
	bool was_escaped = false;

	while (walk_next(&w, &s)) {
		if (s.variable == VAR_NONE && !s.is_mark && !was_escaped &&
		    s.c != '\0' &&
		    ((w.quote == QUOTE_NONE &&
			 strchr("|<>&;$()*?`", s.c) != NULL) ||
			(w.quote == QUOTE_DOUBLE && strchr("$`", s.c) != NULL)))
			return true;
		was_escaped = w.is_escaped;
	}
	return false;
}

static enum step
too_long(struct run *run)
{
	run_warn(run, "the command or its environment is too long");
	return STEP_FAILED;
}

/* Without a check of its octets: in an argument and in the environment every
 * octet but NUL is harmless. */
static enum step
value_of(struct run *run, enum variable variable, struct text *text)
{
	switch (expand_variable(run, variable, &text->at, &text->len)) {
	case EXPANDED:
		return STEP_YES;
	case EXPAND_WAIT:
		return STEP_WAIT;
	default:
		return STEP_FAILED;
	}
}

/* Values stand in an argument as they are; the program is never one. */
static enum step
cut_value(struct cut *c, const struct step_of_walk *s)
{
	struct text value;
	enum step step;

	if (c->is_program) {
		run_warn(c->run, "a variable can not name the program");
		return STEP_FAILED;
	}
	if ((step = value_of(c->run, s->variable, &value)) != STEP_YES)
		return step;
	c->has_word = true;
	return put(&c->command->arguments, value.at, value.len) == -1 ?
	    too_long(c->run) :
	    STEP_YES;
}

/* Quotes with nothing between them are an argument too, an empty one: has_word
 * knows. */
static void
end_word(struct cut *c)
{
	if (!c->has_word)
		return;
	put_end(&c->command->arguments);
	c->has_word = c->is_program = false;
}

/* No shell is started for a plain command: what is not there misreads nothing.
 */
static enum step
cut_words(struct cut *c)
{
	struct walk w = {.t = c->template};
	struct step_of_walk s;
	enum quote before;
	bool was_escaped;
	enum step step;

	c->is_program = true;
	for (;;) {
		before = w.quote;
		was_escaped = w.is_escaped;
		if (!walk_next(&w, &s))
			break;
		if (s.variable != VAR_NONE) {
			if ((step = cut_value(c, &s)) != STEP_YES)
				return step;
			continue;
		}
		if (before == QUOTE_NONE && !was_escaped &&
		    (s.c == ' ' || s.c == '\t')) {
			end_word(c);
			continue;
		}
		c->has_word = true;
		/* In double quotes a backslash is one unless it hides. */
		if (was_escaped && before == QUOTE_DOUBLE &&
		    strchr("\"\\$`", s.c) == NULL &&
		    put(&c->command->arguments, "\\", 1) == -1)
			return too_long(c->run);
		if (!s.is_mark && put(&c->command->arguments, &s.c, 1) == -1)
			return too_long(c->run);
	}
	if (w.quote != QUOTE_NONE) {
		run_warn(c->run, "a quote of the command does not end");
		return STEP_FAILED;
	}
	end_word(c);
	return STEP_YES;
}

/* The value into the environment, and a reference to it into the text. */
static enum step
refer(struct cut *c, const struct step_of_walk *s, enum quote quote)
{
	char text[32], name[16];
	struct text value;
	enum step step;

	if (c->is_nested) {
		run_warn(
		    c->run, "no variable can stand in a command within quotes");
		return STEP_FAILED;
	}
	if ((step = value_of(c->run, s->variable, &value)) != STEP_YES)
		return step;
	snprintf(name, sizeof(name), "V%u", c->values);
	/* Within single quotes they end, and begin again behind it. */
	snprintf(text, sizeof(text), "%s${SELOR_V%u}%s",
	    quote == QUOTE_NONE       ? "\"" :
		quote == QUOTE_SINGLE ? "'\"" :
					"",
	    c->values,
	    quote == QUOTE_NONE       ? "\"" :
		quote == QUOTE_SINGLE ? "\"'" :
					"");
	c->values++;
	return put_pair(&c->command->environment, name, value.at) == -1 ||
		put(&c->command->arguments, text, strlen(text)) == -1 ?
	    too_long(c->run) :
	    STEP_YES;
}

/* The template's own text is the administrator's and goes to the shell
 * unchanged; only references stand in for values. */
static enum step
cut_shell(struct cut *c)
{
	static const char shell[] = "/bin/sh\0-c";
	struct walk w = {.t = c->template};
	struct step_of_walk s;
	bool was_escaped;
	char before = '\0';
	enum step step;

	memcpy(c->command->arguments.bytes, shell, sizeof(shell));
	c->command->arguments.len = sizeof(shell);
	for (;;) {
		was_escaped = w.is_escaped;
		if (!walk_next(&w, &s))
			break;
		if (s.variable != VAR_NONE) {
			if (was_escaped) {
				run_warn(c->run,
				    "a backslash stands before a variable");
				return STEP_FAILED;
			}
			if ((step = refer(c, &s, w.quote)) != STEP_YES)
				return step;
			continue;
		}
		if (w.quote == QUOTE_DOUBLE && !was_escaped &&
		    (s.c == '`' || (s.c == '(' && before == '$')))
			c->is_nested = true;
		before = s.c;
		if (put(&c->command->arguments, &s.c, 1) == -1)
			return too_long(c->run);
	}
	if (w.quote != QUOTE_NONE) {
		run_warn(c->run, "a quote of the command does not end");
		return STEP_FAILED;
	}
	put_end(&c->command->arguments);
	return STEP_YES;
}

/* STEP_WAIT where a value has to be asked for; the command is then made anew.
 * command has no memory of its own. */
enum step
exec_command_make(struct run *run, const struct template *template,
    struct exec_command *command)
{
	struct cut c = {.run = run, .command = command, .template = template};
	enum step step;

	command->arguments.len = command->environment.len = 0;
	if (put_facts(&command->environment, run) == -1)
		return too_long(run);
	step = needs_shell(template) ? cut_shell(&c) : cut_words(&c);
	if (step == STEP_YES && command->arguments.len == 0) {
		run_warn(run, "there is no command");
		return STEP_FAILED;
	}
	return step;
}
