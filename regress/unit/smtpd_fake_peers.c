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
 * What queued and lookupd say in the test's place; see smtpd_fake.h.
 *
 * Addresses of the domain "local.test" are local: every name exists but
 * nobody (unknown), full (over quota), temp (no answer now), loop, and list,
 * which leads to user, user2 and far@remote.test, and many, which leads to
 * FAKE_MANY.  Domains that begin with
 * "no", "temp", "nullmx" are so.  Logins: the password "secret" is right, of
 * "temp" nobody knows now.
 */
#include "smtpd_fake.h"

#include <sys/mman.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>

#include "peer.h"
#include "smtpd_fake_self.h"

#define FIRST_ID ((uint64_t)1 << 32)

/* queued */

/* An id that queued never gave fails the test. */
struct fake_message *
fake_message_of(uint64_t id)
{
	assert_true(id > FIRST_ID && id <= FIRST_ID + fake.count);
	return &fake.message[id - FIRST_ID - 1];
}

/*
 * The message was made when the question came: with several held, each has its
 * own.
 */
static void
answer_open(uint64_t ref, const char *text)
{
	union msg a = {.queue_open_answ = {.status = fake.open_status}};

	(void)text;
	if (fake.open_status == QUEUE_OK)
		a.queue_open_answ.msgid = fake.message[fake.count - 1].id;
	peer_answer(self.queued, MSG_QUEUE_OPEN_ANSW, ref, &a, -1);
}

void
fake_answer_or_hold(struct fake_hold *h, uint64_t ref, const char *text)
{
	if (!h->is_on) {
		h->answer(ref, text);
		return;
	}
	assert_true(h->count < FAKE_RCPTS);
	h->call[h->count].ref = ref;
	strlcpy(h->call[h->count].text, text, sizeof(h->call[0].text));
	h->count++;
}

/* The last one first: nothing may depend on the order of answers. */
void
fake_release(struct fake_hold *h)
{
	assert_true(h->count > 0);
	h->is_on = false;
	for (; h->count > 0; h->count--)
		h->answer(
		    h->call[h->count - 1].ref, h->call[h->count - 1].text);
}

static const struct fake_hold *waited;
static unsigned int waited_count;

static bool
is_held(void)
{
	return waited->count == waited_count;
}

/*
 * Waits for the event itself, that so many questions have come, not for a time.
 */
void
fake_wait_held(const struct fake_hold *h, unsigned int count)
{
	waited = h;
	waited_count = count;
	fake_wait(is_held);
}

static void
on_open(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct fake_message *x;

	(void)p;
	(void)fd;
	if (fake.open_status == QUEUE_OK) {
		assert_true(fake.count < FAKE_MESSAGES);
		x = &fake.message[fake.count++];
		memset(x, 0, sizeof(*x));
		x->id = FIRST_ID + fake.count;
		x->session = m->queue_open.session;
		x->declared = m->queue_open.size;
		x->fd = -1;
	}
	fake_answer_or_hold(&fake.open, ref, "");
}

static void
on_sender(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_queue_sender *q = &m->queue_sender;
	struct fake_message *x = fake_message_of(q->msgid);

	(void)p;
	(void)ref;
	(void)fd;
	strlcpy(x->sender, q->sender, sizeof(x->sender));
	strlcpy(x->envid, q->envid, sizeof(x->envid));
	strlcpy(x->client_name, q->client_name, sizeof(x->client_name));
	strlcpy(x->helo, q->helo, sizeof(x->helo));
	strlcpy(x->login, q->login, sizeof(x->login));
	x->body = q->body;
	x->smtputf8 = q->smtputf8;
	x->ret = q->ret;
}

static void
on_rcpt(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_queue_rcpt *q = &m->queue_rcpt;
	struct fake_message *x = fake_message_of(q->msgid);
	uint32_t i = x->rcpt_count++;

	(void)p;
	(void)ref;
	(void)fd;
	if (i >= FAKE_RCPTS)
		return;
	strlcpy(x->rcpt[i].rcpt, q->rcpt, sizeof(x->rcpt[i].rcpt));
	strlcpy(x->rcpt[i].original, q->original, sizeof(x->rcpt[i].original));
	strlcpy(x->rcpt[i].orcpt, q->orcpt, sizeof(x->rcpt[i].orcpt));
	x->rcpt[i].route = q->route;
	x->rcpt[i].kind = q->kind;
	x->rcpt[i].notify = q->notify;
}

/*
 * Content never comes behind an end, and never in messages once a file was
 * given.
 */
static void
on_data(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_queue_data *q = &m->queue_data;
	struct fake_message *x = fake_message_of(q->msgid);

	(void)p;
	(void)ref;
	(void)fd;
	assert_false(x->is_committed || x->is_aborted);
	assert_int_equal(x->fd, -1);
	x->content = realloc(x->content, x->len + q->data_len + 1);
	assert_non_null(x->content);
	memcpy(x->content + x->len, q->data, q->data_len);
	x->len += q->data_len;
	x->content[x->len] = '\0';
	assert_true(x->len <= QUEUE_INLINE_MAX);
}

/* What came inline is in the file already, as queued does it. */
static void
on_file(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct fake_message *x = fake_message_of(m->queue_file.msgid);
	union msg a = {.queue_file_answ = {.status = fake.file_status}};
	int give = -1;

	(void)fd;
	if (fake.file_status == QUEUE_OK) {
		x->fd = memfd_create("content", MFD_CLOEXEC);
		assert_int_not_equal(x->fd, -1);
		assert_int_equal(write(x->fd, x->content, x->len), x->len);
		give = dup(x->fd);
	}
	peer_answer(p, MSG_QUEUE_FILE_ANSW, ref, &a, give);
}

/* To memory, so that tests look at content in one way only. */
static void
read_back(struct fake_message *x)
{
	off_t len = lseek(x->fd, 0, SEEK_END);

	free(x->content);
	x->content = malloc((size_t)len + 1);
	assert_non_null(x->content);
	assert_int_equal(pread(x->fd, x->content, (size_t)len, 0), len);
	x->content[len] = '\0';
	x->len = (size_t)len;
	close(x->fd);
	x->fd = -1;
}

static void
answer_commit(uint64_t ref, const char *text)
{
	union msg a = {.queue_commit_answ = {.status = fake.commit_status}};

	(void)text;
	self.committing->is_committed = fake.commit_status == QUEUE_OK;
	peer_answer(self.queued, MSG_QUEUE_COMMIT_ANSW, ref, &a, -1);
}

/* What smtpd counted has to be what came: queued would refuse it otherwise. */
static void
on_commit(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct fake_message *x = fake_message_of(m->queue_commit.msgid);

	(void)p;
	(void)fd;
	assert_false(x->is_aborted);
	if (x->fd != -1)
		read_back(x);
	x->size = m->queue_commit.size;
	x->header_size = m->queue_commit.header_size;
	x->recipients = m->queue_commit.recipients;
	assert_int_equal(x->size, x->len);
	assert_int_equal(x->recipients, x->rcpt_count);
	self.committing = x;
	fake_answer_or_hold(&fake.commit, ref, "");
}

static void
on_abort(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct fake_message *x = fake_message_of(m->queue_abort.msgid);

	(void)p;
	(void)ref;
	(void)fd;
	assert_false(x->is_committed);
	x->is_aborted = true;
}

static void
on_closed(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)ref;
	(void)m;
	(void)fd;
	fake.closed++;
}

peer_handler *const fake_queued_handlers[MSG_MAX] = {
    [MSG_QUEUE_OPEN] = on_open,
    [MSG_QUEUE_SENDER] = on_sender,
    [MSG_QUEUE_RCPT] = on_rcpt,
    [MSG_QUEUE_DATA] = on_data,
    [MSG_QUEUE_FILE] = on_file,
    [MSG_QUEUE_COMMIT] = on_commit,
    [MSG_QUEUE_ABORT] = on_abort,
    [MSG_QUEUE_CLOSED] = on_closed,
    [MSG_QUEUE_SPOOL] = fake_on_spool,
    [MSG_QUEUE_OPTION] = fake_on_option,
    [MSG_QUEUE_MARK] = fake_on_mark,
    [MSG_QUEUE_HEADER] = fake_on_header,
    [MSG_QUEUE_ROUTE] = fake_on_route,
    [MSG_QUEUE_STAGE] = fake_on_stage,
};

/* lookupd */

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void
answer_domain(uint64_t ref, const char *text)
{
	union msg a = {.look_domain_answ = {.status = LOOK_OK}};

	if (begins(text, "nullmx"))
		a.look_domain_answ.status = LOOK_NULLMX;
	else if (begins(text, "no"))
		a.look_domain_answ.status = LOOK_NO;
	else if (begins(text, "temp"))
		a.look_domain_answ.status = LOOK_TEMP;
	peer_answer(self.lookupd, MSG_LOOK_DOMAIN_ANSW, ref, &a, -1);
}

static void
on_domain(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)fd;
	fake.domain_asked++;
	fake.domain_level = m->look_domain.level;
	fake_answer_or_hold(&fake.domain, ref, m->look_domain.domain);
}

static void
give_target(uint64_t ref, uint8_t route, uint8_t kind, const char *address)
{
	union msg i = {
	    .look_target = {.route = route, .kind = kind, .address = address}};

	peer_item(self.lookupd, MSG_LOOK_TARGET, ref, &i, -1);
}

static void
give_many(uint64_t ref)
{
	char address[32];
	int i;

	for (i = 0; i < FAKE_MANY; i++) {
		snprintf(address, sizeof(address), "m%d@local.test", i);
		give_target(ref, ROUTE_LOCAL, ADDRESS_ALIAS, address);
	}
}

static void
answer_rcpt(uint64_t ref, const char *text)
{
	union msg a = {
	    .look_rcpt_answ = {.status = LOOK_OK, .kind = ADDRESS_MAILBOX}};
	const char *domain = strchr(text, '@');

	if (strcasecmp(text, "postmaster") == 0) {
		give_target(
		    ref, ROUTE_LOCAL, ADDRESS_ALIAS, "postmaster@local.test");
		a.look_rcpt_answ.count = 1;
	} else if (domain == NULL || strcmp(domain, "@local.test") != 0)
		a.look_rcpt_answ.status = LOOK_REMOTE;
	else if (begins(text, "nobody"))
		a.look_rcpt_answ.status = LOOK_NO;
	else if (begins(text, "temp"))
		a.look_rcpt_answ.status = LOOK_TEMP;
	else if (begins(text, "loop"))
		a.look_rcpt_answ.status = LOOK_LOOP;
	else if (begins(text, "list")) {
		give_target(ref, ROUTE_LOCAL, ADDRESS_ALIAS, "user@local.test");
		give_target(
		    ref, ROUTE_LOCAL, ADDRESS_ALIAS, "user2@local.test");
		give_target(
		    ref, ROUTE_REMOTE, ADDRESS_ALIAS, "far@remote.test");
		a.look_rcpt_answ.count = 3;
	} else if (begins(text, "many")) {
		give_many(ref);
		a.look_rcpt_answ.count = FAKE_MANY;
	} else {
		give_target(ref, ROUTE_LOCAL, ADDRESS_MAILBOX, text);
		a.look_rcpt_answ.count = 1;
		a.look_rcpt_answ.over_quota = begins(text, "full");
	}
	peer_answer(self.lookupd, MSG_LOOK_RCPT_ANSW, ref, &a, -1);
}

static void
on_look_rcpt(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)fd;
	fake.rcpt_asked++;
	fake_answer_or_hold(&fake.rcpt, ref, m->look_rcpt.address);
}

static void
answer_ptr(uint64_t ref, const char *text)
{
	union msg a = {.look_ptr_answ = {.status = fake.ptr_status,
			   .host = fake.ptr_host,
			   .confirmed = fake.ptr_confirmed}};

	(void)text;
	peer_answer(self.lookupd, MSG_LOOK_PTR_ANSW, ref, &a, -1);
}

static void
on_ptr(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	(void)p;
	(void)m;
	(void)fd;
	fake.ptr_asked++;
	fake_answer_or_hold(&fake.ptr, ref, "");
}

static void
answer_auth(uint64_t ref, const char *text)
{
	union msg a = {.look_auth_answ = {.status = LOOK_NO}};

	if (begins(text, "temp "))
		a.look_auth_answ.status = LOOK_TEMP;
	else if (strcmp(strchr(text, ' '), " secret") == 0) {
		a.look_auth_answ.status = LOOK_OK;
		a.look_auth_answ.login = "user@local.test";
		a.look_auth_answ.home = "/home/user";
	}
	peer_answer(self.lookupd, MSG_LOOK_AUTH_ANSW, ref, &a, -1);
}

static void
on_auth(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	char text[321];

	(void)p;
	(void)fd;
	fake.auth_asked++;
	snprintf(text, sizeof(text), "%.60s %s", m->look_auth.login,
	    m->look_auth.password);
	fake_answer_or_hold(&fake.auth, ref, text);
}

peer_handler *const fake_lookupd_handlers[MSG_MAX] = {
    [MSG_LOOK_DOMAIN] = on_domain,
    [MSG_LOOK_RCPT] = on_look_rcpt,
    [MSG_LOOK_PTR] = on_ptr,
    [MSG_LOOK_AUTH] = on_auth,
};

void
fake_peers_init(void)
{
	fake.open.answer = answer_open;
	fake.commit.answer = answer_commit;
	fake.rcpt.answer = answer_rcpt;
	fake.domain.answer = answer_domain;
	fake.ptr.answer = answer_ptr;
	fake.auth.answer = answer_auth;
	fake_rules_init();
}
