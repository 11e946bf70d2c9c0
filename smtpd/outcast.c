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
 * Clients that are not served again; see outcast.h.  Nearly always none, so
 * that asking costs one comparison.
 */
#include "outcast.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <string.h>

#include "log.h"

static struct {
	struct msg_addr addr[OUTCAST_MAX];
	unsigned int next, count;
} all;

/* Without the port, which is another each time. */
static bool
is_same(const struct msg_addr *a, const struct msg_addr *b)
{
	return a->family == b->family &&
	    memcmp(a->ip, b->ip, a->family == AF_INET ? 4 : 16) == 0;
}

/* From the parent, as text. The oldest makes place: who sends crashes from many
 * addresses is for a firewall. */
void
outcast_add(const char *text)
{
	struct msg_addr a = {.family = AF_INET};

	if (strchr(text, ':') != NULL)
		a.family = AF_INET6;
	if (inet_pton(a.family, text, a.ip) != 1 || outcast_has(&a))
		return;
	log_warnx("%s made smtpd crash, and is served no more", text);
	all.addr[all.next] = a;
	all.next = (all.next + 1) % OUTCAST_MAX;
	if (all.count < OUTCAST_MAX)
		all.count++;
}

bool
outcast_has(const struct msg_addr *a)
{
	unsigned int i;

	for (i = 0; i < all.count; i++)
		if (is_same(&all.addr[i], a))
			return true;
	return false;
}
