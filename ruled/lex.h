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
 * One line of rules into words and parameters; selor-grammar.md part 2.
 */
#ifndef RULED_LEX_H
#define RULED_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lex_got {
	LEX_NONE, /* the line or its items end; no parameter stands here */
	LEX_WORD,
	LEX_STRING,
	LEX_WRONG /* error says why, at says where */
};

/* Pointers go into the line, which must outlive it. */
struct lex {
	const char *line, *p, *end;
	bool is_inline; /* single quotes are quotes too */
	const char *nbsp; /* the first no-break space read as a blank */
	const char *at; /* where the last word, parameter or error begins */
	const char *text; /* a name without marks; what stands in quotes */
	size_t len;
	bool is_negated;
	char mark; /* '?', '!' or NUL */
	const char *error;
};

void lex_init(struct lex *lex, const char *line, size_t len, bool is_inline);
/* The next item's word, or LEX_NONE at a comment or the end. */
enum lex_got lex_word(struct lex *lex);
/* The parameter that follows the word, or LEX_NONE: something else does. */
enum lex_got lex_string(struct lex *lex);
/* Octets from the line's beginning to there, from 1. */
uint32_t lex_column(const struct lex *lex, const char *at);

/* Is that a blank, and how long?  SP, TAB, C2 A0; 0: no. */
size_t lex_blank(const char *p, const char *end);

#endif
