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
 * Options that contradict each other, and what they name on the disk.  Each
 * note stands at the line that set the option it is about.
 */

#include "conf_check.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "module.h"

#include "conf_listen.h"
#include "conf_module.h"

/* Pairs of paths of which one must never be the other. */
static const struct {
	enum option_id one, other;
} apart[] = {
    {OPT_PID_FILE, OPT_CONTROL_SOCKET},
    {OPT_QUEUE_PATH, OPT_CP_ERRORS_PATH},
    {OPT_QUEUE_PATH, OPT_OFFLINE_PATH},
    {OPT_CP_ERRORS_PATH, OPT_OFFLINE_PATH},
};

/* A note on id, at its line or that of the other option it is about. */
static void
note_pair(struct conf_report *report, enum conf_severity severity,
    enum option_id id, enum option_id other, const char *why)
{
	struct conf_place place = report->origin[id];

	if (place.name == NULL)
		place = report->origin[other];
	if (place.name == NULL)
		place.name = "default";
	place.column = 0;
	conf_report_add(
	    report, severity, &place, "%s %s", option_row(id)->name, why);
}

static void
note(struct conf_report *report, enum conf_severity severity, enum option_id id,
    const char *why)
{
	note_pair(report, severity, id, id, why);
}

/*
 * Compares paths but for slashes at their ends.  By text: what leads to one
 * place by a link is not found here.
 */
static bool
same_path(const char *a, const char *b)
{
	size_t alen = strlen(a), blen = strlen(b);

	while (alen > 1 && a[alen - 1] == '/')
		alen--;
	while (blen > 1 && b[blen - 1] == '/')
		blen--;
	return alen == blen && memcmp(a, b, alen) == 0;
}

static void
check_apart(const struct options *opts, struct conf_report *report)
{
	char why[OPTION_ERROR_MAX];
	size_t i;

	for (i = 0; i < sizeof(apart) / sizeof(apart[0]); i++) {
		if (!same_path(option_text(opts, apart[i].one),
			option_text(opts, apart[i].other)))
			continue;
		snprintf(why, sizeof(why), "must not be the same as %s",
		    option_row(apart[i].other)->name);
		note_pair(
		    report, CONF_ERROR, apart[i].one, apart[i].other, why);
	}
}

/*
 * Legal but hardly meant: warned about, never refused, for an old file must
 * keep working.
 */
static void
check_limits(const struct options *opts, struct conf_report *report)
{
	static const enum option_id levels[] = {
	    OPT_FROM_LEVEL_CHECK, OPT_RCPT_LEVEL_CHECK};
	int64_t buf = option_num(opts, OPT_LIMIT_BUF);
	size_t i;

	if (buf > 0 && option_num(opts, OPT_LIMIT_CNX) > buf)
		note_pair(report, CONF_WARNING, OPT_LIMIT_CNX, OPT_LIMIT_BUF,
		    "is larger than Limit_buf: no flood will be seen");
	if (option_num(opts, OPT_MAX_HEADER_SIZE) >
	    option_num(opts, OPT_MAX_MAIL_SIZE))
		note_pair(report, CONF_WARNING, OPT_MAX_HEADER_SIZE,
		    OPT_MAX_MAIL_SIZE, "is larger than Max_mail_size");
	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (option_num(opts, levels[i]) == -1)
			note(report, CONF_WARNING, levels[i],
			    "-1 takes mail for unknown users, whose bounces "
			    "hit strangers");
}

/* Whether a Module line gives that name, as a program's or as a module's. */
static bool
is_loaded(const struct options *opts, const char *name, size_t len)
{
	struct module m;
	size_t i;

	for (i = 0; i < option_count(opts, OPT_MODULE); i++) {
		if (module_parse(option_nth(opts, OPT_MODULE, i), &m) == 0 &&
		    strlen(m.name) == len && memcmp(m.name, name, len) == 0)
			return true;
	}
	return false;
}

static void
check_modseq(
    const struct options *opts, struct conf_report *report, enum option_id id)
{
	/* lookupd would refuse what it is to order; an old file may order
	 * for logins what is not loaded, but not what was never there. */
	bool is_auth = id == OPT_MODSEQ_AUTH;
	const char *p = option_text(opts, id);
	char why[OPTION_ERROR_MAX];
	size_t len;

	for (; (len = module_next(&p)) > 0; p += len) {
		if (is_loaded(opts, p, len))
			continue;
		snprintf(why, sizeof(why),
		    "names \"%.*s\", which no Module line loads", (int)len, p);
		note(report,
		    is_auth && conf_module_is_program(p, len) ? CONF_WARNING :
								CONF_ERROR,
		    id, why);
	}
}

/* Names tell modules apart: in Modseq_*, in the log, in selorctl. */
static void
check_name(const struct options *opts, struct conf_report *report, size_t place)
{
	struct module one, other;
	char why[OPTION_ERROR_MAX];
	size_t i;

	if (module_parse(option_nth(opts, OPT_MODULE, place), &one) == -1)
		return;
	for (i = 0; i < place; i++) {
		if (module_parse(option_nth(opts, OPT_MODULE, i), &other) ==
			-1 ||
		    strcmp(one.name, other.name) != 0)
			continue;
		snprintf(why, sizeof(why),
		    "gives two modules the name \"%s\": write \"%s:NAME\" to "
		    "tell them apart",
		    one.name, one.program);
		note(report, CONF_ERROR, OPT_MODULE, why);
		return;
	}
}

static void
check_modules(const struct options *opts, struct conf_report *report)
{
	size_t i;

	for (i = 0; i < option_count(opts, OPT_MODULE); i++)
		check_name(opts, report, i);
	check_modseq(opts, report, OPT_MODSEQ_AUTH);
	check_modseq(opts, report, OPT_MODSEQ_DOMAIN);
	check_modseq(opts, report, OPT_MODSEQ_MAIL);
	check_modseq(opts, report, OPT_MODSEQ_ALIAS);
}

static void
check_listeners(const struct options *opts, struct conf_report *report)
{
	struct conf_listen one, other;
	size_t i, j, count = option_count(opts, OPT_LISTEN);

	if (count > 0 && option_is_set(opts, OPT_PORT))
		note(report, CONF_WARNING, OPT_PORT,
		    "is not used, because Listen is given");
	for (i = 0; i < count; i++) {
		if (conf_listen_parse(option_nth(opts, OPT_LISTEN, i), &one) ==
		    -1)
			continue;
		if (one.proxy && option_text(opts, OPT_PROXY_FROM)[0] == '\0')
			note(report, CONF_WARNING, OPT_LISTEN,
			    "with \"proxy\" lets nobody in: Proxy_from is "
			    "empty");
		for (j = 0; j < i; j++) {
			if (conf_listen_parse(
				option_nth(opts, OPT_LISTEN, j), &other) == 0 &&
			    one.addr.len == other.addr.len &&
			    memcmp(&one.addr.ss, &other.addr.ss,
				one.addr.len) == 0)
				note(report, CONF_ERROR, OPT_LISTEN,
				    "names the same address and port twice");
		}
	}
}

/* What was set but does nothing yet should not surprise anybody. */
static void
check_later(const struct options *opts, struct conf_report *report)
{
	size_t i;

	for (i = 0; i < OPT_COUNT; i++) {
		if ((option_row(i)->flags & OPTION_LATER) &&
		    option_is_set(opts, i) &&
		    strcmp(option_text(opts, i), option_row(i)->dflt) != 0)
			note(report, CONF_WARNING, i, "is not yet effective");
	}
}

/* The manual's default lacks its '>'; everybody else gets it bare. */
static void
normalise(struct options *opts)
{
	char text[OPTION_TEXT_MAX], error[OPTION_ERROR_MAX];

	if (option_is_set(opts, OPT_REPORT_FROM))
		return;
	strlcpy(text, option_text(opts, OPT_REPORT_FROM), sizeof(text));
	if (conf_check_value(OPT_REPORT_FROM, text, error) == CONF_FINE)
		option_set(opts, OPT_REPORT_FROM, text, NULL);
}

void
conf_check_together(struct options *opts, struct conf_report *report)
{
	const char *key = option_text(opts, OPT_SRS_KEY);

	normalise(opts);
	check_limits(opts, report);
	check_apart(opts, report);
	check_modules(opts, report);
	check_listeners(opts, report);
	if (strcmp(key, option_text(opts, OPT_SERVER_NAME)) == 0)
		note(report, CONF_WARNING, OPT_SRS_KEY,
		    "is the name of the server, which everybody knows");
	check_later(opts, report);
}

/*
 * Complains unless a path leads to what the mode says.  A warning where the
 * program has a default for what is missing; an error for rules, since without
 * them mail passes that they would refuse.
 */
static void
check_exists(struct conf_report *report, enum option_id id, const char *path,
    mode_t mode)
{
	char why[OPTION_ERROR_MAX];
	const char *reason = NULL;
	struct stat st;

	if (stat(path, &st) == -1)
		reason = strerror(errno);
	else if ((st.st_mode & S_IFMT) != mode)
		reason =
		    mode == S_IFDIR ? "not a directory" : "not a regular file";
	if (reason == NULL)
		return;
	snprintf(why, sizeof(why), "leads nowhere: %.150s: %s", path, reason);
	note(report,
	    option_row(id)->type == OPTION_EVENT ? CONF_ERROR : CONF_WARNING,
	    id, why);
}

void
conf_check_files(const struct options *opts, struct conf_report *report)
{
	const char *text;
	size_t i;

	for (i = 0; i < OPT_COUNT; i++) {
		text = option_text(opts, i);
		if (option_row(i)->type == OPTION_EVENT && text[0] == '/')
			check_exists(report, i, text, S_IFREG);
	}
	check_exists(report, OPT_REPORT_FILE,
	    option_text(opts, OPT_REPORT_FILE), S_IFREG);
}
