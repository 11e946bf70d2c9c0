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
 * Rules written in an option of selor.conf; selor-grammar.md part 1.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "parse.h"

#define BLANKS " \t"

/* Skips "Word" or "!Word"; NULL if there is none. */
static const char *
skip_word(const char *p)
{
	if (*p == '!')
		p++;
	if (!isupper((unsigned char)*p))
		return NULL;
	while (isalpha((unsigned char)*p) || *p == '_')
		p++;
	return p;
}

static bool
is_mark(char c)
{
	return c == '?' || c == '!';
}

/*
 * "Word?", "!Word?", "Word!"; or a word whose mark was forgotten, which
 * shows by the parameter or the marked word that follows it.
 */
bool
parse_is_inline(const char *value)
{
	const char *p;

	value += strspn(value, BLANKS);
	if ((p = skip_word(value)) == NULL)
		return false;
	if (is_mark(*p))
		return true;
	if (*p != ' ' && *p != '\t')
		return false;
	p += strspn(p, BLANKS);
	if (*p == '"' || *p == '\'' || strncmp(p, "%\"", 2) == 0)
		return true;
	return (p = skip_word(p)) != NULL && is_mark(*p);
}

/* %% is one unit: in %%" the quote is a plain one. */
void
parse_inline_quotes(char *text)
{
	char *in, *out;

	for (in = text; *in != '\0'; in++) {
		if (*in == '%' && (in[1] == '%' || in[1] == '"'))
			in++;
		else if (*in == '"')
			return;
	}
	for (in = out = text; *in != '\0'; in++) {
		if (in[0] == '%' && in[1] == '%')
			*out++ = *in++;
		else if (in[0] == '%' && in[1] == '"')
			in++;
		*out++ = *in;
	}
	*out = '\0';
}

struct first {
	char *error;
	size_t size;
	bool found;
};

/* One error is what a line of selor.conf has room for. */
static void
keep_first(void *arg, const struct parse_problem *problem)
{
	struct first *first = arg;

	if (problem->severity != PARSE_ERROR || first->found)
		return;
	first->found = true;
	snprintf(first->error, first->size, "column %u: %s", problem->column,
	    problem->text);
}

/*
 * Def! brings us here from a parse: each level needs twice the percent signs
 * of the one inside it, so a line has no room for many.
 */
int
parse_inline_check(const char *value, char *error, size_t size)
{
	struct first first = {error, size, false};
	struct parse_how how = {
	    .name = "", .is_inline = true, .told = keep_first, .arg = &first};
	struct rules *rules = parse_rules(value, strlen(value), &how);

	if (rules == NULL) {
		snprintf(error, size, "no memory");
		return -1;
	}
	rules_release(rules);
	return first.found ? -1 : 0;
}
