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
 * In which of the places where ruled may have files a path lies, by its text.
 */
#ifndef SELOR_OPEN_PLACE_H
#define SELOR_OPEN_PLACE_H

#include <stdbool.h>

#include "rule_enums.h"

#define OPEN_PLACE_MAX 1024

enum place_kind {
	PLACE_NONE,
	PLACE_RULES, /* Rules_path */
	PLACE_EVENT, /* the very file that an event is set to */
	PLACE_CONF, /* beside selor.conf or such a file, or mailboxes:
			     what everyone may read */
	PLACE_SPOOL, /* the file of a message */
	PLACE_HOME, /* of a user */
	PLACE_LOG
};

struct place {
	enum place_kind kind;
	char dir[OPEN_PLACE_MAX]; /* absolute; links in it are followed */
	const char *rest; /* of the path, below dir: none are */
};

/* Absolute, without "..", with a name at its end. */
bool open_place_is_path(const char *path);
/* Where a file of that purpose lies, or PLACE_NONE. */
void open_place(enum open_purpose purpose, const char *path, struct place *);

#endif
