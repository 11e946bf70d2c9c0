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
 * Reads all of the configuration; see conf_all.h.  Lines go to standard error
 * until the suite has started, to the log afterwards.
 */
#include "conf_all.h"

#include <stdio.h>

#include "conf.h"
#include "conf_rules.h"
#include "log.h"
#include "selor.h"

static void
conf_say_line(const char *text)
{
	if (env.started)
		log_warnx("%s", text);
	else
		fprintf(stderr, "%s\n", text);
}

static void
conf_say(const struct conf_report *report)
{
	char text[CONF_NOTE_MAX + 256];
	size_t i;

	for (i = 0; i < report->count; i++) {
		conf_report_print(&report->notes[i], text, sizeof(text));
		conf_say_line(text);
	}
	if (conf_report_rest(report, text, sizeof(text)) == 0)
		conf_say_line(text);
}

/* Lines given by -o come last and hold against the file, at each reload too. */
struct options *
conf_read_all(void)
{
	struct conf_rules rules = {.count = 0};
	struct conf_report report;
	struct options *opts = options_new();
	int failed;

	if (opts == NULL)
		fatalx("no memory");
	conf_report_init(&report);
	failed = conf_load(env.conf_path, opts, &report) == -1;
	if (conf_override(env.overrides, env.override_count, opts, &report) ==
	    -1)
		failed = 1;
	if (!failed && conf_finish(opts, &report) == -1)
		failed = 1;
	if (!failed && conf_rules_check(&rules, opts, &report) == -1)
		failed = 1;
	conf_say(&report);
	conf_rules_clear(&rules);
	conf_report_clear(&report);
	if (failed) {
		options_free(opts);
		return NULL;
	}
	return opts;
}
