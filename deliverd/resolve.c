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
 * Questions of queued to lookupd; see resolve.h.
 */
#include "resolve.h"

#include <stdlib.h>
#include <string.h>

#include "enums.h"
#include "log.h"
#include "proc.h"
#include "slot.h"

/* Questions in flight; queued asks one for each bounce that it makes. */
#define RESOLVE_MAX 1024

struct resolve {
	uint64_t ref, call; /* our own, and queued's */
	uint32_t count;
	char address[321];
};

static struct slots questions;

int
resolve_init(void)
{
	slots_init(&questions, RESOLVE_MAX);
	return 0;
}

/* To the queued of now; a call of its predecessor is forgotten before. */
static void
resolve_answer(uint64_t call, uint8_t status, uint32_t count)
{
	struct peer *queued = proc_peer(PROC_QUEUED, 0);
	union msg m;

	if (queued == NULL)
		return;
	m.dlv_resolve_answ.status = status;
	m.dlv_resolve_answ.count = count;
	peer_answer(queued, MSG_DLV_RESOLVE_ANSW, call, &m, -1);
}

static void
resolve_target(
    struct resolve *q, uint8_t route, uint8_t kind, const char *address)
{
	struct peer *queued = proc_peer(PROC_QUEUED, 0);
	union msg m;

	if (queued == NULL)
		return;
	m.dlv_target.route = route;
	m.dlv_target.kind = kind;
	m.dlv_target.address = address;
	peer_item(queued, MSG_DLV_TARGET, q->call, &m, -1);
	q->count++;
}

void
resolve_on_target(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct resolve *q = slot_get(&questions, ref);

	(void)p;
	(void)fd;
	if (q != NULL)
		resolve_target(q, m->look_target.route, m->look_target.kind,
		    m->look_target.address);
}

/*
 * A domain that is not ours is a target like any: a bounce goes where its
 * sender is.
 */
static void
resolve_done(uint64_t ref, enum peer_result how, const union msg *m, int fd)
{
	struct resolve *q = slot_get(&questions, ref);
	uint8_t status = LOOK_TEMP;

	(void)fd;
	if (q == NULL)
		return;
	if (how == PEER_ANSWER)
		status = m->look_rcpt_answ.status;
	if (status == LOOK_REMOTE) {
		resolve_target(q, ROUTE_REMOTE, ADDRESS_UNKNOWN, q->address);
		status = LOOK_OK;
	}
	resolve_answer(q->call, status, q->count);
	slot_remove(&questions, ref);
	free(q);
}

void
resolve_on_call(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct peer *lookupd = proc_peer(PROC_LOOKUPD, 0);
	struct resolve *q;
	union msg ask;

	(void)p;
	(void)fd;
	if (lookupd == NULL || (q = calloc(1, sizeof(*q))) == NULL) {
		resolve_answer(ref, LOOK_TEMP, 0);
		return;
	}
	q->call = ref;
	strlcpy(q->address, m->dlv_resolve.address, sizeof(q->address));
	ask.look_rcpt.address = q->address;
	ask.look_rcpt.options = m->dlv_resolve.options;
	if ((q->ref = slot_add(&questions, q)) != 0 &&
	    peer_call(lookupd, MSG_LOOK_RCPT, &ask, -1,
		PEER_THEN(resolve_done, q->ref)) == 0)
		return;
	slot_remove(&questions, q->ref);
	free(q);
	resolve_answer(ref, LOOK_TEMP, 0);
}

/* queued has gone, and nobody wants the answers; they find no question. */
void
resolve_forget(void)
{
	struct resolve *q;
	uint32_t pos = 0;

	while ((q = slot_next(&questions, &pos)) != NULL) {
		slot_remove(&questions, q->ref);
		free(q);
	}
}
