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
 * Questions for records; see ask_dns.h.
 */
#include "ask_dns.h"

#include <stdlib.h>
#include <string.h>

#include "enums.h"
#include "proc.h"

#include "pending.h"
#include "ruled.h"

#define RCODE_NXDOMAIN 3

struct dns_question {
	struct pending pending;
	struct ask_dns_owner owner;
	struct ask_dns_answer answer;
	bool is_over; /* a limit, or no memory */
};

/* Of a LOOK_RR: one more record of an answer to come. */
void
ask_dns_record(struct peer *peer, uint64_t ref, const union msg *m, int fd)
{
	struct dns_question *q = pending_get(ref);
	const struct msg_look_rr *rr = &m->look_rr;
	struct ask_dns_answer *a;
	struct ask_dns_record *records;
	uint8_t *data;

	(void)peer;
	(void)fd;
	if (q == NULL || q->is_over)
		return;
	a = &q->answer;
	q->is_over = true;
	if (a->count >= ASK_DNS_RECORDS_MAX ||
	    rr->data_len > ASK_DNS_BYTES_MAX - a->len)
		return;
	records = reallocarray(a->records, a->count + 1, sizeof(*records));
	if (records == NULL)
		return;
	a->records = records;
	if ((data = realloc(a->data, a->len + rr->data_len + 1)) == NULL)
		return;
	a->data = data;
	memcpy(data + a->len, rr->data, rr->data_len);
	records[a->count].at = (uint32_t)a->len;
	records[a->count].len = rr->data_len;
	a->count++;
	a->len += rr->data_len;
	q->is_over = false;
}

/* More than we hold is a failure and not a shorter answer: a list of which a
 * part is missing may say the opposite. */
static enum ask_dns_status
status_of(const struct dns_question *q, const struct msg_look_dns_answ *m)
{
	if (m->status == LOOK_NO)
		return m->rcode == RCODE_NXDOMAIN ? ASK_DNS_NXDOMAIN :
						    ASK_DNS_NODATA;
	if (m->status != LOOK_OK || q->is_over || m->count != q->answer.count)
		return ASK_DNS_TEMP;
	return ASK_DNS_OK;
}

/* The owner may have gone, and its answer with it; owner.done must copy what it
 * keeps. */
static void
dns_told(uint64_t ref, enum peer_result result, const union msg *m, int fd)
{
	struct dns_question *q = pending_get(ref);
	struct ask_dns_owner owner;
	struct ask_dns_answer a;

	(void)fd;
	if (q == NULL)
		return;
	q->answer.status = result == PEER_ANSWER ?
	    status_of(q, &m->look_dns_answ) :
	    ASK_DNS_TEMP;
	owner = q->owner;
	a = q->answer;
	if (a.status != ASK_DNS_OK)
		a.count = 0;
	pending_free(&q->pending);
	if (pending_get(owner.owner) != NULL)
		owner.done(owner.owner, owner.tag, &a);
	free(a.records);
	free(a.data);
}

/* -1: nothing is asked, and done is not called. */
int
ask_dns(struct run *run, const char *name, enum ask_dns_type type,
    const struct ask_dns_owner *owner)
{
	union msg m = {.look_dns = {.name = name, .type = (uint16_t)type}};
	struct peer *lookupd = proc_peer(PROC_LOOKUPD, 0);
	struct dns_question *q;

	if (lookupd == NULL || (q = pending_new(run, sizeof(*q))) == NULL)
		return -1;
	q->owner = *owner;
	if (peer_call(lookupd, MSG_LOOK_DNS, &m, -1,
		PEER_THEN(dns_told, q->pending.self)) == -1) {
		pending_free(&q->pending);
		return -1;
	}
	return 0;
}
