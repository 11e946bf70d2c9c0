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
 * The life of a daemon: start with descriptor 3 to the parent, chroot, ids,
 * limits, cage, loop; options and descriptors from the parent, all or
 * nothing; fresh ends of pairs when a peer was restarted.
 *
 * A daemon's main() fills a struct proc_daemon and calls proc_main(), which
 * does not return.
 */
#ifndef SELOR_PROC_H
#define SELOR_PROC_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "enums.h"
#include "msg.h"
#include "option.h"
#include "peer.h"

struct event_base;

struct proc_daemon {
	enum proc_id id;
	/* Handlers by message type, beside those of CONF_*, which proc.c
	 * answers itself. */
	peer_handler *const *handlers;

	/* Before the cage: read what only the file system has.  -1 ends. */
	int (*before_cage)(void);
	/* In the cage, before anything is received.  -1 ends. */
	int (*start)(struct event_base *);
	/* Would these options do?  -1 with why.  May be NULL. */
	int (*conf_check)(const struct options *, char *why, size_t whysize);
	/* They are in force; the old ones are freed after this returns.  The
	 * first call is the start of work. */
	void (*conf_apply)(const struct options *);
	/* A descriptor that came with a generation, just before conf_apply of
	 * that generation; on an undone one it is closed unseen. */
	void (*conf_fd)(enum conf_fd, uint32_t index, int fd, const char *text);
	/* A fresh end to another daemon; an older one has gone before. */
	void (*peer_up)(struct peer *);
	/* It has gone; its calls have ended.  Do not keep the pointer. */
	void (*peer_gone)(struct peer *);
	/* Queued bytes to it fell below the low mark. */
	void (*peer_drained)(struct peer *);
	/* An administrator's client: its messages come to the handlers with
	 * peer_who() PROC_CTL; may_change is false for read-only clients. */
	void (*client_up)(struct peer *, bool may_change);
	/* Load average of the machine in hundredths, every few seconds. */
	void (*load)(uint32_t hundredths);
	/* The logs were opened anew: so are those of the daemon's own. */
	void (*logs)(void);
	/* "key" (see proc_busy) killed a process of that kind twice: set it
	 * aside, with a report. */
	void (*poison)(enum proc_id, const char *key);
	/* TERM: take nothing new; call proc_exit() when done. */
	void (*stop)(void);
	/* After each turn of the loop, before peers are flushed. */
	void (*turn_end)(void);
};

/* Runs the daemon; does not return. */
void proc_main(const struct proc_daemon *, int argc, char **argv)
    __attribute__((noreturn));

/* The options in force; never NULL after the first conf_apply. */
const struct options *proc_options(void);
/* This process's instance number, 0 for all but the N smtpd and workers. */
uint32_t proc_instance(void);
/* The end to that daemon now, or NULL: treat as a temporary failure. */
struct peer *proc_peer(enum proc_id, uint32_t instance);
/* The end to the parent. */
struct peer *proc_parent(void);
/* The loop. */
struct event_base *proc_base(void);
/* Whether the process runs without root's cage (started by a plain user). */
bool proc_is_plain(void);
/*
 * What this daemon works on now (a message id, a client, a question's key):
 * if it dies the parent counts that against the key, and after two deaths
 * tells those who must set it aside (hook poison).  "" ends.  A store to
 * shared memory, cheap enough for every handler.
 */
void proc_busy(const char *key);
/* Flushes logs and peers, then ends with 0. */
void proc_exit(void) __attribute__((noreturn));

#endif
