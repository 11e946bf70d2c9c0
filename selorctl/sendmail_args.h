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
 * What sendmail(8) was called for, and what it gathers until it is done.
 */
#ifndef SENDMAIL_ARGS_H
#define SENDMAIL_ARGS_H

#include <stdbool.h>

#include "envelope.h"
#include "letter.h"
#include "settings.h"

enum mode {
	MODE_MAIL,
	MODE_SMTP,
	MODE_QUEUE,
	MODE_ALIASES,
	MODE_FLUSH
};

/* One run of the program.  Texts of arguments are argv's own. */
struct mail {
	enum mode mode;
	const char *conf;
	const char *from; /* -f */
	const char *name; /* -F */
	const char *flush; /* what follows -q */
	bool dots; /* -i */
	bool from_header; /* -t */
	bool verbose;
	struct settings settings;
	struct envelope envelope;
	struct letter letter;
	char login[64];
	char domain[256]; /* "": not known */
};

/*
 * Options into m; optind is then the first recipient.  0, or a code of
 * sysexits(3) after a line that names what is wrong.
 */
int sendmail_args_parse(struct mail *, int argc, char **argv);
/*
 * Says what is wrong with an option (0: with the whole) and gives the code to
 * exit with: that is what callers of sendmail look at.
 */
int sendmail_args_usage(const char *why, int option);

#endif
