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
 * lookupd-file: the back end of text tables, one process a module, and one
 * more for its logins (a password's hash takes long).  Answers
 * BACK_QUERY from the tables "domains", "mailboxes" and "aliases" of its
 * directory, and nothing else.  Promises: stdio recvfd rpath; root: the
 * module's directory.  It speaks to lookupd alone and never sees text from
 * the network but as a key of at most 320 octets.  See lookupd(8) and
 * selor.file(5).
 */
#include <sys/types.h>

#include <stdbool.h>
#include <string.h>

#include "log.h"
#include "proc.h"

#include "password.h"
#include "table_file.h"

/* Rows of one answer.  One more than lookupd takes: then it knows. */
#define FILE_ROWS_MAX 10001

struct env {
	struct table_file file[TABLE_KINDS];
	/* The files are looked at once a turn of the loop. */
	bool checked;
	bool told; /* lookupd knows the state */
	/* A hash of the table, for logins that it does not have; and of
	 * which table. */
	char dummy[TABLE_PASSWORD_MAX];
	const struct table *dummy_of;
};

static struct env env;

/* The first thing that is wrong, or "". */
static const char *
file_trouble(void)
{
	int i;

	for (i = 0; i < TABLE_KINDS; i++)
		if (env.file[i].why[0] != '\0')
			return env.file[i].why;
	return "";
}

/*
 * A broken table is reported; the last good one still answers.  Told again only
 * when it changes, or when lookupd is another process.
 */
static void
file_tell(struct peer *p)
{
	const char *why = file_trouble();
	union msg m = {.back_state = {.connected = why[0] == '\0', .why = why}};

	if (p != NULL && peer_tell(p, MSG_BACK_STATE, &m, -1) == 0)
		env.told = true;
}

/* Looks at the files, at most once a turn, and tells of a change. */
static void
file_check(struct peer *p)
{
	bool changed = !env.told;
	int i;

	if (env.checked)
		return;
	env.checked = true;
	for (i = 0; i < TABLE_KINDS; i++)
		changed |= table_file_check(&env.file[i]);
	if (changed)
		file_tell(p);
}

/* No row: "no" only if the table is there to say so. */
static enum back_status
file_no(const struct table_file *f)
{
	return f->unreadable || (f->good == NULL && f->known) ? BACK_TEMP :
								BACK_NO;
}

static int
file_send_mailbox(struct peer *p, uint64_t ref, const char *address,
    const struct table_mailbox *box)
{
	union msg m = {.back_row = {.address = address,
			   .user = box->user,
			   .home = box->home,
			   .dlocal = box->dlocal,
			   .quota = box->quota,
			   .used = box->used}};

	return peer_item(p, MSG_BACK_ROW, ref, &m, -1);
}

/* A row is parsed again for each question: tables hold text alone. */
static enum back_status
file_mailbox(struct peer *p, uint64_t ref, const char *key, uint32_t *count)
{
	const struct table_file *f = &env.file[TABLE_MAILBOXES];
	char why[TABLE_ERROR_MAX];
	struct table_mailbox box;
	const char *rest = NULL;

	if (f->good == NULL || (rest = table_find(f->good, key)) == NULL)
		return file_no(f);
	if (table_mailbox(rest, &box, why) == -1 ||
	    file_send_mailbox(p, ref, key, &box) == -1)
		return BACK_TEMP;
	*count = 1;
	return BACK_YES;
}

/* Unknown logins cost what known ones do: the first hash that there is. */
static const char *
file_dummy(void)
{
	const struct table *t = env.file[TABLE_MAILBOXES].good;
	char key[TABLE_KEY_MAX + 1], why[TABLE_ERROR_MAX];
	struct table_mailbox box;
	uint32_t pos = 0;
	const char *p;
	size_t len;

	if (t == NULL || t == env.dummy_of)
		return env.dummy;
	env.dummy_of = t;
	while ((p = table_next(t, &pos, &len)) != NULL) {
		memcpy(key, p, len);
		key[len] = '\0';
		if ((p = table_find(t, key)) != NULL &&
		    table_mailbox(p, &box, why) == 0 &&
		    password_is_hash(box.password)) {
			strlcpy(env.dummy, box.password, sizeof(env.dummy));
			break;
		}
	}
	explicit_bzero(&box, sizeof(box));
	return env.dummy;
}

static enum back_status
file_auth(struct peer *p, uint64_t ref, const struct msg_back_query *q,
    uint32_t *count)
{
	const struct table_file *f = &env.file[TABLE_MAILBOXES];
	const char *dummy = file_dummy(), *rest = NULL;
	struct table_mailbox box = {.password = ""};
	enum back_status status = BACK_NO;
	char why[TABLE_ERROR_MAX];

	if (f->good == NULL || (rest = table_find(f->good, q->key)) == NULL)
		status = file_no(f);
	else if (table_mailbox(rest, &box, why) == -1) {
		explicit_bzero(&box, sizeof(box));
		status = BACK_TEMP;
	}
	switch (password_check(box.password, q->secret, dummy)) {
	case PASSWORD_RIGHT:
		if (file_send_mailbox(p, ref, q->key, &box) == -1)
			status = BACK_TEMP;
		else {
			*count = 1;
			status = BACK_YES;
		}
		break;
	case PASSWORD_WRONG:
		break;
	case PASSWORD_UNUSABLE:
		log_warnx("mailbox %s: its password is in no form that can be "
			  "checked here",
		    q->key);
		status = BACK_TEMP;
		break;
	}
	explicit_bzero(&box, sizeof(box));
	return status;
}

/* One more row than lookupd takes lets it see that there are too many. */
static enum back_status
file_alias(struct peer *p, uint64_t ref, const char *key, uint32_t *count)
{
	const struct table_file *f = &env.file[TABLE_ALIASES];
	char target[TABLE_KEY_MAX + 1], why[TABLE_ERROR_MAX];
	const char *rest = NULL;
	union msg m = {.back_row = {.address = target}};

	if (f->good == NULL || (rest = table_find(f->good, key)) == NULL)
		return file_no(f);
	while (
	    *count < FILE_ROWS_MAX && table_target(&rest, target, why) == 1) {
		if (peer_item(p, MSG_BACK_ROW, ref, &m, -1) == -1)
			return BACK_TEMP;
		++*count;
	}
	return BACK_YES;
}

/*
 * All mailboxes of a domain.  Walks the whole table: broadcasts are rare, and
 * an index would cost memory for each mailbox all the time.
 */
static enum back_status
file_list(struct peer *p, uint64_t ref, const char *domain, uint32_t *count)
{
	const struct table_file *f = &env.file[TABLE_MAILBOXES];
	char address[TABLE_KEY_MAX + 1];
	size_t len, dlen = strlen(domain);
	uint32_t pos = 0;
	const char *key;
	union msg m = {.back_row = {.address = address}};

	if (f->good == NULL)
		return file_no(f);
	while (*count < FILE_ROWS_MAX &&
	    (key = table_next(f->good, &pos, &len)) != NULL) {
		if (len <= dlen || key[len - dlen - 1] != '@' ||
		    memcmp(key + len - dlen, domain, dlen) != 0)
			continue;
		memcpy(address, key, len);
		address[len] = '\0';
		if (peer_item(p, MSG_BACK_ROW, ref, &m, -1) == -1)
			return BACK_TEMP;
		++*count;
	}
	return *count > 0 ? BACK_YES : file_no(f);
}

/* The mailbox that stands first in the table. */
static enum back_status
file_first(struct peer *p, uint64_t ref, uint32_t *count)
{
	const struct table_file *f = &env.file[TABLE_MAILBOXES];
	char address[TABLE_KEY_MAX + 1];
	union msg m = {.back_row = {.address = address}};
	const char *key = NULL;
	uint32_t pos = 0;
	size_t len;

	if (f->good == NULL || (key = table_next(f->good, &pos, &len)) == NULL)
		return file_no(f);
	memcpy(address, key, len);
	address[len] = '\0';
	if (peer_item(p, MSG_BACK_ROW, ref, &m, -1) == -1)
		return BACK_TEMP;
	*count = 1;
	return BACK_YES;
}

/* Key only: a domain has no further values. */
static enum back_status
file_domain(const char *key)
{
	const struct table_file *f = &env.file[TABLE_DOMAINS];

	if (f->good != NULL && table_find(f->good, key) != NULL)
		return BACK_YES;
	return file_no(f);
}

/*
 * The key is noted while it is worked on: should a row of it be what kills this
 * process, the question is set aside and not the table.
 */
static void
file_query(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	const struct msg_back_query *q = &m->back_query;
	union msg answ = {.back_query_answ = {.status = BACK_TEMP}};
	struct msg_back_query_answ *a = &answ.back_query_answ;

	(void)fd;
	proc_busy(q->key);
	file_check(p);
	switch (q->what) {
	case BACK_DOMAIN:
		a->status = file_domain(q->key);
		break;
	case BACK_MAILBOX:
		a->status = file_mailbox(p, ref, q->key, &a->count);
		break;
	case BACK_ALIAS:
		a->status = file_alias(p, ref, q->key, &a->count);
		break;
	case BACK_LIST:
		a->status = file_list(p, ref, q->key, &a->count);
		break;
	case BACK_FIRST:
		a->status = file_first(p, ref, &a->count);
		break;
	case BACK_AUTH:
		a->status = file_auth(p, ref, q, &a->count);
		break;
	default:
		break;
	}
	if (peer_answer(p, MSG_BACK_QUERY_ANSW, ref, &answ, -1) == -1)
		log_warnx("answer to lookupd not sent");
	proc_busy("");
}

/* lookupd may come and go; a new one has to be told the state. */
static void
file_peer_up(struct peer *p)
{
	if (peer_who(p) != PROC_LOOKUPD)
		return;
	env.told = false;
	file_check(p);
}

/* Nobody else ever asks: lookupd takes a new one when it comes back. */
static void
file_peer_gone(struct peer *p)
{
	if (peer_who(p) == PROC_LOOKUPD)
		proc_exit();
}

/* So that many questions of one turn cost three stat(2) calls and no more. */
static void
file_turn_end(void)
{
	env.checked = false;
}

static int
file_start(struct event_base *base)
{
	int i;

	(void)base;
	for (i = 0; i < TABLE_KINDS; i++) {
		table_file_init(&env.file[i], i);
		(void)table_file_check(&env.file[i]);
	}
	return 0;
}

static peer_handler *const handlers[MSG_MAX] = {
    [MSG_BACK_QUERY] = file_query,
};

static const struct proc_daemon daemon_row = {
    .id = PROC_BACKEND,
    .handlers = handlers,
    .start = file_start,
    .peer_up = file_peer_up,
    .peer_gone = file_peer_gone,
    .stop = proc_exit,
    .turn_end = file_turn_end,
};

int
main(int argc, char **argv)
{
	proc_main(&daemon_row, argc, argv);
}
