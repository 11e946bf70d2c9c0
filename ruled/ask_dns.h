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
 * Records of a name, by lookupd.  The answer is gathered from its items and
 * given as a whole; its octets live during the call.
 */
#ifndef RULED_ASK_DNS_H
#define RULED_ASK_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Records and octets of one answer; more makes it a failure. */
#define ASK_DNS_RECORDS_MAX 100
#define ASK_DNS_BYTES_MAX 65536

/* The numbers are those of the protocol. */
enum ask_dns_type {
	ASK_DNS_A = 1,
	ASK_DNS_PTR = 12,
	ASK_DNS_MX = 15,
	ASK_DNS_TXT = 16,
	ASK_DNS_AAAA = 28
};

enum ask_dns_status {
	ASK_DNS_OK,
	ASK_DNS_NODATA, /* the name is there, such records are not */
	ASK_DNS_NXDOMAIN,
	ASK_DNS_TEMP
};

struct ask_dns_record {
	uint32_t at, len; /* in data; as LOOK_RR has it */
};

struct ask_dns_answer {
	enum ask_dns_status status;
	uint32_t count;
	struct ask_dns_record *records;
	uint8_t *data;
	size_t len; /* of data, all records */
};

struct run;
/* Who asks: owner is the ref of a struct pending, tag its own number. */
struct ask_dns_owner {
	uint64_t owner;
	uint32_t tag;
	/* Not called when the owner has gone, nor inside ask_dns. */
	void (*done)(
	    uint64_t owner, uint32_t tag, const struct ask_dns_answer *);
};

/* 0: done will be called; -1: can not be asked now. */
int ask_dns(struct run *run, const char *name, enum ask_dns_type type,
    const struct ask_dns_owner *owner);
/* The text of a TXT record: its strings put together, NUL-terminated, in out
 * of size octets, cut; its whole length. */
size_t ask_dns_text(const uint8_t *data, size_t len, char *out, size_t size);

#endif
