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
 * A load of SMTP sessions driven by one epoll loop: many sessions at once,
 * one or many messages in each, with or without pipelining (RFC 2920).
 */
#ifndef REGRESS_LOAD_H
#define REGRESS_LOAD_H

#include <sys/socket.h>
#include <stdbool.h>
#include <stdint.h>

#include "sample.h"

#define LOAD_HEAD_MAX 512 /* per message: header fields with its id */
#define LOAD_LINE_MAX 1024 /* commands out, one reply line in */

/* What is asked for. */
struct load_plan {
	struct sockaddr_storage to;
	socklen_t to_len;
	const char *sender;
	const char *prefix; /* recipients are PREFIXn@DOMAIN */
	const char *domain;
	unsigned int users; /* n goes from 0 to users - 1 */
	unsigned int sessions; /* at once */
	uint64_t messages; /* 0: no limit */
	uint64_t run_us; /* 0: no limit */
	const char *body; /* shared, dot-stuffed, end of data included */
	size_t body_len;
	bool pipelining;
	bool one_each; /* a session for every message */
	bool idle; /* greet, then keep the session and wait */
};

/* What came of it. */
struct load_result {
	uint64_t accepted;
	uint64_t refused; /* replies that were not the wanted ones */
	uint64_t failed; /* sessions that broke */
	uint64_t first_us; /* monotonic clock */
	uint64_t last_us; /* the last 250 */
	unsigned int greeted; /* sessions that are idle after EHLO */
	char worst[LOAD_LINE_MAX]; /* the last reply that was refused */
	struct sample final; /* from the last byte to its 250 */
};

struct load;

/* The plan must outlive the load.  Ends the program without memory. */
struct load *load_new(const struct load_plan *);
void load_free(struct load *);

/*
 * Run to the end of the plan; of an idle one: until all sessions are greeted.
 * Returns -1 when so many sessions broke that it was given up.
 */
int load_run(struct load *);
struct load_result *load_result(struct load *);

#endif
