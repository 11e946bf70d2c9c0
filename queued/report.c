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
 * report.c: the administrator's template of error reports.
 */

#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"
#include "dest.h"
#include "log.h"
#include "override.h"
#include "proc.h"
#include "queued.h"

static const char builtin[] =
    "This is the mail system at host %N.\n"
    "\n"
    "Your message could not be delivered to one or more recipients.\n"
    "What is known about each of them stands below.  No further attempt\n"
    "will be made.\n"
    "\n"
    "If you need help, write to <%A> and include this report.\n";

static char *template;

/* Read whole at once: the file may be edited while reports are made. */
void
report_set(int fd)
{
	char *text;
	size_t len = 0;
	ssize_t n = 0;

	free(template);
	template = NULL;
	if (fd == -1 || (text = malloc(REPORT_FILE_MAX + 1)) == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	while (len < REPORT_FILE_MAX &&
	    ((n = pread(fd, text + len, REPORT_FILE_MAX - len, (off_t)len)) >
		    0 ||
		(n == -1 && errno == EINTR)))
		len += n > 0 ? (size_t)n : 0;
	close(fd);
	if (n == -1 || len == 0) {
		log_warnx("Report_file: %s: the built-in text is used",
		    n == -1 ? strerror(errno) : "empty");
		free(text);
		return;
	}
	text[len] = '\0';
	template = text;
}

/* The time of day in the zone of the option Timezone. From the text that the
 * header would have, so that both agree on the zone. */
static int
report_time(const struct message *m, char which, int64_t now)
{
	struct out o;
	struct tm tm;
	int value = 0;

	memset(&tm, 0, sizeof(tm));
	out_init(&o, 256);
	out_date(&o, now, override_text(override_of(m), OPT_TIMEZONE));
	if (!o.failed && strptime(o.text, "%a, %d %b %Y %T", &tm) != NULL)
		value = which == 'O' ? tm.tm_hour :
		    which == 'M'     ? tm.tm_min :
		    which == 'S'     ? tm.tm_sec :
				       tm.tm_wday;
	out_clear(&o);
	return value;
}

/* The part in front of the last @, as it was written. */
static void
report_local(struct out *o, const char *address)
{
	const char *at = strrchr(address, '@');
	char part[320];

	snprintf(part, sizeof(part), "%.*s",
	    at == NULL ? (int)strlen(address) : (int)(at - address), address);
	out_str(o, part);
}

/* The answer without its status words. */
static void
report_answer(struct out *o, const char *kept)
{
	struct answer a;

	answer_parse(&a, kept);
	if (a.code != 0)
		out_fmt(o, "%u ", a.code);
	out_str(o, a.text);
}

/* What a person named as recipient; not what an alias made of it. */
static const char *
report_rcpt(const struct message *m, const struct recipient *r)
{
	return message_text(m, r->original != 0 ? r->original : r->address);
}

/* Variables of the message and its client; false: no such letter. These are the
 * client's own words; report_value cleans them before they stand anywhere. */
static bool
report_client(struct out *o, char c, const struct message *m)
{
	const char *sender = message_text(m, m->sender);
	const char *name = message_text(m, m->client_name);

	switch (c) {
	case 'f':
		out_str(o, sender);
		return true;
	case 'o':
		out_str(o, dest_domain(sender));
		return true;
	case 'm':
		report_local(o, sender);
		return true;
	case 'u':
		out_str(o, message_text(m, m->login));
		return true;
	case 'i':
		out_str(o, message_text(m, m->client_ip));
		return true;
	case 'e':
		out_str(o, name);
		return true;
	case 's':
		out_str(
		    o, name[0] != '\0' ? name : message_text(m, m->client_ip));
		return true;
	case 'h':
		out_str(o, message_text(m, m->client_helo));
		return true;
	default:
		return false;
	}
}

/* One variable; false: no such letter, it stays as it is. The letters are those
 * of selor.rules(5), as far as they mean something here. */
static bool
report_variable(struct out *o, char c, const struct message *m,
    const struct recipient *r, int64_t now)
{
	switch (c) {
	case 'r':
		out_str(o, report_rcpt(m, r));
		return true;
	case 'c':
		out_str(o, dest_domain(report_rcpt(m, r)));
		return true;
	case 'p':
		report_local(o, report_rcpt(m, r));
		return true;
	case 'd':
		out_str(o, queued_id(m->id));
		return true;
	case 'P':
	case 'T':
		report_answer(o, message_text(m, r->answer));
		return true;
	case 'n':
		out_fmt(o, "%u", m->nrcpts);
		return true;
	case 'z':
		out_fmt(o, "%llu", (unsigned long long)m->size);
		return true;
	case 'L':
		out_str(o, queued_directory(m));
		return true;
	case 'N':
		out_str(o, override_text(override_of(m), OPT_SERVER_NAME));
		return true;
	case 'A':
		out_str(o, override_text(override_of(m), OPT_POSTMASTER));
		return true;
	case 'O':
	case 'M':
	case 'S':
	case 'D':
		out_fmt(o, "%d", report_time(m, c, now));
		return true;
	case '%':
	case '"':
		out_bytes(o, &c, 1);
		return true;
	default:
		return report_client(o, c, m);
	}
}

/* A value may hold what its sender liked: one clean line of it. */
static void
report_value(struct out *o, const struct out *value)
{
	char clean[2048];

	answer_clean(clean, sizeof(clean), value->len > 0 ? value->text : "");
	out_str(o, clean);
}

/* Values are put in once and never looked at for variables again. */
void
report_expand(struct out *o, const char *text, const struct message *m,
    const struct recipient *r, int64_t now)
{
	struct out value;

	for (; *text != '\0'; text++) {
		out_init(&value, 4096);
		if (*text == '%' && text[1] != '\0' &&
		    report_variable(&value, text[1], m, r, now)) {
			report_value(o, &value);
			text++;
		} else if (*text == '\n')
			out_str(o, "\r\n");
		else if (*text != '\r')
			out_bytes(o, text, 1);
		out_clear(&value);
	}
	if (o->len > 0 && o->text[o->len - 1] != '\n')
		out_str(o, "\r\n");
}

/* The template in force when the report is made; what was begun before a reload
 * is not done again. */
void
report_print(struct out *o, const struct message *m, const struct recipient *r,
    int64_t now)
{
	report_expand(o, template != NULL ? template : builtin, m, r, now);
}
