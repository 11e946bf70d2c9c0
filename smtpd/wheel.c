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
 * The wheel of timers; see wheel.h.  An entry hangs in the slot of the tick
 * when it was due at first; when that tick comes and the entry has been
 * moved on, it goes to the slot of its new tick.
 */
#include "wheel.h"

#include <stddef.h>

/* In the slot of its tick modulo the wheel: what is due in later rounds hangs
 * there too, and is passed over. */
static void
wheel_hang(struct wheel *w, struct wheel_entry *e)
{
	e->at = e->due;
	LIST_INSERT_HEAD(&w->slot[e->at % WHEEL_SLOTS], e, link);
	e->is_set = true;
}

void
wheel_init(struct wheel *w, int64_t now)
{
	int i;

	for (i = 0; i < WHEEL_SLOTS; i++)
		LIST_INIT(&w->slot[i]);
	w->tick = now / WHEEL_TICK_MS;
}

/* Moving an entry on costs nothing: it stays where it hangs and is looked at
 * there. So the timer of a session is set for each command without a list being
 * touched. */
void
wheel_set(struct wheel *w, struct wheel_entry *e, int64_t now, int64_t ms)
{
	/* Up, so that nothing ends early; behind the last tick that ran. */
	e->due = (now + ms + WHEEL_TICK_MS - 1) / WHEEL_TICK_MS;
	if (e->due <= w->tick)
		e->due = w->tick + 1;
	if (e->is_set && e->due >= e->at)
		return;
	wheel_clear(e);
	wheel_hang(w, e);
}

void
wheel_clear(struct wheel_entry *e)
{
	if (e->is_set)
		LIST_REMOVE(e, link);
	e->is_set = false;
}

/* fire may set the entry again, but must not free another: sessions die at the
 * end of the turn. */
static void
wheel_turn(struct wheel *w, int64_t tick, void (*fire)(struct wheel_entry *))
{
	struct wheel_entry *e, *next;

	e = LIST_FIRST(&w->slot[tick % WHEEL_SLOTS]);
	for (; e != NULL; e = next) {
		next = LIST_NEXT(e, link);
		if (e->at > tick)
			continue;
		wheel_clear(e);
		if (e->due > tick)
			wheel_hang(w, e);
		else
			fire(e);
	}
}

/* After a long stop each slot is turned once, and no tick twice. */
void
wheel_run(struct wheel *w, int64_t now, void (*fire)(struct wheel_entry *))
{
	int64_t tick = now / WHEEL_TICK_MS, from = w->tick + 1;

	if (tick - w->tick > WHEEL_SLOTS)
		from = tick - WHEEL_SLOTS + 1;
	for (; from <= tick; from++) {
		w->tick = from;
		wheel_turn(w, from, fire);
	}
}
