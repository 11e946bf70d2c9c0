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
 * Text of a rules file or of an Event.* option into a tree.  Follows the
 * grammar in selor.rules(5) production by production.  Touches no file.
 */
#ifndef RULED_PARSE_H
#define RULED_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rule.h"

enum parse_severity {
	PARSE_WARNING, /* odd but clear: the line runs */
	PARSE_ERROR /* the line is skipped whole */
};

/* Told of each problem, at most once a line for errors. */
struct parse_problem {
	enum parse_severity severity;
	uint32_t line, column; /* from 1; column in octets */
	const char *text; /* lives during the call */
};
typedef void parse_told(void *arg, const struct parse_problem *problem);

struct parse_how {
	const char *name; /* of the file, copied */
	bool is_inline; /* single quotes are quotes too, %" is one */
	bool is_restricted; /* report words that A13(e) takes */
	parse_told *told; /* may be NULL */
	void *arg;
};

/* Problems told of one text at most; then one that says so. */
#define PARSE_PROBLEMS_MAX 100

/*
 * The tree of all lines that fit the grammar, with one reference.  Wrong
 * lines were told and are not in it.  NULL: no memory or too many lines.
 */
struct rules *
parse_rules(const char *text, size_t len, const struct parse_how *how);
struct rules *rules_hold(struct rules *rules);
void rules_release(struct rules *rules); /* NULL is nothing */

/*
 * Is the value of an Event.* option rules themselves, or the path of a file?
 * selor-grammar.md part 1: by the shape of its first word.
 */
bool parse_is_inline(const char *value);
/*
 * Turns each %" of rules in an option into a quote, in place, if no quote
 * stands alone there.  parse_rules does so itself.
 */
void parse_inline_quotes(char *text);
/* Rules in an option: 0, or -1 and the first error with its column. */
int parse_inline_check(const char *value, char *error, size_t size);

#endif
