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
 * Any bytes as selor.conf: never a crash, and what was read without error
 * must print and read again to the same values.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../selor/conf.h"

/* Absolute, since relative paths of rules are completed from it. */
#define PLACE "/etc/selor/selor.conf"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* All set values, printed; to be freed. */
static char *
print_all(const struct options *opts, size_t *size)
{
	char value[OPTION_PRINT_MAX], *text;
	size_t i, n;
	FILE *out = open_memstream(&text, size);

	if (out == NULL)
		abort();
	for (i = 0; i < OPT_COUNT; i++) {
		for (n = 0; n < option_count(opts, i); n++) {
			if (!option_is_set(opts, i))
				continue;
			if (option_print(opts, i, n, value, sizeof(value)) ==
			    -1)
				abort();
			/* A printed line of a full value may be too long. */
			if (strlen(value) + strlen(option_row(i)->name) <
			    CONF_LINE_MAX)
				fprintf(
				    out, "%s %s\n", option_row(i)->name, value);
		}
	}
	fclose(out);
	return text;
}

/*
 * What the parent sends to daemons is printed values: these have to mean the
 * same there.
 */
static void
read_again(const char *text, size_t size)
{
	struct options *opts = options_new();
	struct conf_report report;
	char *again;
	size_t len;

	conf_report_init(&report);
	if (conf_parse(PLACE, text, size, opts, &report) == -1)
		abort();
	again = print_all(opts, &len);
	if (len != size || memcmp(again, text, size) != 0)
		abort();
	free(again);
	conf_report_clear(&report);
	options_free(opts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options *opts = options_new();
	struct conf_report report;
	char line[1024], *text;
	size_t i, len;

	conf_report_init(&report);
	conf_parse(PLACE, (const char *)data, size, opts, &report);
	conf_finish(opts, &report);
	for (i = 0; i < report.count; i++)
		conf_report_print(&report.notes[i], line, sizeof(line));
	if (report.errors == 0) {
		text = print_all(opts, &len);
		read_again(text, len);
		free(text);
	}
	conf_report_clear(&report);
	options_free(opts);
	return 0;
}
