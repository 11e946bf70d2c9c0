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
 * What a run says: effects to its asker, faults to Warning_log (each once
 * per version of its file and place), values to explain; and the memory that
 * the expansions of one line live in.
 */
#include <sys/queue.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "peer.h"

#include "expand.h"
#include "ruled.h"
#include "run_frame.h"

/* Octets of a block of scratch memory; the first is kept for later lines. */
#define SCRATCH_BLOCK 4096
#define SCRATCH_MAX (EXPAND_MAX * 4)
#define SCRATCH_ALIGN 8
/* Octets of a warning, and of one item's values for explain. */
#define WARN_MAX 512
#define VALUES_MAX 1024
/* "file:line" of a warning that explain is told. */
#define PLACE_MAX 1200
/* The bit of a line's faults that belongs to no item of its own. */
#define WARNED_LAST 31

struct scratch {
	struct scratch *next;
	size_t used, size;
	char bytes[];
};

/* Aligned for anything. Freed with the line, so nothing that outlives it may
 * point here. NULL: more than one line may have. */
char *
run_scratch(struct run *run, size_t len)
{
	struct scratch *s = run->scratch;
	size_t size;
	char *at;

	if (len > SCRATCH_MAX - run->scratch_len - SCRATCH_ALIGN)
		return NULL;
	len = (len + SCRATCH_ALIGN - 1) & ~(size_t)(SCRATCH_ALIGN - 1);
	size = len > SCRATCH_BLOCK ? len : SCRATCH_BLOCK;
	if (s == NULL || len > s->size - s->used) {
		if ((s = malloc(sizeof(*s) + size)) == NULL)
			return NULL;
		s->used = 0;
		s->size = size;
		s->next = run->scratch;
		run->scratch = s;
	}
	at = s->bytes + s->used;
	s->used += len;
	run->scratch_len += len;
	return at;
}

/* One block stays for the next line, as most need no more. */
void
run_scratch_clear(struct run *run, bool all)
{
	struct scratch *s;

	while ((s = run->scratch) != NULL &&
	    (all || s->next != NULL || s->size > SCRATCH_BLOCK)) {
		run->scratch = s->next;
		free(s);
	}
	if (s != NULL)
		s->used = 0;
	run->scratch_len = 0;
}

/* Explain without real=1: everything is told and nothing done. */
bool
run_is_dry(const struct run *run)
{
	return run->watch != NULL && run->watch->is_dry;
}

/* Only for a watcher; run_show looks whether there is one before it composes.
 */
void
run_values(struct run *run, const char *fmt, ...)
{
	va_list ap;

	if (run->values == NULL && (run->values = malloc(VALUES_MAX)) == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(run->values, VALUES_MAX, fmt, ap);
	va_end(ap);
}

/* An item of the event's call, in the order of the rules. A dry run and one
 * without an asker tell nobody. */
void
run_effect(struct run *run, enum rule_effect effect, const char *text,
    const char *secret)
{
	struct policy *p = run->policy;
	union msg m = {.rule_effect = {.effect = effect,
			   .text = text,
			   .secret = secret != NULL ? secret : ""}};

	if (run->watch != NULL && run->watch->effect != NULL)
		run->watch->effect(run->watch->arg, effect, text);
	if (run_is_dry(run) || p->asker == NULL)
		return;
	if (peer_item(p->asker, MSG_RULE_EFFECT, run->ask, &m, -1) == -1)
		run_warn(run, "an effect (%s) can not be told: too long",
		    rule_effect_names[effect]);
}

/* The line that decided, as Refused_log shows it. */
void
run_place(struct run *run)
{
	const struct frame *f;

	if (run->depth == 0) {
		strlcpy(run->place,
		    option_row(rule_event_option(run->event))->name,
		    sizeof(run->place));
		return;
	}
	f = &run->frames[run->depth - 1];
	snprintf(run->place, sizeof(run->place), "%s:%u", f->rules->name,
	    f->line < f->rules->count ? f->rules->lines[f->line].number : 0);
}

/* Line and column 0: the whole file. */
struct fault {
	const char *file;
	uint32_t line, column;
};

static void
say_watcher(const struct run *run, const struct fault *at, const char *what)
{
	char place[PLACE_MAX];

	if (at->line != 0)
		snprintf(place, sizeof(place), "%s:%u", at->file, at->line);
	else
		strlcpy(place, at->file, sizeof(place));
	run->watch->warn(run->watch->arg, place, what);
}

/* To who watches, else to the log: what explain finds does not stand in the
 * server's own Warning_log. */
static void
say(const struct run *run, const struct fault *at, const char *what)
{
	const struct policy *p = run->policy;
	struct log_line l;

	if (run->watch != NULL && run->watch->warn != NULL) {
		say_watcher(run, at, what);
		return;
	}
	if (!log_begin(&l, LOG_WARNING, "rules"))
		return;
	log_str(&l, "file", at->file);
	if (at->line != 0)
		log_num(&l, "line", at->line);
	if (at->column != 0)
		log_num(&l, "column", at->column);
	log_str(&l, "event", rule_event_names[run->event]);
	if (p->client_text[0] != '\0')
		log_str(&l, "client", p->client_text);
	if (p->id != NULL)
		log_str(&l, "id", p->id);
	log_str(&l, "what", what);
	log_end(&l);
}

/* Each item once for a version of its file: a fault in a rule that all mail
 * passes would fill the disk. */
void
run_warn(struct run *run, const char *fmt, ...)
{
	struct fault at = {0};
	struct frame *f;
	struct rule_line *line;
	char what[WARN_MAX];
	va_list ap;
	uint32_t bit;

	at.file = option_row(rule_event_option(run->event))->name;
	if (run->depth > 0) {
		f = &run->frames[run->depth - 1];
		at.file = f->rules->name;
		if (f->line < f->rules->count) {
			line = &f->rules->lines[f->line];
			at.line = line->number;
			if (f->item < line->count)
				at.column = line->items[f->item].column;
			bit = 1u << (f->item < WARNED_LAST ? f->item :
							     WARNED_LAST - 1);
			if (run->watch == NULL && (line->warned & bit) != 0)
				return;
			if (run->watch == NULL)
				line->warned |= bit;
		}
	}
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	say(run, &at, what);
}

/* At the line of the Reply!, which may have been many lines before the event's
 * end. */
void
run_warn_reply(struct run *run)
{
	struct rule_line *line;
	struct fault at = {0};

	if (run->reply_rules == NULL)
		return;
	line = &run->reply_rules->lines[run->reply_line];
	if (run->watch == NULL) {
		if ((line->warned & 1u << WARNED_LAST) != 0)
			return;
		line->warned |= 1u << WARNED_LAST;
	}
	at.file = run->reply_rules->name;
	at.line = line->number;
	say(run, &at,
	    "Reply! with 4xx or 5xx refuses: Deny! is missing beside it");
}

/* FNV-1a; never 0, which means none. */
static uint32_t
value_hash(const char *value)
{
	uint32_t h = 0x811c9dc5;

	for (; *value != '\0'; value++)
		h = (h ^ (uint8_t)*value) * 0x01000193;
	return h | 1;
}

/* They are there again: should they go once more, that is told. */
void
run_has_rules(const struct run *run, const char *value)
{
	if (ruled.told_missing[run->event] == value_hash(value))
		ruled.told_missing[run->event] = 0;
}

/* Told once for each value that the option has, and again when it has had
 * another. */
void
run_no_rules(
    struct run *run, enum option_id option, const char *value, bool is_missing)
{
	const uint32_t bit = EV(run->event);
	struct fault at = {value, 0, 0};

	/* A7: rules that can not be had are a policy that can not be kept. */
	if ((bit & EV_BEFORE_END) != 0) {
		run->verdict = VERDICT_TEMP;
		strlcpy(
		    run->place, option_row(option)->name, sizeof(run->place));
	}
	if (run->watch == NULL) {
		if (ruled.told_missing[run->event] == value_hash(value))
			return;
		ruled.told_missing[run->event] = value_hash(value);
	}
	say(run, &at, is_missing ? "there is no such file" : "can not be read");
}
