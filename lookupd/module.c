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
 * The modules of selor.conf: a worker for each, kept over a reload where its
 * line is the same.
 */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "module.h"

#include "worker.h"
#include "worker_self.h"

static const char *const worker_state_names[] = {"down", "starting", "up"};

struct workers workers;

/* All questions that wait behind the workers' doors. */
#define WORKER_ASKS_MAX 32768

void
workers_init(struct event_base *base)
{
	workers.base = base;
	slots_init(&workers.asks, WORKER_ASKS_MAX);
}

size_t
workers_count(void)
{
	return workers.count;
}

const char *
worker_name(size_t module)
{
	return workers.worker[module]->name;
}

/*
 * The place of a module, made when it is first used.  Never freed: its number
 * may be met in an answer that is still on its way.
 */
static struct worker *
worker_place(size_t place)
{
	struct worker *w = workers.worker[place];

	if (w != NULL)
		return w;
	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatal("memory for a module");
	w->place = (uint32_t)place;
	w->module = w->place % WORKERS_MAX;
	w->is_auth = place >= WORKERS_MAX;
	TAILQ_INIT(&w->queue[WORKER_FEW]);
	TAILQ_INIT(&w->queue[WORKER_BULK]);
	w->timer = evtimer_new(workers.base, worker_on_timer, w);
	if (w->timer == NULL)
		fatal("memory for a module");
	workers.worker[place] = w;
	return w;
}

static void
worker_stop_auth(size_t module)
{
	struct worker *w = workers.worker[WORKERS_MAX + module];

	if (w != NULL && w->used)
		worker_stop(w);
}

/* Most modules of most hosts never see a login. */
struct worker *
worker_for_auth(size_t module)
{
	struct worker *w = worker_place(WORKERS_MAX + module);

	if (!w->used) {
		strlcpy(w->name, workers.worker[module]->name, sizeof(w->name));
		w->used = true;
		w->failures = 0;
		worker_start(w);
	}
	return w;
}

/*
 * Places are compared, not names: Modseq_* and messages know modules by place.
 * A line that moved is stopped and started; its open questions fail for now.
 */
void
workers_apply(const struct options *o)
{
	size_t i, n = option_count(o, OPT_MODULE), was = workers.count;
	struct worker *w;
	struct module m;
	const char *text;

	workers.count = n > WORKERS_MAX ? WORKERS_MAX : n;
	for (i = 0; i < workers.count; i++) {
		w = worker_place(i);
		text = option_nth(o, OPT_MODULE, i);
		if (w->used && strcmp(w->text, text) == 0)
			continue;
		if (w->used) {
			worker_stop(w);
			worker_stop_auth(i);
		}
		strlcpy(w->text, text, sizeof(w->text));
		strlcpy(w->name, module_parse(text, &m) == 0 ? m.name : "?",
		    sizeof(w->name));
		w->used = true;
		w->failures = 0;
		log_info("module %zu is %s", i, w->name);
		worker_start(w);
	}
	for (; i < was; i++) {
		worker_stop(workers.worker[i]);
		worker_stop_auth(i);
	}
}

static int
print(const struct worker *w, char *buf, size_t size)
{
	return snprintf(buf, size,
	    "%s=%u name=%s state=%s asked=%llu failed=%llu deaths=%llu "
	    "in_flight=%u waiting=%u in_order=%d",
	    w->is_auth ? "logins" : "module", w->module, w->name,
	    worker_state_names[w->state], (unsigned long long)w->asked,
	    (unsigned long long)w->failed, (unsigned long long)w->deaths,
	    w->in_flight, w->waiting, w->why[0] == '\0');
}

int
worker_print(size_t module, char *buf, size_t size)
{
	return print(workers.worker[module], buf, size);
}

int
worker_print_auth(size_t module, char *buf, size_t size)
{
	const struct worker *w = workers.worker[WORKERS_MAX + module];

	return w == NULL || !w->used ? 0 : print(w, buf, size);
}
