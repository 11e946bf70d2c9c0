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
 * What libunbound is told before it is asked: servers, zones, limits.  The
 * files of the system are read once, before the cage.
 */
#ifndef DNS_CONTEXT_H
#define DNS_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "option.h"

struct event_base;
struct ub_ctx;

/* Servers at most; resolv.conf(5) has three. */
#define DNS_SERVERS_MAX 16

/* resolv.conf, hosts and the root's trust anchor, into memory.  What is not
 * there is left out.  Always 0. */
int dns_context_read(void);
/* -1 with why: a Dns_server is no address. */
int dns_context_check(const struct options *, char *why, size_t size);
/* A context for these options, or NULL with a reason in the log. */
struct ub_ctx *dns_context_new(struct event_base *, const struct options *);
/* Whether new options ask for another context than the last one made. */
bool dns_context_is_same(const struct options *);

#endif
