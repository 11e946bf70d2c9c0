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
 * Templates into text for their different uses.  What a value may not hold
 * depends on what the text is for: a path must not lead elsewhere, a line
 * must stay one line.
 */
#include "expand.h"

#include <string.h>

#include "run.h"

/* The server's own values, which are whole paths or safe parts of one. */
static bool
is_own(enum variable variable)
{
	switch (variable) {
	case VAR_RCPT_HOME:
	case VAR_SENDER_HOME:
	case VAR_LOGIN_HOME:
	case VAR_SPOOL:
	case VAR_QUEUE_ID:
	case VAR_QUOTE:
	case VAR_PERCENT:
		return true;
	default:
		return false;
	}
}

/* What could end a line or hide what follows on a terminal. */
static bool
has_control(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return true;
	return false;
}

/* A13(a): may this value be part of a path, or be read again? */
static bool
value_fits(enum variable variable, enum expand_for what_for, const char *value,
    size_t len)
{
	if (what_for == EXPAND_TEXT || what_for == EXPAND_LINE ||
	    is_own(variable))
		return true;
	if (memchr(value, '/', len) != NULL || strncmp(value, "..", 2) == 0 ||
	    has_control(value, len))
		return false;
	return what_for != EXPAND_AGAIN || strpbrk(value, "\"'%") == NULL;
}

/* Components ".." of a path. */
static unsigned int
count_parents(const char *path)
{
	unsigned int n = 0;
	size_t len;

	for (;; path += len + 1) {
		len = strcspn(path, "/");
		if (len == 2 && path[0] == '.' && path[1] == '.')
			n++;
		if (path[len] == '\0')
			return n;
	}
}

/* Values that are harmless alone, "." and "." say, may not make a "..". */
static bool
has_new_parent(const struct template *t, const char *path)
{
	unsigned int own = 0;
	uint32_t i;

	for (i = 0; i < t->count; i++)
		if (t->pieces[i].variable == VAR_NONE)
			own += count_parents(t->pieces[i].text);
	return count_parents(path) > own;
}

/* One octet for one, so lengths stay. */
static void
clean(char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = ' ';
}

struct part {
	const char *text;
	size_t len;
};

/* Pieces of one template at most: one octet takes two in the file. Where a
 * value does not fit, the item fails and its line ends; it is never bent until
 * it fits. */
static enum expanded
get_part(struct run *run, const struct piece *piece, enum expand_for what_for,
    struct part *part)
{
	enum expanded e;

	if (piece->variable == VAR_NONE) {
		part->text = piece->text;
		part->len = piece->len;
		return EXPANDED;
	}
	e = expand_variable(run, piece->variable, &part->text, &part->len);
	if (e != EXPANDED)
		return e;
	if (!value_fits(piece->variable, what_for, part->text, part->len)) {
		run_warn(run, "the value of %%%c does not fit here",
		    variable_row(piece->variable)->letter);
		return EXPAND_FAILED;
	}
	return EXPANDED;
}

/* A client can make values long, and templates repeat them: the product has a
 * bound. */
static enum expanded
too_long(struct run *run)
{
	run_warn(run, "the text is longer than %d octets", EXPAND_MAX);
	return EXPAND_FAILED;
}

/* One variable and nothing else: its value where it lies. */
static enum expanded
expand_one(struct run *run, const struct template *t, enum expand_for what_for,
    struct part *part)
{
	enum expanded e = get_part(run, &t->pieces[0], what_for, part);
	char *copy;

	if (e != EXPANDED)
		return e;
	if (part->len > EXPAND_MAX)
		return too_long(run);
	if (what_for == EXPAND_LINE && has_control(part->text, part->len)) {
		if ((copy = run_scratch(run, part->len + 1)) == NULL)
			return too_long(run);
		memcpy(copy, part->text, part->len + 1);
		clean(copy, part->len);
		part->text = copy;
	}
	return EXPANDED;
}

/* Several pieces: their lengths first, then one copy. */
static enum expanded
expand_pieces(struct run *run, const struct template *t,
    enum expand_for what_for, struct part *out)
{
	struct part *parts;
	enum expanded e;
	size_t len = 0;
	uint32_t i;
	char *at;

	parts = (void *)run_scratch(run, t->count * sizeof(*parts));
	if (parts == NULL)
		return too_long(run);
	for (i = 0; i < t->count; i++) {
		e = get_part(run, &t->pieces[i], what_for, &parts[i]);
		if (e != EXPANDED)
			return e;
		if (parts[i].len > EXPAND_MAX - len)
			return too_long(run);
		len += parts[i].len;
	}
	if ((at = run_scratch(run, len + 1)) == NULL)
		return too_long(run);
	out->text = at;
	out->len = len;
	for (i = 0; i < t->count; i++) {
		memcpy(at, parts[i].text, parts[i].len);
		at += parts[i].len;
	}
	*at = '\0';
	if (what_for == EXPAND_LINE)
		clean(at - len, len);
	return EXPANDED;
}

/* A text without variables was made by the parser and is given as it is: most
 * are. */
enum expanded
expand(struct run *run, const struct template *t, enum expand_for what_for,
    const char **text, size_t *len)
{
	struct part part = {"", 0};
	enum expanded e;

	if (t->constant != NULL) {
		*text = t->constant;
		*len = t->constant_len;
		return EXPANDED;
	}
	if (t->count == 1)
		e = expand_one(run, t, what_for, &part);
	else
		e = expand_pieces(run, t, what_for, &part);
	if (e != EXPANDED)
		return e;
	if ((what_for == EXPAND_PATH || what_for == EXPAND_AGAIN) &&
	    has_new_parent(t, part.text)) {
		run_warn(run, "the values of its variables make \"..\" of it");
		return EXPAND_FAILED;
	}
	*text = part.text;
	*len = part.len;
	return EXPANDED;
}
