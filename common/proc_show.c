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
 * Answers CTL_OPTIONS; see proc_show.h.
 */
#include "proc_show.h"

#include <stdio.h>

#include "option.h"
#include "proc.h"

uint32_t
proc_show_options(struct peer *p, uint64_t ref, unsigned int bit)
{
	static char value[OPTION_PRINT_MAX], line[OPTION_TEXT_MAX + 1];
	union msg m = {.ctl_line = {.line = line}};
	const struct options *o = proc_options();
	uint32_t count = 0;
	size_t i, n;

	for (i = 0; i < OPT_COUNT; i++) {
		if (!(option_row(i)->to & bit))
			continue;
		for (n = 0; n < option_count(o, i); n++) {
			if (option_show(o, i, n, value, sizeof(value)) == -1)
				continue;
			/* Too long for a line: left out, for what is cut looks
			 * like another value. */
			if ((size_t)snprintf(line, sizeof(line), "%s=%s",
				option_row(i)->name, value) < sizeof(line) &&
			    peer_item(p, MSG_CTL_LINE, ref, &m, -1) == 0)
				count++;
		}
	}
	return count;
}
