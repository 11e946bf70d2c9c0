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
 * The options of sendmail(8), of which programs give many that mean nothing
 * here; see sendmail_args.h.
 */
#include "sendmail_args.h"

#include <err.h>
#include <sysexits.h>
#include <unistd.h>

int
sendmail_args_usage(const char *why, int option)
{
	if (option == 0)
		warnx("%s", why);
	else
		warnx("-%c: %s", option, why);
	return EX_USAGE;
}

/*
 * Modes that make no sense here are refused, not ignored: a caller who wants a
 * daemon would wait for ever.
 */
static int
set_mode(struct mail *m, const char *arg)
{
	switch (*arg) {
	case 'm':
		m->mode = MODE_MAIL;
		return 0;
	case 's':
		m->mode = MODE_SMTP;
		return 0;
	case 'p':
		m->mode = MODE_QUEUE;
		return 0;
	case 'i':
		m->mode = MODE_ALIASES;
		return 0;
	default:
		return sendmail_args_usage(
		    "this mode is not known here; see sendmail(8)", 'b');
	}
}

/* -o and its letter: only the dot matters. */
static void
set_old_option(struct mail *m, const char *arg)
{
	if (arg[0] == 'i')
		m->dots = true;
	else if (arg[0] == 'v')
		m->verbose = true;
}

static int
set_option(struct mail *m, int c, const char *arg)
{
	switch (c) {
	case 'b':
		return set_mode(m, arg);
	case 'C':
		m->conf = arg;
		return 0;
	case 'F':
		m->name = arg;
		return 0;
	case 'f':
	case 'r':
		m->from = arg;
		return 0;
	case 'I':
		m->mode = MODE_ALIASES;
		return 0;
	case 'i':
		m->dots = true;
		return 0;
	case 'N':
		return envelope_set_notify(&m->envelope, arg) == 0 ?
		    0 :
		    sendmail_args_usage(
			"never, or some of success,failure,delay", c);
	case 'o':
		set_old_option(m, arg);
		return 0;
	case 'q':
		m->mode = MODE_FLUSH;
		m->flush = arg;
		return 0;
	case 'R':
		return envelope_set_ret(&m->envelope, arg) == 0 ?
		    0 :
		    sendmail_args_usage("full or hdrs", c);
	case 't':
		m->from_header = true;
		return 0;
	case 'V':
		return envelope_set_envid(&m->envelope, arg) == 0 ?
		    0 :
		    sendmail_args_usage("envelope id is empty or too long", c);
	case 'v':
		m->verbose = true;
		return 0;
	default:
		/* Options of old that change nothing here. */
		return 0;
	}
}

/*
 * "+": the first word that is no option ends them, as a recipient may begin
 * with anything.
 */
int
sendmail_args_parse(struct mail *m, int argc, char **argv)
{
	int c, r;

	opterr = 0;
	while ((c = getopt(argc, argv,
		    "+A:B:b:C:cd:eF:f:Gh:IiL:mN:nO:o:p:q::R:r:sTtUV:vX:x")) !=
	    -1) {
		if (c == '?')
			return sendmail_args_usage(
			    "this option is not known here, or its "
			    "value is missing",
			    optopt);
		if ((r = set_option(m, c, optarg)) != 0)
			return r;
	}
	return 0;
}
