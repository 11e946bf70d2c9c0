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
 * post.c: resolves the recipient of a message of ours and queues it.
 */

#include "post.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "content.h"
#include "enums.h"
#include "helper.h"
#include "id.h"
#include "log.h"
#include "override.h"
#include "proc.h"
#include "queued.h"
#include "slot.h"

/* Messages of ours under way at a time, recipients of one. */
#define POSTS_MAX 256
#define POST_RCPTS_MAX 1000

static struct slots posts;
static unsigned int nposts;
static bool is_init;

/* Asked before a report is made, as making one in vain costs more than waiting.
 */
bool
post_has_room(void)
{
	return nposts < POSTS_MAX;
}

/* Arrival is now: its attempts and its own expiry count from here, not from the
 * message it is about. */
struct message *
post_message(uint32_t flags)
{
	struct message *m = message_new(id_new(spool_last_id(env.spool)));

	if (m == NULL)
		return NULL;
	spool_note_id(env.spool, m->id);
	m->flags = flags;
	m->arrival = queued_now();
	return m;
}

/* Frees all but the struct, which is the caller's. */
static void
post_clear(struct post *post)
{
	if (post->ref != 0) {
		slot_remove(&posts, post->ref);
		nposts--;
	}
	post->ref = 0;
	if (post->fd != -1)
		close(post->fd);
	post->fd = -1;
	message_free(post->message);
	post->message = NULL;
	free(post->text);
	post->text = NULL;
	free(post->to);
	post->to = NULL;
}

/* done may free the post: nothing of it is touched behind this. */
static void
post_end(struct post *post, enum post_result r)
{
	post_clear(post);
	post->done(post->arg, r);
}

/* The end of the commit. */
static void
post_committed(void *arg, int error)
{
	struct post *post = arg;
	struct message *m = post->message;
	struct entry *e;

	if (error != 0) {
		log_warnx("%s: a report can not be stored: %s",
		    queued_id(m->id), strerror(error));
		if (post->fd != -1)
			content_abort(env.spool, m->id);
		post_end(post, POST_LATER);
		return;
	}
	post->message = NULL;
	if ((e = schedule_add(&env.schedule, m)) != NULL) {
		override_read(e);
		/* A flood of reports must not delay anybody's mail. */
		e->is_patient = true;
		schedule_put(&env.schedule, e, 0, queued_now());
	}
	post_end(post, POST_OK);
}

/* Larger than a record holds: into a file of its own. */
static int
post_to_file(struct post *post)
{
	size_t at = 0;
	ssize_t n;

	post->fd = content_file(env.spool, post->message->id);
	if (post->fd == -1)
		return -1;
	while (at < post->len) {
		n = pwrite(
		    post->fd, post->text + at, post->len - at, (off_t)at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at += (size_t)n;
	}
	return 0;
}

/* As intake: small content into the record, the rest into a file first. */
static void
post_commit(struct post *post)
{
	struct message *m = post->message;
	struct spool_commit *c = &post->commit;
	const uint8_t *end;

	m->size = post->len;
	end = memmem(post->text, post->len, "\r\n\r\n", 4);
	m->header = end == NULL ? (uint32_t)post->len :
				  (uint32_t)(end - post->text) + 4;
	if (m->size > CONTENT_SMALL &&
	    (helper_jobs() >= HELPER_CLIENTS || post_to_file(post) == -1)) {
		content_abort(env.spool, m->id);
		post_end(post, POST_LATER);
		return;
	}
	memset(c, 0, sizeof(*c));
	c->message = m;
	c->data = post->text;
	c->fd = post->fd;
	c->in_file = post->fd != -1;
	c->done = post_committed;
	c->arg = post;
	if (spool_commit(env.spool, c) == -1) {
		if (post->fd != -1)
			content_abort(env.spool, m->id);
		post_end(post, POST_LATER);
	}
}

/* -1: too many, or no memory. The report goes to those there is room for. */
static int
post_add(struct post *post, const char *address, bool local)
{
	struct message *m = post->message;
	int i;

	if (m->nrcpts >= POST_RCPTS_MAX ||
	    (i = message_add_rcpt(m, address)) == -1)
		return -1;
	/* RFC 3461 section 6.2: a report asks for none itself. */
	m->rcpts[i].notify = NOTIFY_NEVER;
	if (local)
		m->rcpts[i].flags |= RCPT_LOCAL;
	return 0;
}

/* One of the final targets; the answer comes behind the last. */
void
post_target(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct post *post = is_init ? slot_get(&posts, ref) : NULL;

	(void)p;
	(void)fd;
	if (post != NULL)
		post_add(post, m->dlv_target.address,
		    m->dlv_target.route == ROUTE_LOCAL);
}

/* A report's way ends here for good only if there is no such address;
 * whatever else failed is tried again. */
static void
post_resolved(uint64_t ref, enum peer_result r, const union msg *answ, int fd)
{
	struct post *post = slot_get(&posts, ref);
	enum look_status status = LOOK_TEMP;

	(void)fd;
	if (post == NULL)
		return;
	if (r == PEER_ANSWER)
		status = answ->dlv_resolve_answ.status;
	if (status == LOOK_REMOTE && post->message->nrcpts == 0)
		post_add(post, post->to, false);
	if (status == LOOK_OK || status == LOOK_REMOTE) {
		if (post->message->nrcpts > 0)
			post_commit(post);
		else
			post_end(post, POST_NOBODY);
		return;
	}
	post_end(post,
	    status == LOOK_NO || status == LOOK_NULLMX ? POST_NOBODY :
							 POST_LATER);
}

/* Takes message and text over, also where it fails; the struct stays the
 * caller's until done is called. -1: done is not called. */
int
post_begin(struct post *post, const char *to)
{
	struct peer *p = proc_peer(PROC_DELIVERD, 0);
	union msg u = {0};

	if (!is_init) {
		slots_init(&posts, POSTS_MAX);
		is_init = true;
	}
	post->fd = -1;
	post->ref = 0;
	u.dlv_resolve.address = to;
	u.dlv_resolve.options = override_lines(post->about, FOR_LOOKUPD);
	if ((post->to = strdup(to)) != NULL && p != NULL &&
	    (post->ref = slot_add(&posts, post)) != 0) {
		nposts++;
		if (peer_call(p, MSG_DLV_RESOLVE, &u, -1,
			PEER_THEN(post_resolved, post->ref)) == 0)
			return 0;
	}
	post_clear(post);
	return -1;
}
