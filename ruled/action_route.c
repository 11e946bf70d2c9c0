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
 * Actions on the way that a recipient's message takes: host and port, login,
 * source address, mark.  Forms are checked here; the host is looked up when
 * the message is sent.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "domain.h"
#include "netaddr.h"

#include "field.h"
#include "ruled.h"

/* A text of QUEUE_ROUTE, its NUL included. */
#define ROUTE_TEXT_MAX 512

/* The address in its canonical form. inet_ntop's form, so that two spellings of
 * an address are one destination. */
static int
numeric(const struct netaddr *a, char *host, size_t size)
{
	const void *at = a->ss.ss_family == AF_INET6 ?
	    (const void *)&((const struct sockaddr_in6 *)(const void *)&a->ss)
		->sin6_addr :
	    &((const struct sockaddr_in *)(const void *)&a->ss)->sin_addr;

	return inet_ntop(a->ss.ss_family, at, host, (socklen_t)size) != NULL ?
	    0 :
	    -1;
}

/* "name", an address, or one in brackets, in its canonical form. A name is not
 * looked up here: that may take long, and its answer may be another when the
 * message goes. */
static int
parse_host(char *text, char *host, size_t size)
{
	size_t len = strlen(text);
	struct netaddr a;

	if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
		text[len - 1] = '\0';
		text++;
		if (netaddr_parse(text, &a) == -1)
			return -1;
	}
	if (netaddr_parse(text, &a) == 0)
		return numeric(&a, host, size);
	return domain_parse(host, text, strlen(text), DOMAIN_UTF8);
}

/* The port is told in any case: Mx_port may have changed until the message
 * goes. */
enum step
word_mx_dest(struct run *run, const struct rule_item *item)
{
	char text[ROUTE_TEXT_MAX], host[DOMAIN_MAX + 1], *name;
	char route[DOMAIN_MAX + 8], *word, *rest = text;
	const char *port_text;
	struct text param;
	uint16_t port;
	enum step step = field_text(run, item, 0, EXPAND_LINE, &param);

	if (step != STEP_YES)
		return step;
	param = text_trim(param);
	port = (uint16_t)option_num(ruled.options, OPT_MX_PORT);
	if (param.len >= sizeof(text))
		param.len = 0; /* refused below, as one without a host */
	memcpy(text, param.at, param.len);
	text[param.len] = '\0';
	name = strsep(&rest, " \t");
	while ((word = strsep(&rest, " \t")) != NULL && *word == '\0')
		;
	port_text = word;
	if (rest != NULL || parse_host(name, host, sizeof(host)) == -1 ||
	    (port_text != NULL && netaddr_parse_port(port_text, &port) == -1)) {
		run_warn(
		    run, "\"%.64s\" is not a host, or a host and a port", text);
		return STEP_FAILED;
	}
	snprintf(route, sizeof(route), "%s %u", host, port);
	run_show(run, "%s", route);
	run_effect(run, EFFECT_MX_DEST, route, NULL);
	return STEP_YES;
}

/* The password is told beside the text, where nobody shows or logs it, and is
 * wiped by those who keep it. The file of rules has it in the clear, which its
 * owner and mode are to protect. */
enum step
word_mx_auth(struct run *run, const struct rule_item *item)
{
	struct text user, password;
	enum step step = field_text(run, item, 0, EXPAND_TEXT, &user);

	if (step != STEP_YES ||
	    (step = field_text(run, item, 1, EXPAND_TEXT, &password)) !=
		STEP_YES)
		return step;
	if (user.len == 0 || user.len >= ROUTE_TEXT_MAX ||
	    password.len >= ROUTE_TEXT_MAX) {
		run_warn(run, "the user is empty, or the login too long");
		return STEP_FAILED;
	}
	run_show(run, "\"%s\", ***", user.at);
	run_effect(run, EFFECT_MX_AUTH, user.at, password.at);
	return STEP_YES;
}

/* Whether it is an address of ours only the socket can tell, at the time; then
 * it is tried again later. */
enum step
word_mx_source(struct run *run, const struct rule_item *item)
{
	char text[NETADDR_TEXT_MAX], host[INET6_ADDRSTRLEN];
	struct netaddr a;
	struct text param;
	enum step step = field_text(run, item, 0, EXPAND_TEXT, &param);

	if (step != STEP_YES)
		return step;
	param = text_trim(param);
	if (param.len >= sizeof(text))
		param.len = 0;
	memcpy(text, param.at, param.len);
	text[param.len] = '\0';
	if (netaddr_parse(text, &a) == -1 ||
	    numeric(&a, host, sizeof(host)) == -1) {
		run_warn(run, "\"%.64s\" is not an address", text);
		return STEP_FAILED;
	}
	run_show(run, "%s", host);
	run_effect(run, EFFECT_MX_SOURCE, host, NULL);
	return STEP_YES;
}

/* 0 is no mark: it takes away what an earlier word has set. */
enum step
word_so_mark(struct run *run, const struct rule_item *item)
{
	char text[16];
	int64_t mark;
	enum step step = field_number(run, item, &mark);

	if (step != STEP_YES)
		return step;
	if (mark < 0 || mark > UINT32_MAX) {
		run_warn(run, "%lld is not a mark: 0 to 4294967295",
		    (long long)mark);
		return STEP_FAILED;
	}
	snprintf(text, sizeof(text), "%lld", (long long)mark);
	run_show(run, "%s", text);
	run_effect(run, EFFECT_SO_MARK, text, NULL);
	return STEP_YES;
}
