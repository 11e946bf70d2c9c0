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
 * Options as smtpd needs them; see settings.h and selor.conf(5).
 */
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "domain.h"
#include "log.h"
#include "overlay.h"
#include "reply.h"
#include "rule_enums.h"

/* Keywords of EHLO that never change; SIZE and LIMITS come beside them. */
static const char *const keywords[] = {"PIPELINING", "8BITMIME", "BINARYMIME",
    "CHUNKING", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES"};

/* The parent binds; here it is refused what this version could not serve. */
static int
check_listen(const char *text, char *why, size_t whysize)
{
	const char *word = text;
	size_t len;

	for (word += strcspn(word, " \t"); *word != '\0'; word += len) {
		word += strspn(word, " \t");
		len = strcspn(word, " \t");
		if (len == 5 && strncmp(word, "smtps", len) == 0) {
			snprintf(why, whysize,
			    "Listen \"%s\": smtps needs TLS, "
			    "which is not there yet",
			    text);
			return -1;
		}
	}
	return 0;
}

/* Asked before a generation holds: why goes to the administrator, and the one
 * in force stays. */
int
settings_check(const struct options *o, char *why, size_t whysize)
{
	static const enum option_id nets[] = {OPT_PROXY_FROM, OPT_RELAY_FROM};
	struct netset set;
	struct address a;
	char reason[128];
	const char *text;
	size_t i;

	for (i = 0; i < option_count(o, OPT_LISTEN); i++)
		if (check_listen(option_nth(o, OPT_LISTEN, i), why, whysize) ==
		    -1)
			return -1;
	for (i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		text = option_text(o, nets[i]);
		if (netset_parse(&set, text, reason, sizeof(reason)) == -1) {
			snprintf(why, whysize, "%s: %s",
			    option_row(nets[i])->name, reason);
			return -1;
		}
		netset_clear(&set);
	}
	text = option_text(o, OPT_DF_DOMAIN);
	if (*text != '\0' &&
	    address_make(&a, "x", 1, text, ADDRESS_INTERNAL) != ADDRESS_OK) {
		snprintf(why, whysize, "Df_domain: no domain: %s", text);
		return -1;
	}
	return 0;
}

/* Appends one line of the answer to EHLO. */
static size_t
ehlo_line(char *buf, size_t size, bool last, const char *text)
{
	return reply_print_line(buf, size, 250, last, text);
}

/* RFC 9422 tells clients what they would else learn by being refused. Composed
 * once for all sessions. From malloc. */
static char *
make_ehlo(const struct overlay *own, const struct options *o, const char *first,
    bool auth, size_t *length)
{
	size_t i, len = 0, size = (REPLY_FOLD + 3) * 12;
	char *p, line[128];

	if ((p = malloc(size)) == NULL)
		fatalx("no memory");
	if (first == NULL)
		first = overlay_text(own, o, OPT_SERVER_NAME);
	len += ehlo_line(p, size, false, first);
	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		len += ehlo_line(p + len, size - len, false, keywords[i]);
	snprintf(line, sizeof(line), "SIZE %lld",
	    (long long)option_num(o, OPT_MAX_MAIL_SIZE));
	len += ehlo_line(p + len, size - len, false, line);
	snprintf(line, sizeof(line), "LIMITS MAILMAX=%lld RCPTMAX=%lld",
	    (long long)overlay_num(own, o, OPT_MAX_MSGS_PER_CNX),
	    (long long)overlay_num(own, o, OPT_MAX_RCPTS));
	len += ehlo_line(p + len, size - len, false, line);
	if (auth)
		len +=
		    ehlo_line(p + len, size - len, false, "AUTH PLAIN LOGIN");
	len += ehlo_line(p + len, size - len, true, "HELP");
	*length = len;
	return p;
}

/* For a session whose rules changed an option that EHLO tells of, or gave a
 * text. */
char *
settings_ehlo(
    const struct overlay *own, const char *first, bool auth, size_t *len)
{
	return make_ehlo(own, env.opts, first, auth, len);
}

void
settings_clear(struct settings *s)
{
	size_t i;

	netset_clear(&s->proxy_from);
	netset_clear(&s->relay_from);
	free(s->ehlo[0]);
	free(s->ehlo[1]);
	for (i = 0; i < OPT_COUNT; i++)
		free(s->composed[i].text);
	memset(s, 0, sizeof(*s));
}

/* Values were checked; what fails here is memory, and the list is then empty,
 * which lets in less and never more. */
void
settings_apply(struct settings *s, const struct options *o)
{
	enum rule_event event;
	char why[128];

	settings_clear(s);
	if (netset_parse(&s->proxy_from, option_text(o, OPT_PROXY_FROM), why,
		sizeof(why)) == -1 ||
	    netset_parse(&s->relay_from, option_text(o, OPT_RELAY_FROM), why,
		sizeof(why)) == -1)
		log_warnx("%s", why);
	s->bare_reject =
	    strcmp(option_text(o, OPT_BARE_NEWLINE), "reject") == 0;
	for (event = 0; event <= RULE_DATA; event++)
		if (*option_text(o, rule_event_option(event)) != '\0')
			s->events |= 1u << event;
	s->ehlo[0] = make_ehlo(NULL, o, NULL, false, &s->ehlo_len[0]);
	s->ehlo[1] = make_ehlo(NULL, o, NULL, true, &s->ehlo_len[1]);
	s->can_auth = option_count(o, OPT_MODULE) > 0;
}
