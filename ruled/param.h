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
 * What the text of a parameter must be, for the parser when the text is
 * constant and for the words after expansion.  selor-grammar.md 2.1.  All
 * texts end with NUL.  Each error is worded to follow the word's name, as in
 * "must be a number", and is written to PARAM_ERROR_MAX octets; it may be
 * NULL.
 */
#ifndef RULED_PARAM_H
#define RULED_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "option.h"
#include "words.h"

#define PARAM_ERROR_MAX 512
/* A host name or a numeric address, with its NUL. */
#define PARAM_HOST_MAX 256

enum param_verdict {
	PARAM_FINE,
	PARAM_DOUBTFUL, /* clear, but hardly meant */
	PARAM_WRONG
};

/* Checks one field (from 0) of a word's parameter; forms without rules of
 * their own are fine. */
enum param_verdict
param_check(enum word word, unsigned int field, const char *text, char *error);

/* A decimal number of 64 bits, blanks around it; 0 or -1. */
int param_number(const char *text, int64_t *number);
/* The numbers that a word takes. */
void param_range(enum word word, int64_t *min, int64_t *max);
/* Letters, digits, '-' and '_' in labels, one dot at the end at most. */
bool param_is_host(const char *text);
/* Plausible: a local part and a domain or literal, or postmaster. */
bool param_is_address(const char *text);
/* The next word of a list of zones; the rest moves on.  0: there is none,
 * -1: it is longer than PARAM_HOST_MAX. */
int param_zone(const char **rest, char zone[PARAM_HOST_MAX]);
/* "host", "host port", "[address] port"; brackets are taken off, and the
 * port is 25 where none is given. */
int param_host_port(
    const char *text, char host[PARAM_HOST_MAX], uint16_t *port, char *error);
/* "Name: text" of RFC 5322 section 2.2, without line ends. */
int param_header(const char *text, char *error);
/*
 * "Name value" of Def!: an option that may be changed and its value without
 * quotes (OPTION_TEXT_MAX octets), checked against the option's row.
 */
int param_def(const char *text, enum option_id *id, char *value, char *error);
/* The same of a text whose end is not known: its name alone, if complete. */
int param_def_name(const char *text, char *error);

#endif
