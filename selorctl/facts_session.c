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
 * A session as Central_log has it: its lines "connect", "command" and
 * "disconnect" read in order, what each command settled kept.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "words.h"

/* Longer lines are not the log's own. */
#define LINE_BYTES 8192

/*
 * A line of JSON as key=value words: our own lines are flat objects whose
 * escapes are \", \\ and \u00NN.  -1: it is another's.
 */
static int
from_json(const char *in, char *out, size_t size)
{
	size_t len = 0;
	bool in_string = false, is_key = true;

	for (in++; *in != '\0' && len + 4 < size; in++) {
		if (in_string && *in == '\\') {
			out[len++] = *in++;
			if (strncmp(in, "u00", 3) == 0) {
				out[len++] = 'x';
				in += 2;
			} else if (*in == '"' || *in == '\\')
				out[len++] = *in;
			else
				return -1;
		} else if (*in == '"') {
			in_string = !in_string;
			if (!is_key)
				out[len++] = '"';
		} else if (!in_string && *in == ':') {
			is_key = false;
			out[len++] = '=';
		} else if (!in_string && *in == ',') {
			is_key = true;
			out[len++] = ' ';
		} else if (!in_string && *in == '}')
			break;
		else
			out[len++] = *in;
	}
	out[len] = '\0';
	return *in == '}' ? 0 : -1;
}

/* A log line as words, its event too.  -1: it is of another form. */
static int
read_line(const char *line, struct words *w, char *event, size_t size)
{
	char text[LINE_BYTES];
	const char *p = line;
	size_t len;
	int i;

	if (*line == '{') {
		if (from_json(line, text, sizeof(text)) == -1 ||
		    words_parse(w, text) == -1)
			return -1;
		strlcpy(event, words_get(w, "event"), size);
		return 0;
	}
	for (i = 0; i < 2; i++) {
		p += strcspn(p, " ");
		p += strspn(p, " ");
	}
	len = strcspn(p, " ");
	if (len >= size)
		return -1;
	memcpy(event, p, len);
	event[len] = '\0';
	return words_parse(w, p + len);
}

/* What stands in the angle brackets of MAIL or RCPT, else its first word. */
static void
path_of(const char *line, char *address, size_t size)
{
	const char *begin = strchr(line, ':'), *end;
	size_t len;

	address[0] = '\0';
	if (begin == NULL)
		return;
	begin += 1 + strspn(begin + 1, " ");
	if (*begin == '<') {
		end = strchr(++begin, '>');
		len = end != NULL ? (size_t)(end - begin) : strlen(begin);
	} else
		len = strcspn(begin, " ");
	if (len >= size)
		len = size - 1;
	memcpy(address, begin, len);
	address[len] = '\0';
}

/* Replaces what an earlier command said. */
static void
renew(struct facts *f, const char *key, const char *value)
{
	facts_forget(f, key);
	(void)facts_add(f, key, value);
}

static void
on_mail(struct facts *f, const char *line)
{
	char text[512];
	const char *size;

	facts_forget(f, "rcpt");
	facts_forget(f, "size");
	path_of(line, text, sizeof(text));
	renew(f, "from", text);
	if ((size = strcasestr(line, " SIZE=")) == NULL)
		return;
	strlcpy(text, size + 6, sizeof(text));
	text[strspn(text, "0123456789")] = '\0';
	if (*text != '\0')
		(void)facts_add(f, "size", text);
}

/* Those refused do not count for later ones; but the last one does, since it
 * may be the one that is asked about. */
static void
on_rcpt(struct facts *f, const char *line, bool *last_refused, bool refused)
{
	char text[512];

	if (*last_refused)
		facts_drop(f, "rcpt");
	path_of(line, text, sizeof(text));
	*last_refused = false;
	if (facts_add(f, "rcpt", text) == 0)
		*last_refused = refused;
}

static void
on_command(struct facts *f, const struct words *w, bool *last_refused)
{
	const char *line = words_get(w, "line"), *reply = words_get(w, "reply");
	const bool refused = *reply != '2' && *reply != '3';
	size_t word = strcspn(line, " ");

	if (strncasecmp(line, "EHLO ", 5) == 0 ||
	    strncasecmp(line, "HELO ", 5) == 0)
		renew(f, "helo", line + word + 1);
	else if (strncasecmp(line, "AUTH", 4) == 0 && *reply == '2')
		renew(f, "auth", "1");
	else if (strncasecmp(line, "MAIL", 4) == 0) {
		*last_refused = false;
		on_mail(f, line);
	} else if (strncasecmp(line, "RCPT", 4) == 0)
		on_rcpt(f, line, last_refused, refused);
}

int
facts_session(struct facts *f, struct settings *s, const char *id)
{
	const char *path = option_text(s->options, OPT_CENTRAL_LOG);
	bool found = false, last_refused = false;
	char line[LINE_BYTES], event[32];
	static struct words w;
	FILE *log;

	if ((log = fopen(path, "re")) == NULL) {
		warn("%s", path);
		return -1;
	}
	while (fgets(line, sizeof(line), log) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strstr(line, id) == NULL ||
		    read_line(line, &w, event, sizeof(event)) == -1 ||
		    strcmp(words_get(&w, "session"), id) != 0)
			continue;
		found = true;
		if (*words_get(&w, "ip") != '\0')
			renew(f, "ip", words_get(&w, "ip"));
		if (*words_get(&w, "host") != '\0')
			renew(f, "name", words_get(&w, "host"));
		if (strcmp(event, "command") == 0)
			on_command(f, &w, &last_refused);
	}
	fclose(log);
	if (found)
		return 0;
	warnx("%s has no session %s", path, id);
	return -1;
}
