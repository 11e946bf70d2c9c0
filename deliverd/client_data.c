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
 * Content on its way to a server: dot-stuffed after DATA, as it is after BDAT
 * (RFC 3030), in pieces, so that memory does not grow with the message.
 */
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "proc.h"

#include "client_talk.h"

/* Read from the content at a time; what lies in the buffer at most. */
#define DATA_PIECE 16384
#define DATA_QUEUED 49152
/* A server must take at least so many octets a second, after DATA_PATIENCE
 * seconds: RFC 5321 section 4.5.3.2.5 times each write, not the whole. */
#define DATA_RATE 512
#define DATA_PATIENCE 600

void
client_data_start(struct client *c)
{
	int64_t seconds = DATA_PATIENCE;

	seconds += (int64_t)(c->task->size / DATA_RATE);
	c->overall = monotime_add_ms(monotime_now(), seconds * 1000);
	c->state = CLIENT_CONTENT;
	c->fresh = true;
	c->at = 0;
	dot_init(&c->dot, DOT_STUFF);
	if (c->bdat)
		client_printf(
		    c, "BDAT %llu LAST\r\n", (unsigned long long)c->task->size);
	client_data_more(c);
}

/* The end is in the buffer: from now on the message may be delivered. */
static void
data_end(struct client *c)
{
	struct dot_io io = {NULL, 0, NULL, DOT_ROOM(0)};

	if (!c->bdat) {
		if ((io.out = client_room(c, DOT_ROOM(0))) == NULL)
			fatalx("no memory for content");
		dot_finish(&c->dot, &io);
		c->out_end += DOT_ROOM(0) - io.out_len;
	}
	client_pipe_end(c, c->lmtp ? c->accepted : 1);
	client_pipe_next(c);
}

/* BDAT takes octets as they are; DATA needs dots stuffed. */
static void
data_piece(struct client *c, const char *p, size_t len)
{
	struct dot_io io = {p, len, NULL, DOT_ROOM(len)};

	if (c->bdat) {
		if (client_put(c, p, len) == -1)
			fatalx("no memory for content");
		return;
	}
	if ((io.out = client_room(c, DOT_ROOM(len))) == NULL)
		fatalx("no memory for content");
	dot_run(&c->dot, &io);
	c->out_end += DOT_ROOM(len) - io.out_len;
}

/*
 * Each piece that went out moves the deadline: RFC 5321 section 4.5.3.2.5 times
 * each write.  The whole is bounded by c->overall.
 */
void
client_data_more(struct client *c)
{
	const char *p;
	ssize_t n;

	while (c->state == CLIENT_CONTENT &&
	    c->out_end - c->out_start < DATA_QUEUED) {
		n = task_content(c->task, c->at, &p, DATA_PIECE);
		if (n == -1) {
			log_warn("content of %s", task_id_text(c->task));
			client_lost_text(
			    c, 451, "4.3.0", "content can not be read");
			return;
		}
		if (n == 0) {
			data_end(c);
			break;
		}
		data_piece(c, p, (size_t)n);
		c->at += (uint64_t)n;
	}
	client_set_timeout(c);
}
