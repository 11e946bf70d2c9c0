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
 * post.h: messages of our own: reports and warnings.  Asks where the
 * recipient is (deliverd passes it on to lookupd), then puts the message
 * into the queue like any other.  Always from the null sender.
 */

#ifndef QUEUED_POST_H
#define QUEUED_POST_H

#include "entry.h"
#include "peer.h"
#include "spool.h"

enum post_result {
	POST_OK, /* it is in the queue, durable */
	POST_LATER, /* could not be told or stored now */
	POST_NOBODY /* there is no such recipient */
};

struct post {
	struct message *message; /* taken over; without recipients */
	uint8_t *text; /* its content, from malloc; taken over */
	size_t len;
	/* Once, never from within post_begin; the post may be freed. */
	void (*done)(void *arg, enum post_result);
	void *arg;
	/* Whose options hold for it until post_begin returns; or NULL. */
	const struct entry *about;
	/* post.c's own */
	uint64_t ref;
	char *to;
	int fd;
	struct spool_commit commit;
};

/* May another be begun?  Asked before the work of making one is done. */
bool post_has_room(void);
/* A new message with its id, from the null sender, or NULL. */
struct message *post_message(uint32_t flags);
/* 0, and done will run; or -1: later, and message and text are freed. */
int post_begin(struct post *, const char *to);
/* Handler of DLV_TARGET. */
void post_target(struct peer *, uint64_t, const union msg *, int);

#endif
