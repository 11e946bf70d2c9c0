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
 * The parser of selor.conf: lines of "Name value", in quotes or bare, with
 * '#' comments.  One line never affects how another is read, so all errors
 * are found in one pass.  Bytes may be anything; a file is refused when it
 * is larger than CONF_FILE_MAX, a line when longer than CONF_LINE_MAX.
 */

#include "conf.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf_check.h"
#include "conf_event.h"

#define BLANKS " \t"

/* One source being read. */
struct source {
	struct options *opts;
	struct conf_report *report;
	struct conf_place place; /* of the line being read */
	unsigned int seen[OPT_COUNT]; /* line of the last setting, or 0 */
};

#define COMPLAIN(src, severity, ...) \
	conf_report_add((src)->report, severity, &(src)->place, __VA_ARGS__)

/* "name" is kept, not copied: it lives as long as the report. */
static void
source_init(struct source *src, const char *name, struct options *opts,
    struct conf_report *report)
{
	memset(src, 0, sizeof(*src));
	src->opts = opts;
	src->report = report;
	src->place.name = name;
}

static void
unknown_name(struct source *src, const char *name)
{
	const char *nearest = NULL;

	/* Not for a note that nobody will read: a large file has many. */
	if (src->report->errors < CONF_ERRORS_MAX)
		nearest = option_nearest(name);
	if (nearest == NULL)
		COMPLAIN(src, CONF_ERROR, "unknown option \"%.60s\"", name);
	else
		COMPLAIN(src, CONF_ERROR,
		    "unknown option \"%.60s\"; did you mean %s?", name,
		    nearest);
}

/* Pages put no-break spaces (C2 A0) where the manual has blanks. */
static void
replace_nbsp(struct source *src, char *line)
{
	char *in, *out;
	unsigned int first = 0;

	for (in = out = line; *in != '\0'; in++) {
		if (in[0] == '\xc2' && in[1] == '\xa0') {
			if (first == 0)
				first = in - line + 1;
			in++;
			*out++ = ' ';
		} else
			*out++ = *in;
	}
	*out = '\0';
	if (first == 0)
		return;
	src->place.column = first;
	COMPLAIN(src, CONF_WARNING,
	    "no-break space (bytes C2 A0) is read as a blank");
	src->place.column = 0;
}

/* Only blanks or a comment may follow a value. */
static bool
at_end(const char *p)
{
	p += strspn(p, BLANKS);
	return *p == '\0' || *p == '#';
}

/*
 * Finds the value of a line that is no event: quoted text, or one bare word.
 * Returns its bare text, ended by a NUL put into the line.  What stands between
 * quotes is not looked into: there are no escapes.
 */
static char *
cut_value(struct source *src, const char *name, char *p)
{
	char quote = *p, *end;

	if (quote == '"' || quote == '\'') {
		p++;
		end = strchr(p, quote);
		if (end == NULL) {
			COMPLAIN(src, CONF_ERROR,
			    "%s: the closing quote is missing", name);
			return NULL;
		}
		*end++ = '\0';
	} else {
		end = p + strcspn(p, BLANKS "\"'");
		if (*end == '"' || *end == '\'') {
			COMPLAIN(src, CONF_ERROR,
			    "%s: quote in the middle of a word", name);
			return NULL;
		}
		if (*end != '\0')
			*end++ = '\0';
	}
	if (!at_end(end)) {
		COMPLAIN(src, CONF_ERROR,
		    "%s: more text after the value; quote a value with blanks",
		    name);
		return NULL;
	}
	return p;
}

/* A note on a value: "Port must be ..., not "x"", secrets left out. */
static void
complain_value(struct source *src, enum conf_severity severity,
    enum option_id id, const char *why, const char *value)
{
	const struct option_row *row = option_row(id);

	if ((row->flags & OPTION_SECRET) || strncmp(why, "must", 4) != 0)
		COMPLAIN(src, severity, "%s %s", row->name, why);
	else
		COMPLAIN(src, severity, "%s %s, not \"%.40s\"", row->name, why,
		    value);
}

/* Notes where an option is set, and warns if that is not the first time. */
static void
mark_seen(struct source *src, enum option_id id)
{
	const struct option_row *row = option_row(id);

	if (src->seen[id] == 0) {
		/* A later source replaces a list, it does not lengthen it. */
		option_unset(src->opts, id);
	} else if ((row->flags & OPTION_LIST) != 0) {
		/* One more value. */
	} else if (src->place.line == 0) {
		COMPLAIN(src, CONF_WARNING, "%s is given again; the last holds",
		    row->name);
	} else {
		COMPLAIN(src, CONF_WARNING,
		    "%s is set again (line %u had it); this one holds",
		    row->name, src->seen[id]);
	}
	src->seen[id] = src->place.line > 0 ? src->place.line : 1;
	src->report->origin[id] = src->place;
}

static void
set_value(struct source *src, enum option_id id, char *value)
{
	char error[OPTION_ERROR_MAX];
	enum conf_verdict verdict;

	mark_seen(src, id);
	verdict = conf_check_value(id, value, error);
	if (verdict == CONF_DOUBTFUL)
		complain_value(src, CONF_WARNING, id, error, value);
	if (verdict == CONF_WRONG ||
	    option_set(src->opts, id, value, error) == -1)
		complain_value(src, CONF_ERROR, id, error, value);
}

static void
parse_event(struct source *src, enum option_id id, char *p)
{
	char value[OPTION_TEXT_MAX], error[OPTION_ERROR_MAX];
	enum conf_verdict verdict;

	verdict = conf_event_parse(p, src->place.name, value, error);
	if (verdict != CONF_FINE)
		complain_value(src,
		    verdict == CONF_WRONG ? CONF_ERROR : CONF_WARNING, id,
		    error, p);
	if (verdict != CONF_WRONG)
		set_value(src, id, value);
}

/* One line, ended by NUL, its end of line cut off. */
static void
parse_line(struct source *src, char *line)
{
	enum option_id id;
	char *name, *p;

	replace_nbsp(src, line);
	name = line + strspn(line, BLANKS);
	if (at_end(name))
		return;
	p = name + strcspn(name, BLANKS "\"'#");
	if (p == name) {
		COMPLAIN(src, CONF_ERROR,
		    "line does not begin with the name of an option");
		return;
	}
	if (*p != '\0' && strchr(BLANKS, *p) == NULL) {
		COMPLAIN(src, CONF_ERROR,
		    "no blank between the name and the value of \"%.*s\"",
		    (int)(p - name < 60 ? p - name : 60), name);
		return;
	}
	if (*p != '\0')
		*p++ = '\0';
	if (option_find(name, OPTION_IN_CONF, &id) == -1) {
		unknown_name(src, name);
		return;
	}
	if (at_end(p)) {
		COMPLAIN(
		    src, CONF_ERROR, "%s has no value", option_row(id)->name);
		return;
	}
	p += strspn(p, BLANKS);
	if (option_row(id)->type == OPTION_EVENT)
		parse_event(src, id, p);
	else if ((p = cut_value(src, name, p)) != NULL)
		set_value(src, id, p);
}

/*
 * One line of a source, with anything in it.  Bytes of any kind and length;
 * what parse_line gets is a string.
 */
static void
take_line(struct source *src, const char *text, size_t len)
{
	char line[CONF_LINE_MAX + 1];

	if (len > 0 && text[len - 1] == '\r')
		len--;
	if (len > CONF_LINE_MAX) {
		COMPLAIN(src, CONF_ERROR, "line longer than %d bytes",
		    CONF_LINE_MAX);
		return;
	}
	if (memchr(text, '\0', len) != NULL) {
		COMPLAIN(src, CONF_ERROR, "line holds a NUL byte");
		return;
	}
	memcpy(line, text, len);
	line[len] = '\0';
	parse_line(src, line);
	/* It may have held a secret. */
	explicit_bzero(line, len);
}

int
conf_parse(const char *name, const char *buf, size_t len, struct options *opts,
    struct conf_report *report)
{
	struct source src;
	size_t before = report->errors, linelen;
	const char *end;

	source_init(&src, name, opts, report);
	/* Some editors put a byte order mark before the first line. */
	if (len >= 3 && memcmp(buf, "\xef\xbb\xbf", 3) == 0) {
		buf += 3;
		len -= 3;
	}
	while (len > 0) {
		end = memchr(buf, '\n', len);
		linelen = end == NULL ? len : (size_t)(end - buf);
		src.place.line++;
		take_line(&src, buf, linelen);
		if (end != NULL)
			linelen++;
		buf += linelen;
		len -= linelen;
	}
	return report->errors == before ? 0 : -1;
}

/*
 * Each -o is a line; with an end of line inside it would be two, and only the
 * first would be seen by who reads the command.
 */
int
conf_override(char *const *lines, size_t count, struct options *opts,
    struct conf_report *report)
{
	struct source src;
	size_t i, before = report->errors;

	source_init(&src, "-o", opts, report);
	for (i = 0; i < count; i++) {
		if (strchr(lines[i], '\n') != NULL)
			COMPLAIN(&src, CONF_ERROR, "more than one line");
		else
			take_line(&src, lines[i], strlen(lines[i]));
	}
	return report->errors == before ? 0 : -1;
}

/* Reads all of a file, at most one byte more than CONF_FILE_MAX. */
static ssize_t
read_all(int fd, char *buf)
{
	size_t used = 0;
	ssize_t n;

	while (used <= CONF_FILE_MAX) {
		n = read(fd, buf + used, CONF_FILE_MAX + 1 - used);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		used += n;
	}
	return used;
}

/* The buffer may have held a secret and is wiped in each case. */
int
conf_read(
    int fd, const char *name, struct options *opts, struct conf_report *report)
{
	struct source src;
	struct stat st;
	ssize_t len = 0;
	char *buf = NULL;
	int r = -1;

	source_init(&src, name, opts, report);
	if (fstat(fd, &st) == -1)
		COMPLAIN(&src, CONF_ERROR, "%s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		COMPLAIN(&src, CONF_ERROR, "is not a regular file");
	else if ((buf = malloc(CONF_FILE_MAX + 1)) == NULL ||
	    (len = read_all(fd, buf)) == -1)
		COMPLAIN(&src, CONF_ERROR, "%s", strerror(errno));
	else if (len > CONF_FILE_MAX)
		COMPLAIN(
		    &src, CONF_ERROR, "larger than %d bytes", CONF_FILE_MAX);
	else
		r = conf_parse(name, buf, len, opts, report);
	if (buf != NULL)
		freezero(buf, len > 0 ? len : 0);
	return r;
}

/* The name is opened once, and what was opened is judged. */
int
conf_load(const char *path, struct options *opts, struct conf_report *report)
{
	struct source src;
	int fd, r;

	/* O_NONBLOCK: a FIFO must not hold the parent. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1) {
		source_init(&src, path, opts, report);
		COMPLAIN(&src, CONF_ERROR, "%s", strerror(errno));
		return -1;
	}
	r = conf_read(fd, path, opts, report);
	close(fd);
	return r;
}

int
conf_finish(struct options *opts, struct conf_report *report)
{
	conf_check_together(opts, report);
	return report->errors == 0 ? 0 : -1;
}

void
conf_print_later(FILE *out)
{
	size_t i;

	for (i = 0; i < OPT_COUNT; i++) {
		if (option_row(i)->flags & OPTION_LATER)
			fprintf(out, "not yet effective: %s\n",
			    option_row(i)->name);
	}
}
