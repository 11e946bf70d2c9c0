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
 * Control connections; see client.h.  The loop runs only while a call is in
 * flight, so all of this looks synchronous from outside.
 */
#include "client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

/*
 * One connection to one daemon.  What an answer brings is copied here by its
 * callback, for the message lives only as long as that.
 */
struct client {
	struct event_base *base;
	struct peer *peer; /* NULL: it has gone */
	char name[64];
	client_line *line;
	void *arg;
	/* not there, or no such question: not a word about it */
	bool quiet;
	bool busy; /* a call is in flight */
	enum peer_result result;
	enum ctl_status status;
	uint32_t count;
	char text[512];
};

/* The text lives during the call: what is to be kept is copied there. */
static void
on_line(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct client *c = peer_data(p);

	(void)ref;
	(void)fd;
	if (c->line != NULL)
		c->line(m->ctl_line.line, c->arg);
}

/*
 * A daemon sends us nothing but the lines that a call asked for; anything else
 * breaches the contract and ends the connection.
 */
static peer_handler *const handlers[MSG_MAX] = {[MSG_CTL_LINE] = on_line};

/* The peer frees itself; calls in flight have ended with PEER_GONE before. */
static void
on_gone(struct peer *p, const char *why)
{
	struct client *c = peer_data(p);

	if (why != NULL)
		warnx("%s: %s", c->name, why);
	c->peer = NULL;
}

static const struct peer_hooks hooks = {.handlers = handlers, .gone = on_gone};

/*
 * The client whose call runs, the innermost: a line of one list may ask
 * another client.  Each client has a loop of its own, so an inner call can not
 * end an outer one, and the answer that comes is always that of the innermost.
 */
static struct client *current;

/*
 * Callbacks get no pointer of ours, only a number: which client it is says
 * "current".
 */
static void
on_list(uint64_t ref, enum peer_result result, const union msg *m, int fd)
{
	(void)ref;
	(void)fd;
	current->busy = false;
	current->result = result;
	if (result != PEER_ANSWER)
		return;
	current->status = m->ctl_list_answ.status;
	current->count = m->ctl_list_answ.count;
}

static void
on_act(uint64_t ref, enum peer_result result, const union msg *m, int fd)
{
	(void)ref;
	(void)fd;
	current->busy = false;
	current->result = result;
	if (result != PEER_ANSWER)
		return;
	current->status = m->ctl_act_answ.status;
	current->count = m->ctl_act_answ.count;
	strlcpy(current->text, m->ctl_act_answ.text, sizeof(current->text));
}

static void
on_trace(uint64_t ref, enum peer_result result, const union msg *m, int fd)
{
	(void)ref;
	(void)fd;
	current->busy = false;
	current->result = result;
	if (result == PEER_ANSWER)
		current->status = m->ctl_trace_answ.status;
}

/*
 * -1 with errno, for say_unreachable.  Blocks only as long as the listener's
 * queue is full.  A path that does not fit is refused, never cut: the cut one
 * might exist too.
 */
static int
connect_to(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd, saved;

	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* The three ways to fail that people meet, in words that name the remedy. */
static void
say_unreachable(const char *name, const char *path)
{
	if (errno == ENOENT || errno == ECONNREFUSED)
		warnx("%s does not run: nothing listens on %s", name, path);
	else if (errno == EACCES)
		warnx("%s: only root and the operators' group may", path);
	else
		warn("%s", path);
}

/*
 * The process whose name that is, up to a dot.  "smtpd.2" and "smtpd" are the
 * same kind of process: kind decides which messages may pass, the rest of the
 * name only which socket it is.
 */
static enum proc_id
process_of(const char *name)
{
	size_t len = strcspn(name, ".");
	int id;

	for (id = 0; id < PROC_MAX; id++)
		if (strlen(msg_proc_name(id)) == len &&
		    strncmp(msg_proc_name(id), name, len) == 0)
			return id;
	return PROC_MAX;
}

/*
 * The name becomes a part of a path, hence the slash is refused even though the
 * socket's directory is not a secret.  No memory is fatal here: this is a
 * command and has nothing to keep.
 */
struct client *
client_open(const struct settings *s, const char *name, int quiet)
{
	enum proc_id who = process_of(name);
	char path[SETTINGS_PATH_MAX];
	struct client *c;
	int fd = -1;

	if (who == PROC_MAX || strchr(name, '/') != NULL) {
		warnx("there is no daemon \"%s\"", name);
		return NULL;
	}
	if (settings_socket(s, name, path) == -1 ||
	    (fd = connect_to(path)) == -1) {
		if (!quiet)
			say_unreachable(name, path);
		return NULL;
	}
	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->base = event_base_new()) == NULL ||
	    (c->peer = peer_new(
		 c->base, fd, PROC_CTL, PEER_ID(who, 0), &hooks)) == NULL)
		err(1, "%s", name);
	c->quiet = quiet;
	strlcpy(c->name, name, sizeof(c->name));
	peer_set_data(c->peer, c);
	return c;
}

void
client_close(struct client *c)
{
	if (c == NULL)
		return;
	peer_free(c->peer);
	event_base_free(c->base);
	free(c);
}

enum ctl_status
client_status(const struct client *c)
{
	return c->status;
}

/*
 * Runs a call to its end.  0, or -1: there was no answer.  The result stands at
 * GONE before the call, so a connection that closes without a word needs no
 * case of its own.
 */
static int
run_call(
    struct client *c, enum msg_type type, const union msg *m, peer_done *done)
{
	struct client *outer = current;

	current = c;
	c->text[0] = '\0';
	c->result = PEER_GONE;
	c->busy = c->peer != NULL &&
	    peer_call(c->peer, type, m, -1, PEER_THEN(done, 0)) == 0;
	while (c->busy) {
		peer_flush_all();
		if (event_base_loop(c->base, EVLOOP_ONCE) != 0)
			break;
	}
	current = outer;
	if (c->result == PEER_ANSWER)
		return 0;
	if (!c->quiet)
		warnx(c->result == PEER_TIMEOUT ?
			"%s gives no answer" :
			"%s has closed the connection",
		    c->name);
	return -1;
}

/*
 * What a daemon says no to, in words.  Quiet: the caller asks many, and some do
 * not know the question.  A denial is told even to the quiet: it does not
 * depend on the daemon.
 */
static int
check_status(struct client *c)
{
	switch (c->status) {
	case CTL_OK:
		return 0;
	case CTL_NOT_FOUND:
		if (!c->quiet)
			warnx("%s", *c->text != '\0' ? c->text : "not found");
		return -1;
	case CTL_DENIED:
		warnx("%s: only root and the operators' group may", c->name);
		return -1;
	case CTL_BAD_QUERY:
		if (!c->quiet)
			warnx("%s: %s", c->name,
			    *c->text != '\0' ? c->text :
					       "does not know that query");
		return -1;
	}
	warnx("%s: unknown answer", c->name);
	return -1;
}

int
client_list(struct client *c, enum ctl_list what, const char *query,
    client_line *line, void *arg)
{
	union msg m = {.ctl_list = {.what = what, .query = query}};

	c->line = line;
	c->arg = arg;
	if (run_call(c, MSG_CTL_LIST, &m, on_list) == -1)
		return -1;
	return check_status(c);
}

int64_t
client_act(struct client *c, enum ctl_action action, const char *query,
    char *text, size_t size)
{
	union msg m = {.ctl_act = {.action = action, .query = query}};

	if (run_call(c, MSG_CTL_ACT, &m, on_act) == -1 || check_status(c) == -1)
		return -1;
	strlcpy(text, c->text, size);
	return c->count;
}

/*
 * Ends only when the daemon goes or when it is interrupted, so there is no
 * success to return.  An answer at all means a refusal: one may trace.
 */
int
client_trace(struct client *c, client_line *line, void *arg)
{
	union msg m = {.ctl_trace = {.mask = UINT32_MAX}};

	c->line = line;
	c->arg = arg;
	if (run_call(c, MSG_CTL_TRACE, &m, on_trace) == 0)
		warnx("%s is traced by another", c->name);
	return -1;
}
