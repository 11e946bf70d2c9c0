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
 * intake_impl.h: the inside of intake.c and intake_commit.c; nobody else
 * includes it.
 */

#ifndef QUEUED_INTAKE_IMPL_H
#define QUEUED_INTAKE_IMPL_H

#include <sys/stat.h>
#include <sys/tree.h>

#include "enums.h"
#include "gather.h"
#include "peer.h"
#include "route.h"
#include "spool.h"

struct session;

struct intake {
	RB_ENTRY(intake) tree;
	struct peer *peer; /* NULL: it has gone, only the commit holds this */
	struct message *message;
	struct session *session; /* of a commit with Immed_delivery 1 */
	struct overlay *options; /* by Def!; NULL: none */
	struct routes all; /* of recipients without their own */
	uint8_t *buf;
	size_t len, size;
	uint64_t session_id;
	uint64_t call; /* of QUEUE_COMMIT */
	uint32_t instance;
	int fd; /* of c<ID>, or -1 */
	bool has_failed;
	bool is_committing;
	bool is_staged; /* its files were shown to programs */
	struct stat shown; /* c<ID> as it was then */
	struct gather gather; /* reads it again if it was changed */
	void (*stage_done)(struct intake *, int error);
	struct spool_commit commit;
};

/* Bytes of content in memory, of all that is on its way. */
extern size_t intake_memory;

/* The message of that id which this smtpd is sending, or NULL. */
struct intake *intake_find(const struct peer *, uint64_t id);
/* Frees it; drop: and the message, which is not queued. */
void intake_free(struct intake *, bool drop);
/* Puts in its place what rules said, before the message is kept; -1: no
 * memory. */
int intake_settle(struct intake *);
/* The options of them, for an l file before that; 0 or -1. */
int intake_options(struct intake *);
/* Bytes of content so far; -1 with errno. */
int64_t intake_size(const struct intake *);
/* Forgets the content, be it in memory or in a file. */
void intake_drop_content(struct intake *);
/* Would a message of that size be taken now? */
enum queue_status intake_room(uint64_t size);
/* What smtpd is told of an errno. */
enum queue_status intake_status(int error);

#endif
