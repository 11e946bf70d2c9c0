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
 * selorctl retry, hold, release, remove, pause, resume, flush.  See
 * commands.h.
 */
#include <ctype.h>
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "daemons.h"
#include "filter.h"

/* What an action answers in words: bytes, as client.h keeps them. */
#define TEXT_MAX 512

/*
 * Carries an action out, call by call, for as long as there is more.  The
 * messages it applied to, or -1 after a line on stderr: those of the calls
 * before the failed one have been acted on all the same, and a repeated command
 * finds them as they are then.
 */
static int64_t
act_query(struct client *c, enum ctl_action action, const char *query)
{
	char text[TEXT_MAX], next[FILTER_MAX + 80];
	int64_t n, all = 0;

	/* One call looks at a bounded number of messages, so that queued is
	 * never busy with us for long; "more" is where to go on. */
	strlcpy(next, query, sizeof(next));
	do {
		n = client_act(c, action, next, text, sizeof(text));
		if (n == -1)
			return -1;
		all += n;
		if (strncmp(text, "more=", 5) == 0)
			snprintf(next, sizeof(next), "%s after=%.64s", query,
			    text + 5);
	} while (strncmp(text, "more=", 5) == 0);
	return all;
}

/*
 * One query, as the words of the command line make it.  The status says whether
 * anything matched: a script that names a message wants to know that it is not
 * there, one that names everything does not mind an empty queue.
 */
static int
act_filter(
    struct settings *s, enum ctl_action action, const char *done, char **argv)
{
	struct client *c;
	struct filter f;
	int64_t n;

	if (filter_parse(&f, argv) == -1)
		return 1;
	/* queued acts on all that match: "only five of them" it does not know,
	 * and to remove more than was asked for can not be undone. */
	if (f.limit > 0) {
		warnx("limit= is for \"show queue\" alone");
		return COMMAND_USAGE;
	}
	if ((c = client_open(s, "queued", 0)) == NULL)
		return 1;
	n = act_query(c, action, f.query);
	client_close(c);
	if (n == -1)
		return 1;
	printf("%" PRId64 " message%s %s\n", n, n == 1 ? "" : "s", done);
	return n > 0 || *f.query == '\0' ? 0 : 1;
}

/*
 * Several ids are several queries; the worst status counts.  An id is a message
 * of its own, while key=value words limit each other: so ids are never mixed
 * with them in one query.
 */
static int
act_messages(
    struct settings *s, enum ctl_action action, const char *done, char **argv)
{
	char *one[2] = {NULL, NULL};
	int i, one_r, r = 0;

	for (i = 0; argv[i] != NULL; i++)
		if (strchr(argv[i], '=') != NULL || strcmp(argv[i], "all") == 0)
			return act_filter(s, action, done, argv);
	if (i < 2)
		return act_filter(s, action, done, argv);
	for (i = 0; argv[i] != NULL; i++) {
		one[0] = argv[i];
		if ((one_r = act_filter(s, action, done, one)) != 0)
			r = one_r;
	}
	return r;
}

/* Without words all that waits is meant, since a try too many harms nobody. */
int
act_retry(struct settings *s, char **argv)
{
	return act_messages(s, CTL_RETRY, "to be tried now", argv);
}

/*
 * What changes mail for good, or stops it, does not take silence for "all": an
 * empty variable in a script would be one.
 */
static int
need_filter(const char *command, char **argv)
{
	if (argv[0] != NULL)
		return 0;
	warnx("%s needs an id, a filter, or \"all\"", command);
	return COMMAND_USAGE;
}

int
act_hold(struct settings *s, char **argv)
{
	int r = need_filter("hold", argv);

	return r != 0 ? r : act_messages(s, CTL_HOLD, "held", argv);
}

int
act_release(struct settings *s, char **argv)
{
	int r = need_filter("release", argv);

	return r != 0 ? r : act_messages(s, CTL_RELEASE, "released", argv);
}

/*
 * A slip must not cost a queue: only an id is removed unasked.  A pipe is not
 * asked: who writes a script has had the time to think.
 */
static bool
is_sure(char **argv)
{
	char answer[16];
	int i;

	if (!isatty(STDIN_FILENO))
		return true;
	for (i = 0; argv[i] != NULL; i++)
		if (strchr(argv[i], '=') != NULL || strcmp(argv[i], "all") == 0)
			break;
	if (argv[i] == NULL)
		return true;
	printf("Remove every message that matches? [y/N] ");
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) != NULL &&
	    tolower((unsigned char)answer[0]) == 'y';
}

int
act_remove(struct settings *s, char **argv)
{
	bool yes = argv[0] != NULL && strcmp(argv[0], "-y") == 0;
	int r;

	if (yes)
		argv++;
	if ((r = need_filter("remove", argv)) != 0)
		return r;
	if (!yes && !is_sure(argv)) {
		warnx("nothing was removed");
		return 1;
	}
	return act_messages(s, CTL_REMOVE, "removed", argv);
}

/* What the walk over the instances of smtpd carries. */
struct gate {
	enum ctl_action action;
	int failed;
};

/*
 * One that fails does not keep the others from being told: mail should stop at
 * as many doors as it can.
 */
static void
gate_smtpd(struct client *c, const char *name, void *arg)
{
	struct gate *g = arg;
	char text[TEXT_MAX];

	(void)name;
	if (client_act(c, g->action, "in", text, sizeof(text)) == -1)
		g->failed = 1;
}

/*
 * All doors or a failure: mail that still comes in at one of them is what the
 * administrator believes to have stopped.
 */
static int
gate_in(struct settings *s, enum ctl_action action)
{
	struct gate g = {action, 0};

	if (daemons_each_smtpd(s, gate_smtpd, &g) == 0 || g.failed)
		return 1;
	printf("new mail is %s\n",
	    action == CTL_PAUSE ? "refused for now" : "taken again");
	return 0;
}

/*
 * queued alone decides what goes out; it knows "out" and "local" from a domain,
 * which therefore can not be called so.
 */
static int
gate_out(struct settings *s, enum ctl_action action, const char *what)
{
	struct client *c = client_open(s, "queued", 0);
	bool all = strcmp(what, "out") == 0;
	char text[TEXT_MAX];
	int64_t n;

	if (c == NULL)
		return 1;
	n = client_act(c, action, what, text, sizeof(text));
	client_close(c);
	if (n == -1)
		return 1;
	printf("delivery%s%s %s\n", all ? "" : " to ", all ? "" : what,
	    action == CTL_PAUSE ? "pauses" : "goes on");
	return 0;
}

static int
gate(struct settings *s, enum ctl_action action, const char *what)
{
	return strcmp(what, "in") == 0 ? gate_in(s, action) :
					 gate_out(s, action, what);
}

int
act_pause(struct settings *s, char **argv)
{
	if (argv[0] == NULL || argv[1] != NULL) {
		warnx("pause what: in, out, local or a domain");
		return COMMAND_USAGE;
	}
	return gate(s, CTL_PAUSE, argv[0]);
}

/*
 * Without a word both ways are opened.  The second is tried even where the
 * first failed, and either failure is told by the status.
 */
int
act_resume(struct settings *s, char **argv)
{
	int r;

	if (argv[0] != NULL && argv[1] != NULL) {
		warnx("resume what: in, out, local or a domain");
		return COMMAND_USAGE;
	}
	if (argv[0] != NULL)
		return gate(s, CTL_RESUME, argv[0]);
	r = gate(s, CTL_RESUME, "in");
	return gate(s, CTL_RESUME, "out") == 0 ? r : 1;
}

int
act_flush(struct settings *s, char **argv)
{
	char *none[] = {NULL}, text[TEXT_MAX];
	struct client *c;
	int64_t n;

	if (argv[0] != NULL) {
		warnx("flush takes no argument; see retry");
		return COMMAND_USAGE;
	}
	/* Old answers of the DNS may be why it waits. */
	if ((c = client_open(s, "lookupd", 0)) == NULL)
		return 1;
	n = client_act(c, CTL_FLUSH, "", text, sizeof(text));
	client_close(c);
	return n == -1 ? 1 : act_retry(s, none);
}
