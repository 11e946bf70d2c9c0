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
 * A rules file as a tree, made by parse.c and then never changed, but for
 * which of its faults were told.  All its memory hangs on struct rules; it is
 * counted, since a run that waits holds the version that it began with while
 * the file is edited.
 */
#ifndef RULED_RULE_H
#define RULED_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "ippattern.h"
#include "words.h"

/* Octets of a line, and lines and octets of a file. */
#define RULE_LINE_MAX 8192
#define RULE_LINES_MAX 1000000
#define RULE_FILE_MAX (64u * 1024 * 1024)
#define RULE_FIELDS 3

/* A run of literal octets, or one variable. */
struct piece {
	uint8_t variable; /* enum variable; VAR_NONE: text */
	uint32_t len;
	const char *text; /* NUL-terminated; NULL for a variable */
};

/* A parameter or one field of it. */
struct template
{
	struct piece *pieces;
	uint32_t count;
	/* Where it holds no variable: its whole text, else NULL. */
	const char *constant;
	uint32_t constant_len;
};

struct rule_item {
	uint8_t word; /* enum word */
	uint8_t fields; /* templates in use */
	bool is_negated;
	/* Was the value below made when it was parsed? */
	bool is_fixed;
	/* Could it look at the message's files? */
	bool wants_files;
	uint16_t column; /* of the word, from 1 */
	char op; /* Itest?: '<', '>' or '=' */
	struct template *field; /* so many as fields says; NULL: none */
	int64_t number; /* NUMBER, KIND, HITS when fixed */
	struct ip_pattern ip; /* IP when fixed */
};

struct rule_line {
	uint32_t number; /* from 1 */
	uint32_t count;
	/* run_warn's, zero at first: a bit for each item that was told of. */
	uint32_t warned;
	struct rule_item *items;
};

struct rules {
	uint32_t references;
	/* Neither root nor the server's user owns it, or others may write
	 * it: A13(e) takes some words from it. */
	bool is_restricted;
	bool has_errors; /* lines were left out */
	bool is_inline; /* the text of an Event.* option */
	char *name; /* path, or the option's name */
	uint32_t count;
	struct rule_line *lines;
	void *memory; /* parse.c's */
};

#endif
