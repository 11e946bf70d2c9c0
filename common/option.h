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
 * The options of selor.conf and their values.  The rows come from
 * options.def; a struct options is one complete set of values, owned by
 * whoever made it and shared with nobody.  Text that reaches option_set is
 * checked against the option's row; what needs the whole file or the system
 * is checked by the parent alone.  See selor.conf(5).
 */

#ifndef OPTION_H
#define OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line of selor.conf holds at most 8 KiB, so does a value. */
#define OPTION_TEXT_MAX 8192
/* A value as option_print writes it: quotes and NUL come on top. */
#define OPTION_PRINT_MAX (OPTION_TEXT_MAX + 3)
/* A reply must fit 512 bytes together with an id, a domain, a code. */
#define OPTION_REPLY_MAX 400
/* Times that one repeatable option may be given. */
#define OPTION_LIST_MAX 64
#define OPTION_ERROR_MAX 256

enum option_type {
	OPTION_NUM, /* integer in a range */
	OPTION_BOOL, /* 0 or 1 */
	OPTION_TEXT,
	OPTION_EVENT, /* a rule or the path of a rules file */
	OPTION_REPLY, /* SMTP code and text; least and most are
				   the first digits allowed */
	OPTION_ENUM /* one of some words */
};

/* Flags of a row. */
#define OPTION_DEF 0x01
#define OPTION_LIST 0x02
#define OPTION_OWN 0x04
#define OPTION_LATER 0x08
#define OPTION_SECRET 0x10

/* Who needs a value. */
#define FOR_PARENT 0x01
#define FOR_SMTPD 0x02
#define FOR_RULED 0x04
#define FOR_QUEUED 0x08
#define FOR_DELIVERD 0x10
#define FOR_LOOKUPD 0x20
#define FOR_ALL 0x3f

/* Where a name is looked up. */
#define OPTION_IN_CONF 0x01
#define OPTION_IN_DEF 0x02

enum option_id {
#define OPTION(id, name, type, dflt, min, max, allowed, flags, to, line) \
	OPT_##id,
#include "options.def"
	OPT_COUNT
};

struct option_row {
	const char *name;
	enum option_type type;
	const char *dflt;
	int64_t min;
	int64_t max;
	const char *allowed; /* unit, words, or what it is */
	unsigned int flags;
	unsigned int to;
	const char *line;
};

struct options;

/* The row of an option; never NULL for an id below OPT_COUNT. */
const struct option_row *option_row(enum option_id);
const char *option_type_name(enum option_type);

/*
 * Looks a name or one of its aliases up; scope is OPTION_IN_CONF or
 * OPTION_IN_DEF.  Names are case-sensitive.  0, or -1: no such option.
 */
int option_find(const char *, unsigned int, enum option_id *);
/* The right name nearest to a wrong one, or NULL when none is near. */
const char *option_nearest(const char *);

/* All options at their defaults; NULL without memory. */
struct options *options_new(void);
struct options *options_copy(const struct options *);
void options_free(struct options *);

/*
 * Sets a value, or appends one to a repeatable option, from its bare text
 * (no quotes).  -1: refused, nothing changed, and the reason, which names
 * what is allowed but not the option, is in error (OPTION_ERROR_MAX bytes;
 * may be NULL).
 */
int option_set(struct options *, enum option_id, const char *, char *);
/* The same from exactly what option_print gives, as the parent sends it. */
int option_set_wire(struct options *, enum option_id, const char *, char *);
/* Back to the default: not set, an empty list. */
void option_unset(struct options *, enum option_id);
/* Was it set, be it to its default? */
bool option_is_set(const struct options *, enum option_id);

/* NUM and BOOL only; 0 for other types. */
int64_t option_num(const struct options *, enum option_id);
/* ENUM only: index of the word in the row, from 0. */
int option_word(const struct options *, enum option_id);
/*
 * The bare text of any option, never NULL; it lives until the option is
 * set again or the options are freed.  Of a repeatable one the first.
 */
const char *option_text(const struct options *, enum option_id);
/* Values of an option: 1, or for a repeatable one 0 and more. */
size_t option_count(const struct options *, enum option_id);
/* The nth value, from 0; NULL past the end. */
const char *option_nth(const struct options *, enum option_id, size_t);

/*
 * Writes the nth value as it would stand in selor.conf, secrets included:
 * bare numbers, quoted text.  Its length, or -1 if there is none or no room.
 */
int
option_print(const struct options *, enum option_id, size_t, char *, size_t);
/* The same for people and logs: a secret is stars. */
int option_show(const struct options *, enum option_id, size_t, char *, size_t);

#endif /* OPTION_H */
