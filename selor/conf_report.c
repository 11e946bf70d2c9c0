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
 * Collects what is wrong with a configuration, to be told all at once.
 * Texts quote what was read, so they are made printable here, once.
 */

#include "conf_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
conf_report_init(struct conf_report *report)
{
	memset(report, 0, sizeof(*report));
}

void
conf_report_clear(struct conf_report *report)
{
	free(report->notes);
	conf_report_init(report);
}

/*
 * Counts a note; whether there is room to keep it.  Errors and warnings have
 * room of their own: a flood of warnings does not hide an error.
 */
static bool
count(struct conf_report *report, enum conf_severity severity)
{
	if (severity == CONF_ERROR)
		return ++report->errors <= CONF_ERRORS_MAX;
	return ++report->warnings <= CONF_WARNINGS_MAX;
}

/* What is not printable ASCII becomes \xNN; cut where it does not fit. */
static void
make_printable(const char *in, char *out, size_t size)
{
	size_t used = 0;

	for (; *in != '\0' && used + sizeof("\\xNN") <= size; in++) {
		if (*in >= ' ' && *in <= '~')
			out[used++] = *in;
		else
			used += snprintf(out + used, size - used, "\\x%02x",
			    (unsigned char)*in);
	}
	out[used] = '\0';
}

/* Without memory the note is lost, but it has been counted. */
void
conf_report_add(struct conf_report *report, enum conf_severity severity,
    const struct conf_place *place, const char *fmt, ...)
{
	char raw[CONF_NOTE_MAX];
	struct conf_note *notes, *note;
	va_list ap;

	if (!count(report, severity))
		return;
	notes = reallocarray(report->notes, report->count + 1, sizeof(*notes));
	if (notes == NULL)
		return;
	report->notes = notes;
	note = &notes[report->count++];
	note->severity = severity;
	note->place = *place;
	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	make_printable(raw, note->text, sizeof(note->text));
}

/*
 * "name:line:column: text", as compilers have it, so that editors jump there.
 */
void
conf_report_print(const struct conf_note *note, char *buf, size_t size)
{
	const char *severity =
	    note->severity == CONF_WARNING ? "warning: " : "";
	char at[32] = "";

	if (note->place.line > 0 && note->place.column > 0)
		snprintf(at, sizeof(at), "%u:%u:", note->place.line,
		    note->place.column);
	else if (note->place.line > 0)
		snprintf(at, sizeof(at), "%u:", note->place.line);
	snprintf(buf, size, "%s:%s %s%s", note->place.name, at, severity,
	    note->text);
}

int
conf_report_rest(const struct conf_report *report, char *buf, size_t size)
{
	if (report->errors + report->warnings == report->count)
		return -1;
	snprintf(buf, size, "%zu more errors and warnings",
	    report->errors + report->warnings - report->count);
	return 0;
}
