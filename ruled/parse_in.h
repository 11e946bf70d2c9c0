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
 * What parse.c and parse_param.c share: the state of one parse.
 */
#ifndef RULED_PARSE_IN_H
#define RULED_PARSE_IN_H

#include "arena.h"
#include "lex.h"
#include "parse.h"
#include "template.h"

struct parser {
	const struct parse_how *how;
	struct rules *rules;
	size_t room; /* of rules->lines */
	uint32_t line; /* number of the one under way */
	uint32_t problems; /* told so far */
	bool no_memory;
	char delimiter; /* in force at this place of the line */
	struct lex lex;
	struct arena nodes, texts;
	struct template_room template;
	struct rule_item *items; /* of the line under way */
	uint32_t items_max;
};

/* Tells of a problem; an error returns -1. */
int parse_error(struct parser *p, uint32_t column, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void parse_warning(struct parser *p, uint32_t column, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Compiles and checks the parameter at p->lex for that item; 0, or -1: told,
 * or no memory. */
int parse_param(struct parser *p, struct rule_item *item);
/* The name of an item's word with its mark, for texts. */
const char *parse_word_name(const struct rule_item *item, char buf[40]);

#endif
