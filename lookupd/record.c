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
 * LOOK_DNS: the records of one name for the words of rules (lists, SPF).
 * The name may be made of what a client said: what is no name in the DNS
 * does not exist.
 */
#include "lookupd.h"

#include <string.h>

#include "dns.h"
#include "enums.h"
#include "question.h"

#define RCODE_SERVFAIL 2
#define RCODE_NXDOMAIN 3
/* As LOOK_RR carries it. */
#define RECORD_DATA_MAX 4096

struct record_question {
	struct question q;
};

/* Lower case, without the dot at its end; any octets, as macros of SPF make
 * them.  false: labels that are empty or too long. */
static bool
record_name(char *out, size_t size, const char *in)
{
	size_t i, label = 0, len = strlen(in);

	if (len > 0 && in[len - 1] == '.')
		len--;
	if (len == 0 || len > 253 || len >= size)
		return false;
	for (i = 0; i < len; i++) {
		if (in[i] == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (++label > 63)
			return false;
		out[i] =
		    in[i] >= 'A' && in[i] <= 'Z' ? (char)(in[i] | 0x20) : in[i];
	}
	out[len] = '\0';
	return label > 0;
}

static uint32_t
record_data(uint8_t *out, enum dns_type type, const struct dns_record *r)
{
	size_t at = 0, len = strlen(r->name);

	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		len = type == DNS_A ? 4 : 16;
		memcpy(out, r->ip, len);
		return (uint32_t)len;
	case DNS_TXT:
		if (r->text_len > RECORD_DATA_MAX)
			return 0;
		memcpy(out, r->text, r->text_len);
		return r->text_len;
	case DNS_MX:
		out[at++] = (uint8_t)(r->preference >> 8);
		out[at++] = (uint8_t)r->preference;
		if (r->text != NULL) {
			memcpy(out + at, r->text, r->text_len);
			return (uint32_t)at + r->text_len;
		}
		break;
	case DNS_PTR:
	case DNS_CNAME:
		break;
	}
	memcpy(out + at, r->name, len);
	return (uint32_t)(at + len);
}

/* A record that does not fit makes the answer a failure: half of a set
 * would be believed to be the whole. */
static void
record_told(uint64_t ref, uint32_t tag, const struct dns_answer *a)
{
	struct record_question *x = question_get(ref);
	union msg m = {.look_dns_answ = {.status = LOOK_OK}}, rr;
	uint8_t data[RECORD_DATA_MAX];
	size_t i;

	(void)tag;
	if (x == NULL)
		return;
	m.look_dns_answ.secure = a->secure;
	if (a->status == DNS_TEMP) {
		m.look_dns_answ.status = LOOK_TEMP;
		m.look_dns_answ.rcode = RCODE_SERVFAIL;
	} else if (a->status != DNS_OK) {
		m.look_dns_answ.status = LOOK_NO;
		m.look_dns_answ.rcode =
		    a->status == DNS_NXDOMAIN ? RCODE_NXDOMAIN : 0;
	}
	for (i = 0; i < a->count; i++) {
		rr.look_rr.type = (uint16_t)a->type;
		rr.look_rr.ttl = a->record[i].ttl;
		rr.look_rr.data = data;
		rr.look_rr.data_len = record_data(data, a->type, &a->record[i]);
		if (rr.look_rr.data_len == 0 ||
		    question_item(&x->q, MSG_LOOK_RR, &rr) == -1) {
			m.look_dns_answ.status = LOOK_TEMP;
			break;
		}
		m.look_dns_answ.count++;
	}
	question_end(&x->q, &m);
}

static bool
record_is_type(uint16_t type)
{
	return type == DNS_A || type == DNS_AAAA || type == DNS_MX ||
	    type == DNS_PTR || type == DNS_TXT;
}

void
record_asked(struct peer *p, uint64_t ref, const union msg *in, int fd)
{
	union msg m = {
	    .look_dns_answ = {.status = LOOK_NO, .rcode = RCODE_NXDOMAIN}};
	struct record_question *x;
	char name[DNS_NAME_MAX + 1];

	(void)fd;
	if (!record_name(name, sizeof(name), in->look_dns.name) ||
	    !record_is_type(in->look_dns.type)) {
		question_answer(p, MSG_LOOK_DNS_ANSW, ref, &m);
		return;
	}
	m.look_dns_answ.status = LOOK_TEMP;
	m.look_dns_answ.rcode = RCODE_SERVFAIL;
	x = question_new(sizeof(*x), p, ref, MSG_LOOK_DNS_ANSW);
	if (x == NULL)
		question_answer(p, MSG_LOOK_DNS_ANSW, ref, &m);
	else if (dns_ask(name, (enum dns_type)in->look_dns.type, record_told,
		     x->q.self, 0) == -1)
		question_end(&x->q, &m);
}
