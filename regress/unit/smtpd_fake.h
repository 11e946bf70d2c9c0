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
 * The real smtpd program with a parent, a queued and a lookupd of the test's
 * making around it: what they answer the test says, what they were told it
 * reads.  Everything runs in one loop, turned while a test waits.
 */
#ifndef SMTPD_FAKE_H
#define SMTPD_FAKE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "enums.h"

#define FAKE_MESSAGES 4096
#define FAKE_RCPTS 64
#define FAKE_MANY 150

/* What queued was told of one message. */
struct fake_message {
	uint64_t id, session;
	char sender[321], envid[321], client_name[257], helo[257], login[257];
	uint8_t body, smtputf8, ret;
	struct {
		char rcpt[321], original[321], orcpt[641];
		uint8_t route, kind, notify;
	} rcpt[FAKE_RCPTS];
	uint32_t rcpt_count;
	char *content; /* terminated */
	size_t len;
	int fd; /* what came through QUEUE_FILE, or -1 */
	uint64_t declared, size;
	uint32_t header_size, recipients;
	bool is_committed, is_aborted, is_staged;
	char rules[4096]; /* what rules said: "mark=x\n", "0:mx_dest=h 25\n" */
};

/* Calls of one kind, and how they are answered. */
struct fake_hold {
	bool is_on; /* answers are kept back */
	void (*answer)(uint64_t ref, const char *text);
	unsigned int count; /* of those that are */
	struct {
		uint64_t ref;
		char text[321];
	} call[FAKE_RCPTS];
};

/* The parent's listeners, in the order of their index. */
enum fake_port {
	FAKE_MX,
	FAKE_PROXY,
	FAKE_SUBMISSION,
	FAKE_LOCAL,
	FAKE_PORTS
};

struct fake {
	uint8_t open_status, file_status, commit_status; /* queue_status */
	struct fake_hold open, file, commit, rcpt, domain, ptr, event, stage,
	    auth;
	uint8_t ptr_status, ptr_confirmed;
	char ptr_host[256];
	struct fake_message *message; /* FAKE_MESSAGES of them */
	unsigned int count, closed, ptr_asked, domain_asked, rcpt_asked,
	    auth_asked;
	int domain_level;
	char told[16384]; /* to ruled: "open\n", "helo=x\n", "event=rcpt\n" */
	char why[257]; /* of options that were refused */
};
extern struct fake fake;

/* Starts it with options, "Name value" as selor.conf has them, NULL at the
 * end (or NULL for none).  -1: the options were refused, see fake.why. */
int fake_start(const char *const *options);
/* Around each test. */
int fake_setup(void **state);
int fake_teardown(void **state);
#define FAKE_TEST(test) \
	cmocka_unit_test_setup_teardown(test, fake_setup, fake_teardown)
/* The options of the next generation; same result. */
int fake_reload(const char *const *options);
void fake_stop(void);
/* TERM as the parent says it; true when the process ended with 0 in time. */
bool fake_end(int ms);
void fake_lose_queued(void);
void fake_new_queued(void);
void fake_lose_lookupd(void);
/* What was written to a log (enum log_file) since the start. */
const char *fake_log(int file);
void fake_load(uint32_t hundredths);
void fake_poison(const char *key);
/* Waits until so many answers are kept back. */
void fake_wait_held(const struct fake_hold *, unsigned int count);
/* Lets them go, the last first, and those to come. */
void fake_release(struct fake_hold *);
/* Everything told to us until now is in fake. */
void fake_turn(int ms);
/* Waits for a condition that the loop brings; fails the test after 5 s. */
void fake_wait(bool (*test)(void));
/* Waits until a line of CTL_SESSIONS or CTL_STATS holds that. */
void fake_wait_session(const char *text);
void fake_wait_stats(const char *text);
pid_t fake_pid(void);
/* CTL_LIST and CTL_ACT, answered lines joined by newlines. */
const char *fake_list(uint8_t what);
int fake_act(uint8_t action, const char *query, bool may_change);

int fake_connect(enum fake_port);
void fake_send(int c, const char *text);
void fake_send_bytes(int c, const void *p, size_t len);
/* One whole reply, CRLFs and all; "" when the server closed. */
const char *fake_reply(int c);
/* fake_send with CRLF, fake_reply. */
const char *fake_cmd(int c, const char *line);
/* The reply begins with that; fails the test else, showing both. */
void fake_expect(int c, const char *line, const char *reply);
/* Greeting and EHLO. */
int fake_client(enum fake_port);
bool fake_is_closed(int c);
/* The client is gone without a word; returns when the kernel has told the
 * other end, whether smtpd has looked or not. */
void fake_reset(int c, enum fake_port);
bool fake_is_silent(int c, int ms);
/* MAIL and one RCPT of it. */
void fake_to_recipient(int c);
/* A message through all commands; the final reply. */
const char *fake_mail(int c, const char *content);
/* The last message that was committed; fails the test if there is none. */
struct fake_message *fake_last(void);

#endif
