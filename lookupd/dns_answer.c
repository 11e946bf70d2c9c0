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
 * Parses DNS answers.  The packet comes from the network by way of
 * libunbound, and is treated as if it came straight: RFC 1035 section 4.1,
 * RFC 2181 section 5, names of RFC 1123.
 */
#include "dns_answer.h"

#include <stdlib.h>
#include <string.h>

/* Octets of a name with its lengths and the root, RFC 1035 section 3.1. */
#define DNS_WIRE_MAX 255
/* A compression pointer must lead backward, so that there are few. */
#define DNS_JUMPS_MAX 64
#define DNS_RCODE_NXDOMAIN 3

const char *const dns_status_names[] = {
    "ok", "nodata", "nxdomain", "temporary", NULL};

/* A name as it is sent, lower case, uncompressed. */
struct wire {
	size_t len;
	uint8_t octet[DNS_WIRE_MAX];
};

struct packet {
	const uint8_t *p;
	size_t len, pos;
};

/* One record; its data stand at data, inside the packet. */
struct rr {
	struct wire owner;
	uint16_t type, class, data_len;
	uint32_t ttl;
	size_t data;
};

/* pos never passes len, so the difference does not wrap. */
static int
packet_u16(struct packet *k, uint16_t *out)
{
	if (k->len - k->pos < 2)
		return -1;
	*out = (uint16_t)(k->p[k->pos] << 8 | k->p[k->pos + 1]);
	k->pos += 2;
	return 0;
}

static int
packet_skip(struct packet *k, size_t n)
{
	if (k->len - k->pos < n)
		return -1;
	k->pos += n;
	return 0;
}

static uint8_t
wire_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/*
 * Reads a name that may be compressed; k->pos then is behind it.  Each pointer
 * leads to before itself, so the walk ends; DNS_JUMPS_MAX ends it early, for a
 * packet of many pointers would be walked once a record.
 */
static int
packet_name(struct packet *k, struct wire *out)
{
	size_t at = k->pos, end = 0, i;
	unsigned int jumps = 0;
	uint8_t n;

	out->len = 0;
	for (;;) {
		if (at >= k->len)
			return -1;
		n = k->p[at];
		if ((n & 0xc0) == 0xc0) {
			if (at + 1 >= k->len || ++jumps > DNS_JUMPS_MAX)
				return -1;
			if (end == 0)
				end = at + 2;
			i = (size_t)(n & 0x3f) << 8 | k->p[at + 1];
			if (i >= at)
				return -1;
			at = i;
			continue;
		}
		if (n > 63 || at + 1 + n > k->len ||
		    out->len + 1 + n > DNS_WIRE_MAX)
			return -1;
		out->octet[out->len++] = n;
		for (i = 0; i < n; i++)
			out->octet[out->len++] = wire_lower(k->p[at + 1 + i]);
		at += 1u + n;
		if (n == 0)
			break;
	}
	k->pos = end != 0 ? end : at;
	return 0;
}

/*
 * The time to live is passed over: how long an answer holds is the resolver's
 * affair.
 */
static int
packet_rr(struct packet *k, struct rr *r)
{
	uint16_t high, low;

	if (packet_name(k, &r->owner) == -1 || packet_u16(k, &r->type) == -1 ||
	    packet_u16(k, &r->class) == -1 || packet_u16(k, &high) == -1 ||
	    packet_u16(k, &low) == -1 || packet_u16(k, &r->data_len) == -1)
		return -1;
	r->ttl = (uint32_t)high << 16 | low;
	r->data = k->pos;
	return packet_skip(k, r->data_len);
}

/* Lower case text into wire form. */
static int
wire_from_text(struct wire *w, const char *s)
{
	size_t n;

	w->len = 0;
	while (*s != '\0') {
		n = strcspn(s, ".");
		if (n == 0 || n > 63 || w->len + n + 2 > DNS_WIRE_MAX)
			return -1;
		w->octet[w->len++] = (uint8_t)n;
		for (; n > 0; n--)
			w->octet[w->len++] = wire_lower((uint8_t)*s++);
		if (*s == '.')
			s++;
	}
	w->octet[w->len++] = 0;
	return 0;
}

static bool
wire_equal(const struct wire *a, const struct wire *b)
{
	return a->len == b->len && memcmp(a->octet, b->octet, a->len) == 0;
}

/*
 * A host name as text; "" when it holds what no host name holds.  Such a name
 * goes into commands, logs and headers: one that could break them counts as
 * none.  The root alone is ".", which in an MX means that there is no mail (RFC
 * 7505).
 */
static void
wire_to_host(const struct wire *w, char *out)
{
	size_t at = 0, o = 0;
	uint8_t n, c;

	if (w->len == 1) {
		memcpy(out, ".", 2);
		return;
	}
	while ((n = w->octet[at++]) != 0) {
		if (o > 0)
			out[o++] = '.';
		for (; n > 0; n--) {
			c = w->octet[at++];
			if (!((c >= 'a' && c <= 'z') ||
				(c >= '0' && c <= '9') || c == '-' ||
				c == '_')) {
				out[0] = '\0';
				return;
			}
			out[o++] = (char)c;
		}
	}
	out[o] = '\0';
}

/* The octets of a name that is no host's, for those who want it anyhow: none
 * that is blank or a control, and no dot within a label. */
static void
wire_to_text(const struct wire *w, struct dns_record *out)
{
	size_t at = 0, len = 0;
	uint8_t n, c;
	uint8_t *text = malloc(w->len);

	while (text != NULL && (n = w->octet[at++]) != 0) {
		if (len > 0)
			text[len++] = '.';
		for (; n > 0; n--) {
			c = w->octet[at++];
			if (c <= ' ' || c >= 0x7f || c == '.') {
				free(text);
				return;
			}
			text[len++] = c;
		}
	}
	out->text = text;
	out->text_len = text != NULL ? (uint16_t)len : 0;
}

/* Character strings, RFC 1035 section 3.3.14: at least one, none cut. */
static int
record_text(struct dns_record *out, const uint8_t *p, uint16_t len)
{
	size_t at;

	for (at = 0; at < len; at += 1u + p[at])
		;
	if (len == 0 || at != len || (out->text = malloc(len)) == NULL)
		return -1;
	memcpy(out->text, p, len);
	out->text_len = len;
	return 0;
}

/*
 * The data of a record of the type asked for.  -1: not what it should be.  Data
 * are parsed to their last octet: what stands behind would be hidden from us
 * and seen by others.
 */
static int
record_parse(struct dns_record *out, const struct packet *k, const struct rr *r)
{
	struct packet d = {k->p, r->data + r->data_len, r->data};
	size_t want = r->type == DNS_A ? 4 : 16;
	struct wire w;

	memset(out, 0, sizeof(*out));
	out->ttl = r->ttl;
	switch ((enum dns_type)r->type) {
	case DNS_TXT:
		return record_text(out, k->p + r->data, r->data_len);
	case DNS_A:
	case DNS_AAAA:
		if (r->data_len != want)
			return -1;
		memcpy(out->ip, k->p + r->data, want);
		return 0;
	case DNS_MX:
		if (packet_u16(&d, &out->preference) == -1)
			return -1;
		/* FALLTHROUGH */
	case DNS_PTR:
		if (packet_name(&d, &w) == -1 || d.pos != d.len)
			return -1;
		wire_to_host(&w, out->name);
		if (r->type == DNS_MX && out->name[0] == '\0')
			wire_to_text(&w, out);
		return 0;
	case DNS_CNAME:
		break;
	}
	return -1;
}

/*
 * Where the chain of CNAMEs that begins at *name ends.  Their order in the
 * packet is not believed in.  -1: it does not end.  At most DNS_CNAMES_MAX
 * steps, each over all records: a chain that turns in a circle ends there.
 */
static int
answer_follow(
    struct dns_answer *a, struct packet k, uint16_t count, struct wire *name)
{
	const struct packet start = k;
	unsigned int steps;
	struct packet d;
	struct rr r;
	uint16_t i;

	for (steps = 0; steps <= DNS_CNAMES_MAX; steps++) {
		k = start;
		for (i = 0; i < count; i++) {
			if (packet_rr(&k, &r) == -1)
				return -1;
			if (r.type == DNS_CNAME && r.class == 1 &&
			    wire_equal(&r.owner, name))
				break;
		}
		if (i == count)
			return 0;
		d = k;
		d.pos = r.data;
		d.len = r.data + r.data_len;
		if (packet_name(&d, name) == -1 || d.pos != d.len)
			return -1;
		a->alias = true;
	}
	return -1;
}

/*
 * Takes the records of the answer section.  One record that does not parse
 * fails the answer: a server that sends such is not believed in the others.
 * More than DNS_RECORDS_MAX are left out, since no host needs them.
 */
static int
answer_records(struct dns_answer *a, struct packet *k, uint16_t count,
    const struct wire *name)
{
	size_t room = count < DNS_RECORDS_MAX ? count : DNS_RECORDS_MAX;
	struct rr r;
	uint16_t i;

	if (room == 0)
		return 0;
	if ((a->record = calloc(room, sizeof(*a->record))) == NULL)
		return -1;
	for (i = 0; i < count && a->count < room; i++) {
		if (packet_rr(k, &r) == -1)
			return -1;
		if (r.type != a->type || r.class != 1 ||
		    !wire_equal(&r.owner, name))
			continue;
		if (record_parse(&a->record[a->count], k, &r) == -1)
			return -1;
		a->count++;
	}
	return 0;
}

/* Header, question, answers.  -1: nonsense. */
static int
answer_read(struct dns_answer *a, const char *text, struct packet *k)
{
	uint16_t id, flags, questions, answers, n;
	struct wire name, owner;

	if (packet_u16(k, &id) == -1 || packet_u16(k, &flags) == -1 ||
	    packet_u16(k, &questions) == -1 || packet_u16(k, &answers) == -1 ||
	    packet_skip(k, 4) == -1 || questions > 1)
		return -1;
	if ((flags & 15) == DNS_RCODE_NXDOMAIN) {
		a->status = DNS_NXDOMAIN;
		return 0;
	}
	if ((flags & 15) != 0 || wire_from_text(&name, text) == -1)
		return -1;
	for (n = 0; n < questions; n++)
		if (packet_name(k, &owner) == -1 || packet_skip(k, 4) == -1)
			return -1;
	if (answer_follow(a, *k, answers, &name) == -1 ||
	    answer_records(a, k, answers, &name) == -1)
		return -1;
	a->status = a->count > 0 ? DNS_OK : DNS_NODATA;
	return 0;
}

void
dns_answer_parse(struct dns_answer *a, const char *name, enum dns_type type,
    const uint8_t *packet, size_t len)
{
	struct packet k = {packet, len, 0};

	memset(a, 0, sizeof(*a));
	a->type = type;
	if (answer_read(a, name, &k) == -1) {
		dns_answer_clear(a);
		a->status = DNS_TEMP;
	}
}

void
dns_answer_clear(struct dns_answer *a)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		free(a->record[i].text);
	free(a->record);
	a->record = NULL;
	a->count = 0;
}
