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
 * The words of the rules language, from words.def.
 */
#ifndef RULED_WORDS_H
#define RULED_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rule_enums.h"

/* Sets of events. */
#define EV(event) (1u << (event))
#define EV_LIMIT EV(RULE_LIMIT)
#define EV_FROM EV(RULE_FROM)
#define EV_RCPT EV(RULE_RCPT)
#define EV_ERROR_REPORT EV(RULE_ERROR_REPORT)
#define EV_TRANSACTION (EV_FROM | EV_RCPT | EV(RULE_DATA_CMD) | EV(RULE_DATA))
/* A client waits for a reply. */
#define EV_CLIENT                                                         \
	(EV_LIMIT | EV(RULE_CONNECTION) | EV(RULE_HELO) | EV(RULE_AUTH) | \
	    EV_TRANSACTION | EV(RULE_LRCPT_REFUSED))
#define EV_QUEUE \
	(EV(RULE_QSTART) | EV(RULE_QEND) | EV(RULE_DL_RCPT) | EV_ERROR_REPORT)
#define EV_ALL (EV_CLIENT | EV_QUEUE)
#define EV_SMTP EV_ALL
#define EV_SENDER (EV_TRANSACTION | EV(RULE_LRCPT_REFUSED) | EV_QUEUE)
#define EV_RECIPIENT                                   \
	(EV_RCPT | EV(RULE_DATA_CMD) | EV(RULE_DATA) | \
	    EV(RULE_LRCPT_REFUSED) | EV(RULE_DL_RCPT) | EV_ERROR_REPORT)
#define EV_PERMIT                                                         \
	(EV_LIMIT | EV(RULE_CONNECTION) | EV(RULE_HELO) | EV(RULE_AUTH) | \
	    EV_FROM | EV_RCPT)
#define EV_BEFORE_END \
	(EV(RULE_CONNECTION) | EV(RULE_HELO) | EV(RULE_AUTH) | EV_TRANSACTION)
#define EV_BEFORE_DATA (EV_BEFORE_END & ~EV(RULE_DATA))
#define EV_ROUTE (EV_RCPT | EV(RULE_DATA_CMD) | EV(RULE_DATA) | EV(RULE_QSTART))

enum word {
#define CONDITION(id, function, name, form, events, line) WORD_##id,
#define ACTION(id, function, name, form, events, line) WORD_##id,
#include "words.def"
	WORD_COUNT
};

enum variable {
	VAR_NONE, /* a literal piece of text */
#define VARIABLE(letter, id, events, line) VAR_##id,
#include "words.def"
	VAR_COUNT
};

/* Shape of the parameter that follows a word; selor-grammar.md 2.1. */
enum word_form {
	FORM_NONE,
	FORM_TEXT,
	FORM_FIELDS2, /* "a:b", cut as written, expanded afterwards, A11 */
	FORM_FIELDS3,
	FORM_NUMBER,
	FORM_KIND, /* 0, 1 or 2 */
	FORM_HITS, /* signed */
	FORM_IP,
	FORM_ITEST,
	FORM_ZONES,
	FORM_DEF,
	FORM_REPLY,
	FORM_COMMAND,
	FORM_PATH,
	FORM_DELIMITER
};

struct word_row {
	const char *name; /* without its mark */
	char mark; /* '?' or '!' */
	enum word_form form;
	uint32_t events; /* EV_ bits */
	const char *line; /* what it says or does */
};

struct variable_row {
	char letter;
	uint32_t events;
	const char *line;
};

/* Never NULL below WORD_COUNT and VAR_COUNT. */
const struct word_row *word_row(enum word);
const struct variable_row *variable_row(enum variable);

enum word_found {
	WORD_FOUND,
	WORD_ODD, /* found, but written as the manual's slips have it */
	WORD_UNKNOWN
};
/* The word of a name of so many octets and its mark ('?', '!', or 0). */
enum word_found
words_find(const char *name, size_t len, char mark, enum word *word);
/* The right spelling nearest to a wrong one, with its mark; or NULL. */
const char *words_nearest(const char *name, size_t len, char mark);
/* VAR_NONE: there is no such letter. */
enum variable words_variable(char letter);

#endif
