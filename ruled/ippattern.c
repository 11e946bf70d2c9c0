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
 * The patterns of Ip?.  See ippattern.h and A36 of the grammar.
 */
#include "ippattern.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"

#define TEXT_MAX 64

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

/* Always -1, so that it can be returned. */
static int __attribute__((format(printf, 3, 4)))
wrong(char *error, size_t size, const char *fmt, ...)
{
	va_list ap;

	if (error != NULL) {
		va_start(ap, fmt);
		vsnprintf(error, size, fmt, ap);
		va_end(ap);
	}
	return -1;
}

/* Clears the bits of a host, so that equal patterns are equal bytes. */
static void
clear_host(struct ip_pattern *p)
{
	unsigned int i, bits;

	for (i = 0; i < sizeof(p->octets); i++) {
		bits = p->bits > i * 8 ? p->bits - i * 8 : 0;
		if (bits < 8)
			p->octets[i] &= (uint8_t)(0xff00u >> bits);
	}
}

/* A number up to most at *text, which moves behind it; -1: none. */
static int
take_number(const char **text, int most)
{
	const char *p = *text;
	int n = 0;

	if (!isdigit((unsigned char)*p))
		return -1;
	if (p[0] == '0' && isdigit((unsigned char)p[1]))
		return -1;
	for (; isdigit((unsigned char)*p); p++) {
		n = n * 10 + (*p - '0');
		if (n > most)
			return -1;
	}
	*text = p;
	return n;
}

/* A dotted mask, ones first; its bits or -1. */
static int
mask_bits(const char *text)
{
	struct in_addr in;
	uint32_t mask;
	int bits;

	if (inet_pton(AF_INET, text, &in) != 1)
		return -1;
	mask = ntohl(in.s_addr);
	for (bits = 0; bits < 32 && (mask & 0x80000000u) != 0; bits++)
		mask <<= 1;
	return mask == 0 ? bits : -1;
}

/* Digits alone: "024" is refused, as some read it as octal. */
static int
parse_bits(const char *text, int most)
{
	int bits = take_number(&text, most);

	return *text == '\0' ? bits : -1;
}

/* Octets with a dot between them, as many as there are, up to a '/'. */
static int
parse_v4(const char *text, struct ip_pattern *pattern, char *error, size_t size)
{
	const char *p = text;
	int octet, bits;
	unsigned int n;

	for (n = 0;;) {
		if ((octet = take_number(&p, 255)) == -1)
			return wrong(error, size,
			    "\"%.*s\" is no octet from 0 to 255",
			    (int)strcspn(p, "./"), p);
		pattern->octets[n++] = (uint8_t)octet;
		if (n == 4 || *p != '.')
			break;
		if (*++p == '\0' || *p == '/')
			break;
	}
	pattern->family = 4;
	pattern->bits = (uint8_t)(n * 8);
	if (*p == '/') {
		bits = strchr(p, '.') != NULL ? mask_bits(p + 1) :
						parse_bits(p + 1, 32);
		if (n < 4)
			return wrong(error, size,
			    "a network with a mask needs all four octets");
		if (bits == -1)
			return wrong(error, size,
			    "\"%s\" is no mask of 0 to 32 bits", p + 1);
		pattern->bits = (uint8_t)bits;
	} else if (*p != '\0')
		return wrong(
		    error, size, "\"%s\" stands behind the address", p);
	else if (n == 1 && p[-1] != '.')
		return wrong(error, size,
		    "one octet needs a dot behind it: \"%s.\"", text);
	clear_host(pattern);
	return 0;
}

/* A network within ::ffff:0:0/96 is one of IPv4, as its clients are (A36). */
static int
parse_v6(char *text, struct ip_pattern *pattern, char *error, size_t size)
{
	char *slash = strchr(text, '/');
	int bits = 128;

	if (slash != NULL) {
		*slash = '\0';
		bits = parse_bits(slash + 1, 128);
	}
	if (inet_pton(AF_INET6, text, pattern->octets) != 1)
		return wrong(error, size, "\"%s\" is no IPv6 address", text);
	if (bits == -1)
		return wrong(
		    error, size, "\"%s\" is no length of 0 to 128", slash + 1);
	pattern->family = 6;
	pattern->bits = (uint8_t)bits;
	if (bits >= 96 &&
	    memcmp(pattern->octets, mapped, sizeof(mapped)) == 0) {
		memmove(pattern->octets, pattern->octets + 12, 4);
		memset(pattern->octets + 4, 0, 12);
		pattern->family = 4;
		pattern->bits = (uint8_t)(bits - 96);
	}
	clear_host(pattern);
	return 0;
}

/* error may be NULL, where nobody is to be told. */
int
ip_pattern_parse(
    const char *text, struct ip_pattern *pattern, char *error, size_t size)
{
	char copy[TEXT_MAX];

	memset(pattern, 0, sizeof(*pattern));
	if (strlcpy(copy, text, sizeof(copy)) >= sizeof(copy))
		return wrong(error, size, "it is too long");
	if (*copy == '\0')
		return wrong(error, size, "it is empty");
	if (strchr(copy, ':') != NULL)
		return parse_v6(copy, pattern, error, size);
	return parse_v4(copy, pattern, error, size);
}

/* Whole octets first, then what is left of bits. */
bool
ip_pattern_matches(
    const struct ip_pattern *pattern, const struct msg_addr *address)
{
	const uint8_t *ip = address->ip;
	unsigned int family, whole = pattern->bits / 8, rest;

	if (address->family == AF_INET)
		family = 4;
	else if (address->family != AF_INET6)
		return false;
	else if (memcmp(ip, mapped, sizeof(mapped)) == 0) {
		family = 4;
		ip += sizeof(mapped);
	} else
		family = 6;
	if (family != pattern->family ||
	    memcmp(ip, pattern->octets, whole) != 0)
		return false;
	if ((rest = pattern->bits % 8) == 0)
		return true;
	return ((ip[whole] ^ pattern->octets[whole]) & (0xff00u >> rest) &
		   0xff) == 0;
}
