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
 * The value of Listen, for those who check it and those who bind.
 */

#ifndef CONF_LISTEN_H
#define CONF_LISTEN_H

#include <stdbool.h>

#include "netaddr.h"

enum conf_service {
	CONF_SMTP,
	CONF_SMTPS,
	CONF_SUBMISSION
};

/* One value of Listen. */
struct conf_listen {
	struct netaddr addr;
	bool any; /* all addresses of both families */
	enum conf_service service;
	bool proxy; /* clients speak PROXY first */
};

/* "address:port [smtps|submission] [proxy]"; 0, or -1: not of that form. */
int conf_listen_parse(const char *, struct conf_listen *);

#endif /* CONF_LISTEN_H */
