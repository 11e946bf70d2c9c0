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
 * A world for rules under test: an asker that writes down what it is told,
 * files and lists in memory, words that ask others with answers of the
 * test's choice, and Warning_log caught.
 */
#ifndef RULES_FAKE_H
#define RULES_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../ruled/run.h"
#include "../../ruled/ruled.h"

#define FAKE_SESSION 7

struct fake_file {
	const char *path;
	const char *text;
	bool is_restricted;
};

struct fake {
	struct options *options;
	/* "effect text" a line, then "verdict reply|rule". */
	char told[65536];
	bool is_quiet; /* nothing is written down */
	bool is_done; /* the event has ended */
	uint8_t verdict;
	const struct fake_file *files; /* ends with a NULL path */
	bool keeps_file; /* the first file asked for is kept parsed */
	const char *lists; /* lines of every list file; NULL: unreadable */
	unsigned int waits; /* so many questions wait once each */
	unsigned int waiting;
	unsigned int asked;
	int status; /* of what Exec! runs */
};
extern struct fake fake;

void fake_up(void);
void fake_down(void);
/* A session of 192.0.2.1, or of another address or none (""). */
struct policy *fake_open(const char *client);
void fake_fact(enum rule_fact fact, const char *text);
/* Runs an option's value at an event; what was told until it ended. */
const char *fake_run(enum rule_event event, const char *value);
/* Runs the text as a file. */
const char *fake_run_file(enum rule_event event, const char *text);
/* Answers what waits. */
void fake_answer(void);
/* Warning_log since the last call. */
const char *fake_warnings(void);
void fake_forget_file(void);
struct peer *fake_peer(void);

#endif
