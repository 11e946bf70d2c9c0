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
 * The memo of an SPF check.  For the files spf_*.c.
 */
#ifndef RULED_SPF_CHECK_IN_H
#define RULED_SPF_CHECK_IN_H

#include <sys/socket.h>

#include <netinet/in.h>

#include <spf2/spf.h>
#include <spf2/spf_dns.h>

#include "spf_check.h"

/* Octets of a name with its NUL. */
#define SPF_NAME_MAX 254
/* Octets of a record of text, all its strings. */
#define SPF_TEXT_MAX 4097
/* RFC 7208 section 4.6.4: hosts of an MX, names of an address; terms. */
#define SPF_HOSTS_MAX 10
#define SPF_TERMS_MAX 10

struct spf_memo {
	char *name;
	enum ask_dns_type type;
	bool is_answered;
	enum ask_dns_status status;
	uint32_t run; /* that counted it as void */
	uint32_t count;
	struct ask_dns_record *records;
	uint8_t *data;
};

struct spf_check {
	struct msg_addr client;
	char *helo, *sender;
	struct spf_memo memo[SPF_QUESTIONS_MAX];
	uint32_t count, asked;
	uint32_t run, voids, terms; /* of this run */
	const struct spf_memo *ptr; /* the names that it looks at now */
	bool is_bad; /* it met a record that is wrong */
	bool has_missed, is_over, is_full;
	size_t bytes; /* of all answers */
};

/* The library asks: the hook of its DNS layer is the check of this run. */
SPF_dns_rr_t *
spf_lookup(SPF_dns_server_t *dns, const char *domain, ns_type type, int cached);
/* The addresses of the hosts of an MX become questions. */
void spf_ask_hosts(struct spf_check *c, const struct spf_memo *mx);
/* A name in lower case without the dot at its end; false: it is none. */
bool spf_name(char out[SPF_NAME_MAX], const char *in);

#endif
