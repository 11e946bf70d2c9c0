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
 * Where to listen, and for whom: one value of Listen.
 */

#include "conf_listen.h"

#include <string.h>

#define BLANKS " \t"

int
conf_listen_parse(const char *text, struct conf_listen *listen)
{
	char copy[NETADDR_TEXT_MAX], *next = copy, *word;

	memset(listen, 0, sizeof(*listen));
	if (strlcpy(copy, text, sizeof(copy)) >= sizeof(copy))
		return -1;
	word = strsep(&next, BLANKS);
	if (netaddr_parse_hostport(word, &listen->addr, &listen->any) == -1)
		return -1;
	while ((word = strsep(&next, BLANKS)) != NULL) {
		if (strcmp(word, "smtps") == 0 && listen->service == CONF_SMTP)
			listen->service = CONF_SMTPS;
		else if (strcmp(word, "submission") == 0 &&
		    listen->service == CONF_SMTP)
			listen->service = CONF_SUBMISSION;
		else if (strcmp(word, "proxy") == 0 && !listen->proxy)
			listen->proxy = true;
		else if (*word != '\0')
			return -1;
	}
	return 0;
}
