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
 * newaliases(8): there is nothing to rebuild, but the tables of the module
 * "file" can be checked as lookupd-file reads them.  See faces.h.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "../lookupd/table_file.h"
#include "faces.h"
#include "module.h"
#include "settings.h"

/* One table of a directory that we are in.  The number of its faults. */
static int
check_table(const char *dir, enum table_kind kind)
{
	struct table_file t;
	int r = 0;

	table_file_init(&t, kind);
	(void)table_file_check(&t);
	if (t.why[0] != '\0') {
		warnx("%s/%s: %s", dir, table_names[kind], t.why);
		r = 1;
	}
	table_file_clear(&t);
	return r;
}

/*
 * The number of faults in the tables of one Module line.  Other programs have
 * no tables of ours; a line that is wrong is for "selorctl reload" to tell.
 */
static int
check_module(const char *text)
{
	struct module m;
	int kind, faults = 0;

	if (module_parse(text, &m) == -1 || strcmp(m.program, "file") != 0)
		return 0;
	if (chdir(m.file) == -1) {
		warn("%s", m.file);
		return 1;
	}
	for (kind = 0; kind < TABLE_KINDS; kind++)
		faults += check_table(m.file, kind);
	return faults;
}

int
faces_newaliases(const char *conf)
{
	struct settings s;
	int faults = 0;
	size_t i;

	if (settings_read(&s, conf) == -1)
		return EX_CONFIG;
	for (i = 0; i < option_count(s.options, OPT_MODULE); i++)
		faults += check_module(option_nth(s.options, OPT_MODULE, i));
	settings_clear(&s);
	if (faults > 0)
		return EX_DATAERR;
	printf("Changes of tables take effect at once: nothing to rebuild.\n");
	return 0;
}
