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
 * The header of the PROXY protocol; see proxy.h.  The bytes come from an
 * address of Proxy_from and are trusted no more than others: every length
 * is checked, and what does not fit exactly is refused.
 */
#include "proxy.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netaddr.h"

#define V2_HEAD 16
#define V2_SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V2_SIGNATURE_LEN 12
/* Bytes of addresses and ports of each family. */
#define V2_INET_LEN 12
#define V2_INET6_LEN 36

/* Cuts the next word, which exactly one blank or the end must follow. */
static char *
proxy_word(char **p)
{
	char *word = strsep(p, " ");

	return word == NULL || *word == '\0' ? NULL : word;
}

/* inet_pton takes one spelling of each address only, and no name. */
static int
proxy_v1_addr(struct msg_addr *a, int family, const char *ip, const char *port)
{
	uint16_t n = 0;

	memset(a, 0, sizeof(*a));
	/* Port 0 is what some balancers say for a client they do not know. */
	if (inet_pton(family, ip, a->ip) != 1 ||
	    (strcmp(port, "0") != 0 && netaddr_parse_port(port, &n) == -1))
		return -1;
	a->family = (uint8_t)family;
	a->port = n;
	return 0;
}

/* "PROXY TCP4 192.0.2.1 192.0.2.2 1234 25", terminated, without CRLF. */
static enum proxy_status
proxy_v1_line(struct proxy *x, char *line)
{
	char *p = line, *kind, *src, *dst, *sport, *dport;
	struct msg_addr server;
	int family;

	proxy_word(&p);
	if ((kind = proxy_word(&p)) == NULL)
		return PROXY_BAD;
	if (strcmp(kind, "UNKNOWN") == 0) {
		x->is_local = true;
		return PROXY_DONE;
	}
	if (strcmp(kind, "TCP4") == 0)
		family = AF_INET;
	else if (strcmp(kind, "TCP6") == 0)
		family = AF_INET6;
	else
		return PROXY_BAD;
	src = proxy_word(&p);
	dst = proxy_word(&p);
	sport = proxy_word(&p);
	dport = proxy_word(&p);
	if (dport == NULL || sport == NULL || dst == NULL || src == NULL ||
	    p != NULL || proxy_v1_addr(&x->client, family, src, sport) == -1 ||
	    proxy_v1_addr(&server, family, dst, dport) == -1)
		return PROXY_BAD;
	return PROXY_DONE;
}

/* 107 octets are the most that its text has: a line that is longer, or that
 * ends in LF alone, is refused. */
static enum proxy_status
proxy_v1(struct proxy *x, const char *buf, size_t len)
{
	char line[PROXY_V1_MAX + 1];
	const char *nl;
	size_t n, look = len < PROXY_V1_MAX ? len : PROXY_V1_MAX;

	if ((nl = memchr(buf, '\n', look)) == NULL)
		return len < PROXY_V1_MAX ? PROXY_MORE : PROXY_BAD;
	n = (size_t)(nl - buf);
	if (n == 0 || buf[n - 1] != '\r' || memchr(buf, '\0', n) != NULL)
		return PROXY_BAD;
	memcpy(line, buf, n - 1);
	line[n - 1] = '\0';
	x->len = n + 1;
	return proxy_v1_line(x, line);
}

static uint16_t
proxy_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* The 16 octets of the head say how long the rest is. TLVs behind the addresses
 * are passed over, for none is used here. */
static enum proxy_status
proxy_v2(struct proxy *x, const uint8_t *p, size_t len)
{
	size_t body;

	if (len < V2_HEAD)
		return PROXY_MORE;
	body = proxy_u16(p + 14);
	if (p[12] >> 4 != 2 || (p[12] & 0xf) > 1 ||
	    body > PROXY_V2_MAX - V2_HEAD)
		return PROXY_BAD;
	if (len < V2_HEAD + body)
		return PROXY_MORE;
	x->len = V2_HEAD + body;
	x->is_local = (p[12] & 0xf) == 0;
	/* TCP over IPv4 or IPv6; what else there is names no client. */
	if (x->is_local)
		return PROXY_DONE;
	if (p[13] == 0x11 && body >= V2_INET_LEN) {
		x->client.family = AF_INET;
		memcpy(x->client.ip, p + V2_HEAD, 4);
		x->client.port = proxy_u16(p + V2_HEAD + 8);
	} else if (p[13] == 0x21 && body >= V2_INET6_LEN) {
		x->client.family = AF_INET6;
		memcpy(x->client.ip, p + V2_HEAD, 16);
		x->client.port = proxy_u16(p + V2_HEAD + 32);
	} else if (p[13] >> 4 == 1 || p[13] >> 4 == 2)
		return PROXY_BAD;
	else
		x->is_local = true;
	return PROXY_DONE;
}

/* The two forms differ in their first octet, so it is clear at once which is
 * meant; anything else closes the connection, as the listener is for balancers
 * alone. */
enum proxy_status
proxy_parse(struct proxy *x, const char *buf, size_t len)
{
	static const char v1[] = "PROXY ";
	size_t n1 = len < 6 ? len : 6;
	size_t n2 = len < V2_SIGNATURE_LEN ? len : V2_SIGNATURE_LEN;

	memset(x, 0, sizeof(*x));
	if (len == 0)
		return PROXY_MORE;
	if (memcmp(buf, v1, n1) == 0)
		return n1 < 6 ? PROXY_MORE : proxy_v1(x, buf, len);
	if (memcmp(buf, V2_SIGNATURE, n2) == 0)
		return n2 < V2_SIGNATURE_LEN ?
		    PROXY_MORE :
		    proxy_v2(x, (const uint8_t *)buf, len);
	return PROXY_BAD;
}
