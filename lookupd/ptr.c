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
 * LOOK_PTR: the name of a client, and whether that name has the client's
 * address (forward-confirmed).  A PTR record is the client's own text: what
 * is no plain host name counts as none.
 */
#include "lookupd.h"

#include <sys/socket.h>

#include <stdio.h>
#include <string.h>

#include "dns.h"
#include "enums.h"
#include "question.h"

/* Names of one address that are looked at. */
#define PTR_NAMES_MAX 5
/* The text of a reverse name: 32 digits, 32 dots, "ip6.arpa". */
#define PTR_REVERSE_MAX 80

struct ptr {
	struct question q;
	uint8_t family;
	uint8_t ip[16];
	uint8_t open;
	bool temp; /* a name's address could not be told */
	uint8_t names;
	char name[PTR_NAMES_MAX][DNS_NAME_MAX + 1];
};

static const uint8_t ptr_mapped[12] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static void
ptr_reverse(char *out, size_t size, uint8_t family, const uint8_t *ip)
{
	size_t len = 0;
	int i;

	if (family == AF_INET) {
		snprintf(out, size, "%u.%u.%u.%u.in-addr.arpa", ip[3], ip[2],
		    ip[1], ip[0]);
		return;
	}
	for (i = 15; i >= 0; i--)
		len += (size_t)snprintf(
		    out + len, size - len, "%x.%x.", ip[i] & 15, ip[i] >> 4);
	snprintf(out + len, size - len, "ip6.arpa");
}

/* Ends the question; name is "" where there is none. */
static void
ptr_end(struct ptr *x, enum look_status status, const char *name, bool ok)
{
	union msg m = {
	    .look_ptr_answ = {
		.status = (uint8_t)status, .host = name, .confirmed = ok}};

	question_end(&x->q, &m);
}

/* The addresses of one name. */
static void
ptr_forward(uint64_t ref, uint32_t tag, const struct dns_answer *a)
{
	struct ptr *x = question_get(ref);
	size_t i, len;

	if (x == NULL || tag >= x->names)
		return;
	len = x->family == AF_INET ? 4 : 16;
	for (i = 0; i < a->count; i++)
		if (memcmp(a->record[i].ip, x->ip, len) == 0) {
			ptr_end(x, LOOK_OK, x->name[tag], true);
			return;
		}
	x->temp |= a->status == DNS_TEMP;
	if (--x->open == 0)
		ptr_end(x, x->temp ? LOOK_TEMP : LOOK_OK, x->name[0], false);
}

/* A name without a dot confirms nothing and is left out. */
static void
ptr_told(uint64_t ref, uint32_t tag, const struct dns_answer *a)
{
	struct ptr *x = question_get(ref);
	size_t i;

	(void)tag;
	if (x == NULL)
		return;
	for (i = 0; i < a->count && x->names < PTR_NAMES_MAX; i++)
		if (strchr(a->record[i].name, '.') != NULL &&
		    a->record[i].name[1] != '\0')
			memcpy(x->name[x->names++], a->record[i].name,
			    sizeof(x->name[0]));
	if (x->names == 0) {
		ptr_end(
		    x, a->status == DNS_TEMP ? LOOK_TEMP : LOOK_NO, "", false);
		return;
	}
	for (i = 0; i < x->names; i++)
		if (dns_ask(x->name[i], x->family == AF_INET ? DNS_A : DNS_AAAA,
			ptr_forward, x->q.self, (uint32_t)i) == 0)
			x->open++;
	if (x->open == 0)
		ptr_end(x, LOOK_TEMP, x->name[0], false);
}

void
ptr_asked(struct peer *p, uint64_t ref, const union msg *in, int fd)
{
	const struct msg_addr *addr = &in->look_ptr.address;
	union msg m = {.look_ptr_answ = {.status = LOOK_NO}};
	char name[PTR_REVERSE_MAX];
	struct ptr *x;

	(void)fd;
	if (addr->family != AF_INET && addr->family != AF_INET6) {
		question_answer(p, MSG_LOOK_PTR_ANSW, ref, &m);
		return;
	}
	m.look_ptr_answ.status = LOOK_TEMP;
	x = question_new(sizeof(*x), p, ref, MSG_LOOK_PTR_ANSW);
	if (x == NULL) {
		question_answer(p, MSG_LOOK_PTR_ANSW, ref, &m);
		return;
	}
	x->family = addr->family;
	memcpy(x->ip, addr->ip, sizeof(x->ip));
	if (x->family == AF_INET6 &&
	    memcmp(x->ip, ptr_mapped, sizeof(ptr_mapped)) == 0) {
		x->family = AF_INET;
		memcpy(x->ip, addr->ip + sizeof(ptr_mapped), 4);
	}
	ptr_reverse(name, sizeof(name), x->family, x->ip);
	if (dns_ask(name, DNS_PTR, ptr_told, x->q.self, 0) == -1)
		question_end(&x->q, &m);
}
