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
 * sendmail(8); see its manual page.  A message that is read is either with
 * smtpd, or kept in Offline_path, or refused with a line on stderr and a
 * code of sysexits(3) when this returns.
 */
#include "sendmail.h"

#include <err.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "compose.h"
#include "faces.h"
#include "keep.h"
#include "recipients.h"
#include "sendmail_args.h"
#include "submit.h"

/* A smtpd that was just restarted gets this many more chances, a second
 * apart, before the message is kept. */
#define TRIES 3
#define ERROR_MAX 256

/* Each argument may be a list, as in old times. */
static int
add_arguments(struct mail *m, char **argv)
{
	char error[ERROR_MAX];

	for (; *argv != NULL; argv++)
		if (recipients_from_list(&m->envelope, *argv, strlen(*argv),
			error, sizeof(error)) == -1) {
			warnx("recipient %s", error);
			return EX_DATAERR;
		}
	return 0;
}

/*
 * Reads the message, and with -t who gets it.  Recipients are looked for before
 * the message is read: a program that forgot them should hear it at once.
 */
static int
read_letter(struct mail *m)
{
	char error[ERROR_MAX];
	int r;

	if (!m->from_header && m->envelope.count == 0)
		return sendmail_args_usage("name the recipients, or use -t", 0);
	r = letter_read(&m->letter, STDIN_FILENO, !m->dots);
	if (r != 0 || !m->from_header)
		return r;
	if (recipients_from_header(&m->envelope, m->letter.header,
		m->letter.header_len, error, sizeof(error)) == -1) {
		warnx("recipient %s", error);
		return EX_DATAERR;
	}
	if (m->envelope.count == 0)
		return sendmail_args_usage(
		    "no recipient in the header, nor as argument", 0);
	return 0;
}

/*
 * Who calls, and by what name: -F, or the first part of the GECOS field.  One
 * with an "&", which stands for the login, is not worth unfolding.
 */
static void
find_caller(struct mail *m, char *name, size_t size)
{
	struct passwd *pw = getpwuid(getuid());
	size_t n;

	*name = '\0';
	if (pw == NULL)
		snprintf(m->login, sizeof(m->login), "uid%u",
		    (unsigned int)getuid());
	else
		strlcpy(m->login, pw->pw_name, sizeof(m->login));
	if (m->name != NULL)
		strlcpy(name, m->name, size);
	else if (pw != NULL && pw->pw_gecos != NULL) {
		n = strcspn(pw->pw_gecos, ",");
		if (n < size && memchr(pw->pw_gecos, '&', n) == NULL) {
			memcpy(name, pw->pw_gecos, n);
			name[n] = '\0';
		}
	}
}

/*
 * Df_domain or Server_name, where the file says one.  Not the host's own name,
 * unless nobody says anything: what smtpd answers to EHLO is better.
 */
static void
find_domain(struct mail *m)
{
	const struct options *o = m->settings.options;
	const char *text = option_text(o, OPT_DF_DOMAIN);

	m->domain[0] = '\0';
	if (*text == '\0' && option_is_set(o, OPT_SERVER_NAME))
		text = option_text(o, OPT_SERVER_NAME);
	strlcpy(m->domain, text, sizeof(m->domain));
}

/* Any user may set any: smtpd logs the uid that the kernel gives it. */
static int
set_sender(struct mail *m)
{
	struct envelope one;
	char error[ERROR_MAX];
	int r;

	if (m->from == NULL)
		return envelope_set_sender(
		    &m->envelope, m->login, strlen(m->login));
	if (*m->from == '\0' || strcmp(m->from, "<>") == 0)
		return envelope_set_sender(&m->envelope, "", 0);
	envelope_init(&one);
	r = recipients_from_list(
	    &one, m->from, strlen(m->from), error, sizeof(error));
	if (r == 0 && one.count == 1)
		r = envelope_set_sender(&m->envelope, one.rcpts[0].address,
		    strlen(one.rcpts[0].address));
	else {
		warnx("sender %s", r == -1 ? error : m->from);
		r = -1;
	}
	envelope_clear(&one);
	return r;
}

/*
 * Completes the header.  server is smtpd's name, "" if it was not reached.
 * Once, before the first try: what is kept later has the same Date and
 * Message-ID.
 */
static int
complete(struct mail *m, const char *name, const char *server)
{
	char address[512], host[256];
	const char *domain = m->domain, *sender = m->envelope.sender;
	struct compose c = {.address = address, .name = name};

	if (*domain == '\0')
		domain = server;
	if (*domain == '\0') {
		if (gethostname(host, sizeof(host)) == -1)
			strlcpy(host, "localhost", sizeof(host));
		host[sizeof(host) - 1] = '\0';
		domain = host;
	}
	if (*sender == '\0')
		sender = m->login;
	snprintf(address, sizeof(address), "%.400s%s%s", sender,
	    strchr(sender, '@') != NULL ? "" : "@",
	    strchr(sender, '@') != NULL ? "" : domain);
	c.domain = domain;
	c.zone = option_text(m->settings.options, OPT_TIMEZONE);
	if (compose_header(&m->letter, &c) == 0)
		return 0;
	warn("completing the header");
	return EX_TEMPFAIL;
}

/* Keeps it for the recipients that wait.  0, or -1 after a line. */
static int
keep_rest(const struct mail *m)
{
	return keep_write(option_text(m->settings.options, OPT_OFFLINE_PATH),
	    &m->envelope, &m->letter);
}

/*
 * Tells what became of it; the code to exit with.  Recipients that were refused
 * are told one by one; the exit code can hold only one of them.
 */
static int
conclude(struct mail *m, const struct submit *s, enum submit_status status)
{
	struct envelope *e = &m->envelope;
	int r = 0;
	size_t i;

	for (i = 0; i < e->count; i++) {
		if (e->rcpts[i].state != RCPT_REFUSED)
			continue;
		warnx("%s: %s", e->rcpts[i].address,
		    e->rcpts[i].text == NULL ? "refused" : e->rcpts[i].text);
		r = submit_exit_code(e->rcpts[i].code, true);
	}
	switch (status) {
	case SUBMIT_OK:
		return r;
	case SUBMIT_PERM:
		warnx("%s", s->text);
		return submit_exit_code(s->code, false);
	case SUBMIT_AWAY:
		if (m->verbose)
			warnx("%s; the message is kept", s->text);
		return keep_rest(m) == 0 ? r : EX_TEMPFAIL;
	case SUBMIT_TEMP:
		warnx("%s", s->text);
		/* A caller who tries again would send it twice to those who
		 * have it already: the rest is kept for them. */
		if (envelope_count(e, RCPT_SENT) == 0)
			return EX_TEMPFAIL;
		return keep_rest(m) == 0 ? r : EX_TEMPFAIL;
	}
	return EX_SOFTWARE;
}

/*
 * "Away" behind a connection is a restart that is under way: it is worth a
 * few seconds.  Recipients that have it keep their state between the tries.
 */
static int
send_letter(struct mail *m, const char *name)
{
	enum submit_status status;
	char path[SETTINGS_PATH_MAX];
	bool completed = false, reached;
	struct submit s;
	int tries = 0;

	if (settings_socket(&m->settings, "submit", path) == -1) {
		warnx("Control_socket is too long");
		return EX_CONFIG;
	}
	do {
		if (tries > 0)
			sleep(1);
		status = submit_open(&s, path, m->verbose);
		reached = s.reached;
		if (!completed && complete(m, name, s.server) != 0) {
			submit_close(&s);
			return EX_TEMPFAIL;
		}
		completed = true;
		if (status == SUBMIT_OK)
			status = submit_send(&s, &m->envelope, &m->letter);
		submit_close(&s);
	} while (status == SUBMIT_AWAY && reached && ++tries < TRIES);
	return conclude(m, &s, status);
}

/* All that can be wrong with the arguments is found before the message is
 * read. */
static int
send_mail(struct mail *m, char **argv)
{
	char name[256];
	int r;

	if (settings_read(&m->settings, m->conf) == -1)
		return EX_CONFIG;
	find_caller(m, name, sizeof(name));
	find_domain(m);
	r = set_sender(m) == -1 ? EX_DATAERR : 0;
	if (r == 0 && (r = add_arguments(m, argv)) == 0 &&
	    (r = read_letter(m)) == 0) {
		if (*m->domain != '\0' &&
		    envelope_qualify(&m->envelope, m->domain) == -1)
			r = EX_TEMPFAIL;
		else
			r = send_letter(m, name);
	}
	settings_clear(&m->settings);
	return r;
}

int
sendmail_main(int argc, char **argv)
{
	struct mail m = {.mode = MODE_MAIL};
	int r;

	envelope_init(&m.envelope);
	letter_init(&m.letter);
	if ((r = sendmail_args_parse(&m, argc, argv)) != 0)
		return r;
	switch (m.mode) {
	case MODE_MAIL:
		r = send_mail(&m, argv + optind);
		break;
	case MODE_SMTP:
		r = faces_session(m.conf);
		break;
	case MODE_QUEUE:
		r = faces_mailq(m.conf);
		break;
	case MODE_ALIASES:
		r = faces_newaliases(m.conf);
		break;
	case MODE_FLUSH:
		r = faces_flush(m.conf, m.flush);
		break;
	}
	letter_clear(&m.letter);
	envelope_clear(&m.envelope);
	return r;
}
