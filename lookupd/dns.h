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
 * Questions to the DNS through libunbound, driven by our loop: no thread,
 * no waiting.  Identical questions in flight are joined; answers are cached
 * by libunbound.  The servers are those of Dns_server, else those of
 * resolv.conf(5), read before the cage.
 */
#ifndef DNS_H
#define DNS_H

#include <stddef.h>
#include <stdint.h>

#include "dns_answer.h"
#include "option.h"

struct event_base;

/* Questions in flight; one more fails for now. */
#define DNS_QUERIES_MAX 16384

/*
 * Runs once for each dns_ask that returned 0, never inside it.  The answer
 * lives during the call.
 */
typedef void dns_done(uint64_t ref, uint32_t tag, const struct dns_answer *);

struct dns_counts {
	uint64_t asked, joined, failed, timeouts, bogus;
	uint32_t open;
};

/* resolv.conf, hosts, trust anchor: into memory.  0 or -1. */
int dns_read_files(void);
int dns_init(struct event_base *);
int dns_check(const struct options *, char *why, size_t size);
/* New servers: questions in flight are asked again by those who want. */
void dns_apply(const struct options *);

/* Asks for records of a name, which is canonical (domain.h).  -1: not now. */
int dns_ask(const char *name, enum dns_type type, dns_done *done, uint64_t ref,
    uint32_t tag);

/* Forgets what is cached: a new context for the options in force. */
void dns_flush(const struct options *);
const struct dns_counts *dns_counts(void);

#endif
