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
 * The configuration for people's programs; see settings.h.
 */
#include "settings.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../selor/conf.h"
#include "../selor/conf_report.h"

static const char default_path[] = SELOR_SYSCONFDIR "/selor.conf";

/*
 * A wrong line is passed over here: people's programs must go on sending while
 * an administrator edits.  Without the default file the defaults hold.
 */
int
settings_read(struct settings *s, const char *path)
{
	struct conf_report report;
	int fd;

	s->path = path == NULL ? default_path : path;
	s->read = false;
	if ((s->options = options_new()) == NULL) {
		warn("options");
		return -1;
	}
	if ((fd = open(s->path, O_RDONLY | O_CLOEXEC)) == -1) {
		if (path == NULL && (errno == ENOENT || errno == EACCES))
			return 0;
		warn("%s", s->path);
		return -1;
	}
	conf_report_init(&report);
	(void)conf_read(fd, s->path, s->options, &report);
	conf_report_clear(&report);
	close(fd);
	s->read = true;
	return 0;
}

/*
 * What the parent would say, before it is asked: the options are those of the
 * file afterwards.
 */
int
settings_check(struct settings *s)
{
	char text[CONF_NOTE_MAX + 256];
	struct conf_report report;
	int failed;
	size_t i;

	options_free(s->options);
	if ((s->options = options_new()) == NULL) {
		warn("options");
		return -1;
	}
	conf_report_init(&report);
	failed = conf_load(s->path, s->options, &report) == -1 ||
	    conf_finish(s->options, &report) == -1;
	for (i = 0; i < report.count; i++) {
		conf_report_print(&report.notes[i], text, sizeof(text));
		fprintf(stderr, "%s\n", text);
	}
	if (conf_report_rest(&report, text, sizeof(text)) == 0)
		fprintf(stderr, "%s\n", text);
	conf_report_clear(&report);
	return failed ? -1 : 0;
}

void
settings_clear(struct settings *s)
{
	options_free(s->options);
	s->options = NULL;
}

/* Cut it would be another path: refused. */
int
settings_socket(
    const struct settings *s, const char *suffix, char path[SETTINGS_PATH_MAX])
{
	int n = snprintf(path, SETTINGS_PATH_MAX, "%s.%s",
	    option_text(s->options, OPT_CONTROL_SOCKET), suffix);

	return n < 0 || n >= SETTINGS_PATH_MAX ? -1 : 0;
}
