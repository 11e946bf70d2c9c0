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
 * The patterns of Ip?: an address, a network with its mask, or leading octets
 * (A36: whole octets only).  An IPv4 client that came as IPv4-mapped IPv6 is
 * matched as IPv4.
 */
#ifndef RULED_IPPATTERN_H
#define RULED_IPPATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct msg_addr;

struct ip_pattern {
	uint8_t family; /* 4 or 6 */
	uint8_t bits; /* 0 to 32 or 128 */
	uint8_t octets[16];
};

/* -1 with a reason that names the part which is wrong; error may be NULL. */
int ip_pattern_parse(
    const char *text, struct ip_pattern *pattern, char *error, size_t size);
bool ip_pattern_matches(
    const struct ip_pattern *pattern, const struct msg_addr *address);

#endif
