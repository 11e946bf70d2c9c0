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
 * The parameter of Def!, "name value"; selor-grammar.md 2.1 and part 4.
 */
#include <stdio.h>
#include <string.h>

#include "option_check.h"
#include "param.h"
#include "param_in.h"
#include "parse.h"

#define BLANKS " \t"
#define NAME_MAX_OCTETS 64

/* OPTION_IN_DEF: only some may be changed by rules, and those under their own
 * name. */
static int
find_option(const char *text, size_t len, enum option_id *id, char *error)
{
	char name[NAME_MAX_OCTETS];
	const char *near;

	if (len == 0 || len >= sizeof(name))
		return param_wrong(error, "must name an option and its value");
	memcpy(name, text, len);
	name[len] = '\0';
	if (option_find(name, OPTION_IN_DEF, id) == -1) {
		near = error == NULL ? NULL : option_nearest(name);
		if (near == NULL)
			return param_wrong(
			    error, "names no option: \"%s\"", name);
		return param_wrong(error,
		    "names no option: \"%s\"; the nearest is \"%s\"", name,
		    near);
	}
	if ((option_row(*id)->flags & OPTION_DEF) == 0)
		return param_wrong(
		    error, "names %s, which rules can not change", name);
	return 0;
}

/* The value without its quotes; the text behind the name. */
static int
take_value(const char *text, char *value, char *error)
{
	const char *p = text + strspn(text, BLANKS), *end;
	size_t len;

	if (*p == '\0')
		return param_wrong(error, "lacks the option's value");
	if (*p == '\'') {
		p++;
		if ((end = strchr(p, '\'')) == NULL)
			return param_wrong(
			    error, "lacks the single quote behind the value");
		len = (size_t)(end++ - p);
	} else {
		len = strcspn(p, BLANKS);
		end = p + len;
	}
	if (end[strspn(end, BLANKS)] != '\0')
		return param_wrong(error,
		    "has more text behind the value; a value with blanks "
		    "stands in single quotes");
	if (len >= OPTION_TEXT_MAX)
		return param_wrong(error, "has a value that is too long");
	memcpy(value, p, len);
	value[len] = '\0';
	return 0;
}

/* The value has variables; the name at least can be checked when the file is
 * read. */
int
param_def_name(const char *text, char *error)
{
	enum option_id id;
	size_t len;

	text += strspn(text, BLANKS);
	len = strcspn(text, BLANKS);
	/* The name itself may come from a variable. */
	return text[len] == '\0' ? 0 : find_option(text, len, &id, error);
}

/* An option that holds rules has its value parsed too, so that a fault in it is
 * told with the file's others. */
int
param_def(const char *text, enum option_id *id, char *value, char *error)
{
	char why[OPTION_ERROR_MAX];
	size_t len;
	int64_t n;

	text += strspn(text, BLANKS);
	len = strcspn(text, BLANKS);
	if (find_option(text, len, id, error) == -1 ||
	    take_value(text + len, value, error) == -1)
		return -1;
	if (option_row(*id)->type == OPTION_EVENT && parse_is_inline(value))
		return parse_inline_check(value, why, sizeof(why)) == 0 ?
		    0 :
		    param_wrong(error, "%s: %s", option_row(*id)->name, why);
	if (option_check(option_row(*id), value, &n, why) == -1)
		return param_wrong(error, "%s %s", option_row(*id)->name, why);
	return 0;
}
