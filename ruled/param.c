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
 * Numbers, hosts, addresses and header fields; see param.h.
 */
#include "param.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netaddr.h"
#include "param_in.h"

#define BLANKS " \t"
/* RFC 1035 section 2.3.4 */
#define LABEL_MAX 63
#define NAME_MAX_OCTETS 253
/* RFC 5321 section 4.5.3.1: both parts and '@' */
#define ADDRESS_OCTETS 320

/* A sign is allowed; what is beyond 64 bits is no number. */
int
param_number(const char *text, int64_t *number)
{
	char *end;

	text += strspn(text, BLANKS);
	if (!isdigit((unsigned char)text[*text == '-' || *text == '+']))
		return -1;
	errno = 0;
	*number = strtoll(text, &end, 10);
	if (errno != 0)
		return -1;
	end += strspn(end, BLANKS);
	return *end == '\0' ? 0 : -1;
}

/* Of what the word compares with or sets: a number beyond it can never be so,
 * which is an error in a file and not a condition that is false. */
void
param_range(enum word word, int64_t *min, int64_t *max)
{
	*min = 0;
	*max = INT64_MAX;
	switch (word) {
	case WORD_FROM_TYPE:
	case WORD_TO_TYPE:
		*max = 2;
		break;
	case WORD_SPF_RESP:
		*max = 6;
		break;
	case WORD_SO_MARK:
		*max = UINT32_MAX;
		break;
	case WORD_EXEC_RESP: /* -1: nothing was run */
	case WORD_ADD_HITS:
		*min = INT64_MIN;
		break;
	default:
		break;
	}
}

/* RFC 1123 section 2.1, and '_' as some names of lists and services have it. */
bool
param_is_host(const char *text)
{
	const char *p = text, *last = text;
	size_t len;

	if (strlen(text) > NAME_MAX_OCTETS)
		return false;
	for (;;) {
		for (len = 0; isalnum((unsigned char)p[len]) || p[len] == '-' ||
		     p[len] == '_';)
			len++;
		if (len == 0 || len > LABEL_MAX || p[0] == '-' ||
		    p[len - 1] == '-')
			return false;
		last = p;
		p += len;
		if (*p != '.')
			break;
		if (*++p == '\0')
			break;
	}
	/* Digits alone at the end: an address, and a wrong one. */
	return *p == '\0' && strspn(last, "0123456789.") != strlen(last);
}

/* A domain as people write it: bytes of UTF-8 are left to others. */
static bool
is_domain(const char *p)
{
	size_t len = strlen(p);

	if (*p == '[')
		return len > 2 && p[len - 1] == ']';
	if (*p == '.' || *p == '-' || len == 0 || strstr(p, "..") != NULL)
		return false;
	for (; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) && *p != '.' && *p != '-' &&
		    *p != '_' && (unsigned char)*p < 0x80)
			return false;
	}
	return p[-1] != '-';
}

/* As it looks, for people who write rules: a value at run time is parsed as
 * SMTP does. */
bool
param_is_address(const char *text)
{
	const char *at = strrchr(text, '@'), *p;

	if (strcasecmp(text, "postmaster") == 0)
		return true;
	if (at == NULL || at == text || strlen(text) > ADDRESS_OCTETS ||
	    !is_domain(at + 1))
		return false;
	for (p = text; p < at; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
		if (*text != '"' && strchr(" <>,;:()\\\"@", *p) != NULL)
			return false;
	}
	return *text != '"' || (at - text > 2 && at[-1] == '"');
}

/* 1: one more word; 0: the end; -1: too long. *rest moves behind it. */
int
param_zone(const char **rest, char zone[PARAM_HOST_MAX])
{
	const char *p = *rest + strspn(*rest, BLANKS);
	size_t len = strcspn(p, BLANKS);

	zone[0] = '\0';
	*rest = p + len;
	if (len >= PARAM_HOST_MAX)
		return -1;
	memcpy(zone, p, len);
	zone[len] = '\0';
	return len > 0;
}

/* A name or an address; an address may stand in brackets. In place, without its
 * brackets. */
static bool
take_host(char *host)
{
	struct netaddr addr;
	size_t len = strlen(host);

	if (netaddr_parse(host, &addr) == -1) {
		if (*host != '[' || host[len - 1] != ']')
			return param_is_host(host);
		/* An IPv4 address in brackets is no netaddr. */
		host[len - 1] = '\0';
		memmove(host, host + 1, len - 1);
		return netaddr_parse(host, &addr) == 0;
	}
	if (*host == '[') {
		host[len - 1] = '\0';
		memmove(host, host + 1, len - 1);
	}
	return true;
}

/* The words in error follow the name of the word, as all of this file's do. */
int
param_host_port(
    const char *text, char host[PARAM_HOST_MAX], uint16_t *port, char *error)
{
	char word[PARAM_HOST_MAX];
	int r;

	*port = 25;
	if ((r = param_zone(&text, host)) != 1)
		return param_wrong(error, "%s",
		    r == 0 ? "must name a host" : "has a host too long");
	if (!take_host(host)) {
		if (strchr(host, ':') != NULL)
			return param_wrong(error,
			    "must be \"host\" or \"host port\", with a blank "
			    "before the port, not \"%s\"",
			    host);
		return param_wrong(error,
		    "has \"%s\", which is no host name or address", host);
	}
	if ((r = param_zone(&text, word)) == 0)
		return 0;
	if (r == -1 || netaddr_parse_port(word, port) == -1)
		return param_wrong(error, "has \"%s\", which is no port", word);
	if (param_zone(&text, word) != 0)
		return param_wrong(error, "has \"%s\" behind its port", word);
	return 0;
}

/* RFC 5322 section 2.2: a name with a blank in it would make the header end
 * there for some readers. */
int
param_header(const char *text, char *error)
{
	const char *p;
	size_t len;

	for (len = 0; text[len] > ' ' && text[len] < 0x7f && text[len] != ':';)
		len++;
	if (text[len] != ':' || len == 0)
		return param_wrong(error,
		    "must be a header field, \"Name: text\", whose name "
		    "holds no blanks");
	for (p = text + len + 1; *p != '\0'; p++) {
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
			return param_wrong(error, "holds a control character");
	}
	return 0;
}
