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
 * A set of networks as an administrator lists them: "192.0.2.0/24, ::1".
 */
#ifndef SELOR_NETSET_H
#define SELOR_NETSET_H

#include <stdbool.h>
#include <stddef.h>

#include "msg.h"
#include "netaddr.h"

/* Networks of one list; an administrator with more wants a firewall. */
#define NETSET_MAX 1024

struct netset {
	struct netaddr_net *net;
	size_t count;
};

/*
 * Reads networks with blanks or commas between them; "" is the empty set.
 * -1: not a network (its text is in why) or no memory; *n is then empty.
 */
int netset_parse(struct netset *n, const char *text, char *why, size_t whysize);
void netset_clear(struct netset *n);

/* Whether the address lies in one of them; one without a family does not. */
bool netset_has(const struct netset *n, const struct msg_addr *a);

#endif
