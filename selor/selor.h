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
 * What the files of the parent share: its one env, and a child.
 */
#ifndef SELOR_SELOR_H
#define SELOR_SELOR_H

#include <sys/queue.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "monotime.h"
#include "msg.h"
#include "option.h"
#include "peer.h"

struct event;
struct event_base;

enum child_state {
	CHILD_DOWN, /* not running; a restart may be due */
	CHILD_HELLO, /* started, not yet heard of */
	CHILD_COMMIT, /* asked whether the options would do */
	CHILD_READY, /* said yes */
	CHILD_UP, /* the options are in force there */
	CHILD_STOPPING /* told to end */
};

struct child {
	TAILQ_ENTRY(child) entry;
	enum proc_id id;
	uint32_t instance;
	enum child_state state;
	pid_t pid;
	struct peer *peer; /* CONF */
	char *busy; /* the page of proc_busy */
	struct event *timer; /* of a restart */
	struct monotime started;
	unsigned int failures;
	bool asked; /* a vote is expected of it */
	bool waits; /* greeted; its options follow when an offer is over */
	bool dynamic; /* asked for by a daemon: not restarted */
	unsigned int reports; /* accusations that it made */
	/* dynamic: who asked, to be answered when it is up */
	pid_t asker;
	uint64_t ref;
	uint32_t job;
	int other_end;
};

TAILQ_HEAD(child_list, child);

struct selor_env {
	struct event_base *base;
	const char *conf_path;
	char *const *overrides;
	size_t override_count;
	bool debug, plain, started, stopping;
	struct options *options;
	uint32_t generation;
	struct child_list children;
	char libexec[1024], sbin[1024];
};

extern struct selor_env env;

/* main.c */

/* The suite is up: a start in the background may report success. */
void selor_ready(void);

/* Ends the suite at once with this status; children see our end close. */
void selor_end(int status) __attribute__((noreturn));

#endif
