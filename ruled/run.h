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
 * One event's run through the rules: a stack of frames, resumable.  A word's
 * function that must wait starts its question, returns STEP_WAIT and is
 * called again, from its beginning, when run_resume is called: so it first
 * looks whether its answer is there (in the policy's memo or in run->op).
 */
#ifndef RULED_RUN_H
#define RULED_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "policy.h"
#include "rule.h"
#include "run_watch.h"

/* selor-grammar.md part 3 */
#define RUN_DEPTH_MAX 16
#define RUN_SWITCHES_MAX 100
#define RUN_LINES_MAX 20000
/* Seconds that an event takes at most, its waits included. */
#define RUN_SECONDS_MAX 240
/* Lines evaluated before the loop has a turn. */
#define RUN_SLICE 5000
#define RUN_REPLY_MAX 2048

struct frame {
	struct rules *rules; /* held */
	uint32_t line, item; /* indexes */
	/* A verdict was set: the event ends after this line, or, where
	 * Proc_rules! has replaced the file since, after the new one. */
	bool ends_line, ends_file;
	bool is_begun; /* this line was counted */
};

/* What an item waits for, beyond the policy's memo. */
struct run_op {
	uint8_t state; /* the word's own; 0: not begun */
	int32_t status;
	uint32_t job, asked, answered;
	void *data; /* the word's own, freed with "end" */
	void (*end)(struct run_op *);
	int fd; /* or -1 */
};

struct run {
	struct policy *policy;
	enum rule_event event;
	uint64_t ask; /* ref for peer_item and peer_answer */
	struct frame frames[RUN_DEPTH_MAX];
	unsigned int depth; /* frames in use */
	uint32_t switches, lines;
	uint32_t slice; /* lines since the loop had its turn */
	bool is_running, is_resumed; /* resumed while it runs: goes on */
	bool has_rules; /* those of the event are there */
	bool is_sliced; /* waits for the loop, not for an answer */
	bool asks_files; /* the asker makes the message's files */
	char delimiter; /* as Delimiter! left it, for explain */
	uint8_t verdict; /* enum rule_verdict */
	bool has_reply;
	/* The reply's, for the warning that Deny! is missing; held. */
	struct rules *reply_rules;
	uint32_t reply_line;
	/* The sender to come back when Fchange! or Srs! in rcpt have
	 * changed it for this recipient alone, A29. */
	char *sender_before;
	bool has_sender_before;
	struct rules *next; /* for STEP_INCLUDE and STEP_REPLACE, held */
	struct run_op op;
	struct event *timer; /* of the whole run, or of its next slice */
	int64_t began; /* monotonic ms; 0: has not waited yet */
	struct scratch *scratch; /* expansions of this line */
	size_t scratch_len; /* in all blocks */
	const struct run_watch *watch; /* NULL but in explain */
	char *values; /* of the item, for the watch */
	void (*done)(struct run *); /* when it ends; it is freed after */
	/* Last, so that what each line looks at lies close together. */
	char reply[RUN_REPLY_MAX];
	char place[320]; /* "file:line" of the verdict or reply */
};

/* The event begins; rules come from the option's value as the policy has it.
 * done runs later or at once.  -1: no memory, nothing runs. */
int run_start(struct policy *p, enum rule_event event, uint64_t ask,
    const struct run_watch *watch, void (*done)(struct run *));
/* What the run of that policy waited for is there. */
void run_resume(uint64_t policy_ref);
/* Its message lies in files now, or can not: then it ends. */
void run_has_files(struct run *run);
/* Ends it without an answer: its session has gone. */
void run_abort(struct run *run);

/* Says what is wrong with the item under way, once per file version. */
void run_warn(struct run *run, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* An effect for the asker; explain sees it, a dry run sends nothing. */
void run_effect(struct run *run, enum rule_effect effect, const char *text,
    const char *secret);
/* Memory for this line's expansions, aligned for pointers and numbers;
 * NULL: over EXPAND_MAX * 4. */
char *run_scratch(struct run *run, size_t len);
/* Nothing may be run, sent or written: explain alone looks. */
bool run_is_dry(const struct run *run);
/* Both sides of the item under way, for explain; else costs a test. */
#define run_show(run, ...)                            \
	do {                                          \
		if ((run)->watch != NULL)             \
			run_values(run, __VA_ARGS__); \
	} while (0)
void run_values(struct run *run, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* "file:line" of the item under way becomes the verdict's. */
void run_place(struct run *run);

/* The function of each word; NULL for those that run.c does itself. */
typedef enum step word_function(struct run *, const struct rule_item *);
extern word_function *const word_functions[WORD_COUNT];

#define CONDITION(id, function, name, form, events, line) \
	word_function word_##function;
#define ACTION(id, function, name, form, events, line) \
	word_function word_##function;
#include "words.def"

#endif
