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
 * Listening sockets and what comes in on them.
 */
#ifndef SELOR_ACCEPT_H
#define SELOR_ACCEPT_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>

#include "enums.h"

#define LISTENERS_MAX 128

struct listener {
	struct event ev;
	int fd; /* -1: no listener */
	uint32_t index;
	bool is_local; /* the local socket */
	bool is_submission;
	bool is_proxy; /* PROXY headers from Proxy_from */
	bool is_new; /* named by the generation that is coming */
	char text[257];
};

void accept_init(void);
/* A listening descriptor of the coming generation; taken over. */
void
accept_listener(enum conf_fd kind, uint32_t index, int fd, const char *text);
/* The generation is in force: closes what it does not name. */
void accept_apply(void);
/* Accepts again after there was no room. */
void accept_resume(void);
/* Takes nothing new, ever. */
void accept_stop(void);

#endif
