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
 * Timers of all sessions in one wheel that turns twice a second: moving a
 * deadline further away, which every command does, is a store and no more.
 */
#ifndef SELOR_WHEEL_H
#define SELOR_WHEEL_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#define WHEEL_SLOTS 512
#define WHEEL_TICK_MS 500

struct wheel_entry {
	LIST_ENTRY(wheel_entry) link;
	int64_t at; /* tick of the slot that it hangs in */
	int64_t due; /* tick when it is due, not before at */
	bool is_set;
};

struct wheel {
	LIST_HEAD(, wheel_entry) slot[WHEEL_SLOTS];
	int64_t tick; /* the last one that was run */
};

/* now: monotonic milliseconds, here as below. */
void wheel_init(struct wheel *w, int64_t now);
/* Sets or moves a timer: due in ms from now, up to one tick late. */
void wheel_set(struct wheel *w, struct wheel_entry *e, int64_t now, int64_t ms);
void wheel_clear(struct wheel_entry *e);
/* Runs fire for each timer that is due, which is then no longer set.  fire
 * may set that timer again, and touch no other. */
void
wheel_run(struct wheel *w, int64_t now, void (*fire)(struct wheel_entry *));

#endif
