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
 * A DNS answer as libunbound hands it over, the packet (RFC 1035 section
 * 4), into records.  Every length is checked; nothing in it is believed.
 */
#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Records taken of one answer; the rest is dropped. */
#define DNS_RECORDS_MAX 100
/* Aliases followed inside one answer. */
#define DNS_CNAMES_MAX 12
#define DNS_NAME_MAX 255

/* The numbers are those of the protocol. */
enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28
};

enum dns_status {
	DNS_OK, /* there are records */
	DNS_NODATA, /* the name exists, not with such records */
	DNS_NXDOMAIN, /* the name does not exist */
	DNS_TEMP /* SERVFAIL, timeout, bogus, nonsense */
};
extern const char *const dns_status_names[];

struct dns_record {
	uint16_t preference; /* DNS_MX */
	uint16_t text_len;
	uint32_t ttl; /* seconds */
	/* DNS_TXT: its strings as they came, a length before each; DNS_MX
	 * whose name is "": the name as it came; else NULL. */
	uint8_t *text;
	uint8_t ip[16]; /* DNS_A (four octets), DNS_AAAA */
	/*
	 * DNS_MX, DNS_PTR: lower case, no trailing dot, "." for the root;
	 * "" when its labels hold what no host name holds.
	 */
	char name[DNS_NAME_MAX + 1];
};

struct dns_answer {
	enum dns_status status;
	enum dns_type type;
	bool secure; /* validated by DNSSEC */
	bool alias; /* the name is a CNAME */
	size_t count;
	struct dns_record *record; /* count of them */
};

/*
 * Takes the records of that type out of a packet, following CNAMEs from the
 * name asked for.  name is lower case without trailing dot.  The records are
 * to be freed with dns_answer_clear.
 */
void dns_answer_parse(struct dns_answer *, const char *name, enum dns_type,
    const uint8_t *packet, size_t len);
void dns_answer_clear(struct dns_answer *);

#endif
