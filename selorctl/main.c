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
 * selorctl(8), and sendmail(8), mailq(8), newaliases(8) by the name it is
 * called with.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "enqueue.h"
#include "faces.h"
#include "report.h"
#include "sendmail.h"

static const struct {
	const char *word, *second; /* "show" and what; or a command alone */
	command_run *run;
} commands[] = {
    {"show", "queue", show_queue},
    {"show", "message", show_message},
    {"show", "stats", show_stats},
    {"show", "sessions", show_sessions},
    {"show", "options", show_options},
    {"queue", NULL, show_queue},
    {"retry", NULL, act_retry},
    {"hold", NULL, act_hold},
    {"release", NULL, act_release},
    {"remove", NULL, act_remove},
    {"pause", NULL, act_pause},
    {"resume", NULL, act_resume},
    {"flush", NULL, act_flush},
    {"reload", NULL, process_reload},
    {"stop", NULL, process_stop},
    {"log", NULL, watch_log},
    {"trace", NULL, watch_trace},
    {"encrypt", NULL, encrypt_password},
    {"rules", "check", rules_check},
    {"rules", "explain", rules_explain},
};

static int
usage(void)
{
	fprintf(stderr,
	    "usage: selorctl [-c file] [--json] command\n"
	    "  show queue [filter ...] | show message ID\n"
	    "  show stats [daemon] | show sessions | show options [daemon]\n"
	    "  retry [ID | filter ...] | hold | release | remove [-y] ...\n"
	    "  pause in | out | local | domain, resume, flush\n"
	    "  reload, stop, encrypt\n"
	    "  rules check file ...\n"
	    "  rules explain [-r] [-f file] event [fact=value ...]\n"
	    "  log [central | summary | warning | refused] [-f] [text]\n"
	    "  trace daemon[.instance]\n"
	    "filters: sender=ADDRESS domain=DOMAIN older=AGE state=STATE\n"
	    "    limit=N all\n");
	return COMMAND_USAGE;
}

/*
 * Options before or behind the command's words; they are taken out.  In place,
 * so that commands see their own words only.
 */
static int
take_options(char **argv, const char **conf, bool *json)
{
	char **in = argv + 1, **out = argv + 1;

	for (; *in != NULL; in++) {
		if (strcmp(*in, "--json") == 0)
			*json = true;
		else if (strcmp(*in, "-c") == 0) {
			if (*++in == NULL) {
				warnx("-c needs a file");
				return -1;
			}
			*conf = *in;
		} else
			*out++ = *in;
	}
	*out = NULL;
	return 0;
}

/*
 * The configuration is read for each command; what is wrong in it is for the
 * parent to tell.
 */
static int
run_command(char **argv, const char *conf)
{
	struct settings s;
	size_t i;
	int r;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[0], commands[i].word) != 0)
			continue;
		if (commands[i].second == NULL)
			argv += 1;
		else if (argv[1] != NULL &&
		    strcmp(argv[1], commands[i].second) == 0)
			argv += 2;
		else
			continue;
		if (settings_read(&s, conf) == -1)
			return 1;
		r = commands[i].run(&s, argv);
		settings_clear(&s);
		return r;
	}
	if (strcmp(argv[0], "show") == 0)
		warnx("show what: queue, message, stats, sessions, options");
	else if (strcmp(argv[0], "rules") == 0)
		warnx("rules what: check, explain");
	else
		warnx("there is no command \"%s\"", argv[0]);
	return COMMAND_USAGE;
}

/*
 * "enqueue" is the parent's own and no command for people: it takes no options.
 */
static int
selorctl_main(int argc, char **argv)
{
	const char *conf = NULL;
	bool json = false;
	int r;

	if (argc == 3 && strcmp(argv[1], "enqueue") == 0)
		return enqueue(argv[2]);
	if (take_options(argv, &conf, &json) == -1)
		return COMMAND_USAGE;
	if (argv[1] == NULL)
		return usage();
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "--help") == 0) {
		(void)usage();
		return 0;
	}
	report_init(json);
	r = run_command(argv + 1, conf);
	if (fflush(stdout) != 0 && r == 0)
		return 1;
	return r;
}

/* mailq and newaliases: -C file alone, like sendmail. */
static int
face(int argc, char **argv, int (*run)(const char *))
{
	const char *conf = NULL;

	if (argc == 3 &&
	    (strcmp(argv[1], "-C") == 0 || strcmp(argv[1], "-c") == 0))
		conf = argv[2];
	else if (argc != 1) {
		warnx("only -C file is known here");
		return 64;
	}
	return run(conf);
}

/*
 * SIGPIPE is ignored: a reader that has gone is an error of a write, which each
 * command sees.
 */
int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');

	name = name == NULL ? argv[0] : name + 1;
	signal(SIGPIPE, SIG_IGN);
	if (strcmp(name, "sendmail") == 0)
		return sendmail_main(argc, argv);
	if (strcmp(name, "mailq") == 0)
		return face(argc, argv, faces_mailq);
	if (strcmp(name, "newaliases") == 0)
		return face(argc, argv, faces_newaliases);
	return selorctl_main(argc, argv);
}
