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
 * A delivery agent: one process for one user, running as that user, that
 * writes mail into Maildirs and mbox files and says so once it is durable.
 * Shared by the agent_*.c files; nothing of it is linked into deliverd.
 *
 * It parses nothing of a message: content is copied, CRLF becomes LF.
 */
#ifndef AGENT_H
#define AGENT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest name of a mailbox, with its NUL; as in messages.def. */
#define AGENT_PATH_MAX 1025
/* Longest name of a file in a Maildir, with its NUL. */
#define AGENT_NAME_MAX 256

struct peer;

/* One message for one mailbox.  Text and bytes live during the call. */
struct agent_mail {
	const char *path; /* absolute */
	const char *id;
	uint32_t index;
	const char *sender, *recipient;
	uint64_t size, arrival;
	bool repeat; /* may have been delivered before */
	const uint8_t *data; /* when fd is -1 */
	int fd; /* read at offsets, never moved */
};

/* How a delivery ended; text is what the report will say. */
struct agent_result {
	uint8_t result; /* enum dlv_result */
	const char *enhanced;
	char text[513];
};

void agent_result_ok(struct agent_result *);
/* From errno: what may pass is temporary.  doing: a few words. */
void
agent_result_errno(struct agent_result *, const char *doing, const char *path);
void agent_result_set(struct agent_result *, uint8_t result,
    const char *enhanced, const char *text);

/*
 * Writes trace fields and content to out, line ends LF; as_mbox adds a From_
 * line and an empty last one, and quotes lines that look like one.  Returns 0
 * and the octets written, or -1 and errno.
 */
int agent_content_write(
    int out, const struct agent_mail *, bool as_mbox, uint64_t *written);

/* agent_maildir.c: a Maildir that is kept open. */
struct agent_maildir;

/* Opens or makes it; NULL and errno.  Released with agent_maildir_put. */
struct agent_maildir *agent_maildir_get(const char *path);
void agent_maildir_put(struct agent_maildir *);
/* A part of it is gone: the next agent_maildir_get makes it again. */
void agent_maildir_lost(struct agent_maildir *);
/* A turn is over: the next ones are looked at again before they are used. */
void agent_maildir_turn(void);
/* A descriptor on new/, for syncing. */
int agent_maildir_fd(const struct agent_maildir *);
dev_t agent_maildir_dev(const struct agent_maildir *);
/*
 * Writes the message below tmp/; name is set.  Returns its descriptor, to be
 * synced and closed, or -1 and errno.
 */
int agent_maildir_write(struct agent_maildir *, const struct agent_mail *,
    char *name, uint64_t *size);
/*
 * Moves it to new/, or drops it where the same message is there already, in
 * new/ or (when repeat) in cur/.  0, or -1 and errno.
 */
int agent_maildir_publish(
    struct agent_maildir *, const char *name, uint64_t size, bool repeat);
void agent_maildir_drop(struct agent_maildir *, const char *name);
/* The host part of names; called before the cage. */
int agent_maildir_init(void);

/*
 * agent_mbox.c: a file that is open and locked, one at a time.  open gives a
 * descriptor, or -1 and the result of all that was for it.  append adds one
 * message, or nothing at all: 0, or -1 and its result.  close syncs, unlocks
 * and closes: 0, or -1 and errno, and then all that was appended is cut off.
 */
int agent_mbox_open(const char *path, struct agent_result *);
int agent_mbox_append(int fd, const struct agent_mail *, struct agent_result *);
int agent_mbox_close(int fd);

/*
 * agent_group.c: mail for mbox files, held in memory until its round, so that
 * no lock is held meanwhile.  add copies and takes the descriptor; each is
 * answered by agent_batch_answer, at once if it can not be held.
 */
void agent_group_add(uint64_t ref, const struct agent_mail *);
bool agent_group_is_empty(void);
/* As much as may be held; one more is taken only after a run. */
bool agent_group_is_full(void);
/* Appends all, with one lock and one sync for each file, and answers. */
void agent_group_run(void);

/* agent_batch.c: deliveries that came together are made durable together. */
/* Takes the descriptor of the mail. */
void agent_batch_add(
    struct peer *, uint64_t ref, uint8_t how, const struct agent_mail *);
void agent_batch_answer(uint64_t ref, const struct agent_result *);
/* One step; true: there is more to do, come again. */
bool agent_batch_step(void);
/* What is there is synced by the next step; hold: what comes later is not,
 * until the next call. */
void agent_batch_sync(bool hold);
/* The pair has gone: nothing is answered any more, and nothing waits. */
void agent_batch_forget(void);

/* agent_main.c: what is worked on, by its id, for who counts our deaths; the
 * end of it with NULL. */
void agent_busy(const char *id);

#endif
