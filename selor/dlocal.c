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
 * Command lines of delivery programs; see dlocal.h and the manual's option
 * Dlocal (A13, A46).
 */
#include "dlocal.h"

#include <stdio.h>
#include <string.h>

/* The letters in the order of the positional parameters of the shell. */
static const char letters[] = "ldrfcompC";

/* NULL: that letter is no variable, and the percent sign is text. */
static const char *
dlocal_value(const struct dlocal_values *v, char letter)
{
	switch (letter) {
	case 'l':
		return v->user;
	case 'd':
		return v->id;
	case 'r':
		return v->recipient;
	case 'f':
		return v->sender;
	case 'c':
		return v->rcpt_domain;
	case 'o':
		return v->from_domain;
	case 'm':
		return v->from_local;
	case 'p':
		return v->rcpt_local;
	case 'C':
		return v->home;
	default:
		return NULL;
	}
}

/*
 * The limit of all arguments together; one that does not fit fails the command,
 * since a cut argument would name somebody else.
 */
static int
put(struct dlocal_command *c, const char *text, size_t len)
{
	if (len >= sizeof(c->text) - c->used)
		return -1;
	memcpy(c->text + c->used, text, len);
	c->used += len;
	return 0;
}

static int
put_text(struct dlocal_command *c, const char *text)
{
	return put(c, text, strlen(text));
}

/* Ends the text that an argument begins at. */
static int
put_end(struct dlocal_command *c, size_t start)
{
	if (c->argc == DLOCAL_ARGS_MAX || put(c, "", 1) == -1)
		return -1;
	c->argv[c->argc++] = c->text + start;
	c->argv[c->argc] = NULL;
	return 0;
}

static bool
is_blank(char ch)
{
	return ch == ' ' || ch == '\t';
}

/*
 * The command's length without a trailing "<" and blanks.  The manual's
 * examples end with "<": the message is standard input in any case.
 */
static size_t
dlocal_length(const char *command)
{
	size_t len = strlen(command);

	while (len > 0 && is_blank(command[len - 1]))
		len--;
	if (len > 0 && command[len - 1] == '<')
		len--;
	while (len > 0 && is_blank(command[len - 1]))
		len--;
	return len;
}

/* One word of the direct mode, with quotes and values; moves *p past it. */
static int
put_word(struct dlocal_command *c, const char **p, const char *end,
    const struct dlocal_values *v)
{
	size_t start = c->used;
	const char *value;
	char quote = '\0';

	for (; *p < end && (quote != '\0' || !is_blank(**p)); (*p)++) {
		if (quote == '\0' && (**p == '"' || **p == '\'')) {
			quote = **p;
			continue;
		}
		if (**p == quote) {
			quote = '\0';
			continue;
		}
		value = **p == '%' && *p + 1 < end ? dlocal_value(v, (*p)[1]) :
						     NULL;
		if (value != NULL)
			(*p)++;
		if ((value != NULL ? put_text(c, value) : put(c, *p, 1)) == -1)
			return -1;
	}
	return quote != '\0' ? -1 : put_end(c, start);
}

/* No shell: values are never split, whatever they hold. */
static int
build_direct(struct dlocal_command *c, const char *p, const char *end,
    const struct dlocal_values *v)
{
	for (;;) {
		while (p < end && is_blank(*p))
			p++;
		if (p == end)
			return c->argc > 0 ? 0 : -1;
		if (put_word(c, &p, end, v) == -1)
			return -1;
	}
}

/* A reference to a positional parameter, quoted for where it stands. */
static int
put_reference(struct dlocal_command *c, char letter, char quote)
{
	char text[24];
	int n = (int)(strchr(letters, letter) - letters) + 1;

	if (quote == '"')
		snprintf(text, sizeof(text), "${%d}", n);
	else if (quote == '\'')
		snprintf(text, sizeof(text), "'\"${%d}\"'", n);
	else
		snprintf(text, sizeof(text), "\"${%d}\"", n);
	return put_text(c, text);
}

/* The script for the shell: the command with references for variables. */
static int
put_script(struct dlocal_command *c, const char *p, const char *end)
{
	size_t start = c->used;
	char quote = '\0';

	for (; p < end; p++) {
		if (*p == '%' && p + 1 < end && p[1] != '\0' &&
		    strchr(letters, p[1]) != NULL) {
			if (put_reference(c, *++p, quote) == -1)
				return -1;
			continue;
		}
		if (*p == '\\' && quote != '\'' && p + 1 < end) {
			if (put(c, p++, 1) == -1)
				return -1;
		} else if (quote == '\0' && (*p == '"' || *p == '\''))
			quote = *p;
		else if (*p == quote)
			quote = '\0';
		if (put(c, p, 1) == -1)
			return -1;
	}
	return quote != '\0' ? -1 : put_end(c, start);
}

/*
 * The values are positional parameters and never part of the script, so that
 * an address like "$(rm -rf ~)" is text to the shell (manual A46).
 */
static int
build_shell(struct dlocal_command *c, const char *p, const char *end,
    const struct dlocal_values *v)
{
	static const char *const head[] = {"/bin/sh", "-c"};
	size_t start, i;

	if (p == end)
		return -1;
	for (i = 0; i < 2; i++) {
		start = c->used;
		if (put_text(c, head[i]) == -1 || put_end(c, start) == -1)
			return -1;
	}
	if (put_script(c, p, end) == -1)
		return -1;
	start = c->used;
	if (put_text(c, "dlocal") == -1 || put_end(c, start) == -1)
		return -1;
	for (i = 0; i < sizeof(letters) - 1; i++) {
		start = c->used;
		if (put_text(c, dlocal_value(v, letters[i])) == -1 ||
		    put_end(c, start) == -1)
			return -1;
	}
	return 0;
}

int
dlocal_build(struct dlocal_command *c, const char *command, bool shell,
    const struct dlocal_values *v)
{
	const char *end = command + dlocal_length(command);

	c->argc = 0;
	c->used = 0;
	return shell ? build_shell(c, command, end, v) :
		       build_direct(c, command, end, v);
}

/*
 * By the program's whole path as the administrator wrote it.  No prefixes, no
 * names without their directory: what is allowed is that file.
 */
bool
dlocal_is_allowed(const char *command, const char *allowed)
{
	size_t len = strcspn(command, " \t"), n;

	if (len == 0)
		return false;
	while (*allowed != '\0') {
		allowed += strspn(allowed, " \t");
		n = strcspn(allowed, " \t");
		if (n == len && memcmp(allowed, command, n) == 0)
			return true;
		allowed += n;
	}
	return false;
}
