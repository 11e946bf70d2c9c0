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
 * LOOK_DOMAIN: does a sender's or recipient's domain exist (level 1), does
 * it have an MX (level 2).  No answer from the DNS is never "no": it is
 * LOOK_TEMP.  From_level_check and Rcpt_level_check of selor.conf(5).
 */
#include "lookupd.h"

#include <string.h>

#include "dns.h"
#include "domain.h"
#include "enums.h"
#include "question.h"
#include "route.h"

enum exists_tag {
	EXISTS_MX,
	EXISTS_A,
	EXISTS_AAAA,
	EXISTS_TAGS
};

struct exists {
	struct question q;
	uint8_t level, open;
	bool null_mx;
	enum dns_status status[EXISTS_TAGS];
};

static void
exists_answer(struct peer *p, uint64_t ref, enum look_status status)
{
	union msg m = {.look_domain_answ = {.status = (uint8_t)status}};

	question_answer(p, MSG_LOOK_DOMAIN_ANSW, ref, &m);
}

/* What the answers so far say; *known false: wait for more. */
static enum look_status
exists_decide(const struct exists *x, bool *known)
{
	const enum dns_status *s = x->status;
	int i;

	*known = true;
	if (x->null_mx)
		return LOOK_NULLMX;
	if (s[EXISTS_MX] == DNS_OK && !(x->open & 1u << EXISTS_MX))
		return LOOK_OK;
	if (x->open != 0) {
		*known = false;
		return LOOK_TEMP;
	}
	if (x->level >= 2)
		return s[EXISTS_MX] == DNS_TEMP ? LOOK_TEMP : LOOK_NO;
	/* A name that is there without an address is there. */
	for (i = 0; i < EXISTS_TAGS; i++)
		if (s[i] == DNS_OK || s[i] == DNS_NODATA)
			return LOOK_OK;
	for (i = 0; i < EXISTS_TAGS; i++)
		if (s[i] == DNS_TEMP)
			return LOOK_TEMP;
	return LOOK_NO;
}

/* Answers as soon as it is decided; what comes later finds no question. */
static void
exists_told(uint64_t ref, uint32_t tag, const struct dns_answer *a)
{
	struct exists *x = question_get(ref);
	union msg m;
	bool known;

	if (x == NULL || tag >= EXISTS_TAGS)
		return;
	x->open &= (uint8_t) ~(1u << tag);
	x->status[tag] = a->status;
	if (tag == EXISTS_MX && route_is_null_mx(a))
		x->null_mx = true;
	m.look_domain_answ.status = (uint8_t)exists_decide(x, &known);
	if (known)
		question_end(&x->q, &m);
}

void
exists_asked(struct peer *p, uint64_t ref, const union msg *in, int fd)
{
	static const enum dns_type types[] = {DNS_MX, DNS_A, DNS_AAAA};
	const char *text = in->look_domain.domain;
	char domain[DOMAIN_MAX + 1];
	struct exists *x;
	union msg m = {.look_domain_answ = {.status = LOOK_TEMP}};
	uint32_t i, n;

	(void)fd;
	if (domain_parse(domain, text, strlen(text),
		DOMAIN_UTF8 | DOMAIN_LITERAL) == -1) {
		exists_answer(p, ref, LOOK_NO);
		return;
	}
	if (domain_is_literal(domain)) {
		exists_answer(
		    p, ref, in->look_domain.level >= 2 ? LOOK_NO : LOOK_OK);
		return;
	}
	x = question_new(sizeof(*x), p, ref, MSG_LOOK_DOMAIN_ANSW);
	if (x == NULL) {
		exists_answer(p, ref, LOOK_TEMP);
		return;
	}
	x->level = in->look_domain.level;
	/* The address is asked for too: most often it is needed soon. */
	n = x->level >= 2 ? 1 : EXISTS_TAGS;
	for (i = 0; i < n; i++) {
		x->status[i] = DNS_TEMP;
		if (dns_ask(domain, types[i], exists_told, x->q.self, i) == 0)
			x->open |= (uint8_t)(1u << i);
	}
	if (x->open == 0)
		question_end(&x->q, &m);
}
