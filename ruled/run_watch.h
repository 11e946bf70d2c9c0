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
 * How an item of a rule ends, and who may look on: explain.
 */
#ifndef RULED_RUN_WATCH_H
#define RULED_RUN_WATCH_H

#include <stdbool.h>

#include "rule.h"
#include "rule_enums.h"

enum step {
	STEP_YES, /* condition: true; action: done */
	STEP_NO, /* condition: false */
	STEP_FAILED, /* could not be evaluated: the line ends, whatever its
			  '!'; was told in Warning_log */
	STEP_WAIT,
	STEP_STOP, /* Stop! */
	STEP_LEAVE, /* Exit! */
	STEP_INCLUDE, /* Inc_rules!: run->next is the file */
	STEP_REPLACE, /* Proc_rules! */
	STEP_END_AFTER /* Deny!, Close!: the line goes on, then the end */
};

struct run;
/* explain: told of each item with both sides' values, and of each effect. */
struct run_watch {
	void *arg;
	void (*line)(void *arg, const struct rules *, const struct rule_line *);
	void (*item)(void *arg, const struct run *, const struct rule_item *,
	    enum step, const char *values);
	void (*effect)(void *arg, enum rule_effect, const char *text);
	/* What would go to Warning_log, and then does not; "file:line". */
	void (*warn)(void *arg, const char *place, const char *what);
	/* As the value of an Event.* option, in place of the option's; may be
	 * NULL. */
	const char *rules;
	bool is_dry; /* nothing is run, sent or written */
};

#endif
