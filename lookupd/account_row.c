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
 * Rows of answers about accounts; see account_row.h.
 */
#include "account_row.h"

#include <stdbool.h>
#include <string.h>

#include "domain.h"

/* Bytes with their NUL, as messages.def and the parent have them. */
#define ACCOUNT_USER_MAX 64
#define ACCOUNT_PATH_MAX 1024
#define ACCOUNT_LOGIN_MAX 256

/* Full means that not one octet is left: a quota of 0 is none. */
bool
account_is_over(const struct account_row *row)
{
	return row->quota > 0 && row->used >= row->quota;
}

/* Names of users as they pass to the parent, which looks them up. */
static bool
is_user(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len < ACCOUNT_USER_MAX && *s != '-' && *s != '.' &&
	    strspn(s,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len;
}

/* Absolute, printable, and without a step upward. */
static bool
is_path(const char *s)
{
	const char *p;

	if (*s != '/' || strlen(s) >= ACCOUNT_PATH_MAX)
		return false;
	for (p = s; *p != '\0'; p++) {
		if ((uint8_t)*p < 0x20 || *p == 0x7f)
			return false;
		if (strncmp(p, "/..", 3) == 0 && (p[3] == '/' || p[3] == '\0'))
			return false;
	}
	return true;
}

/* A login, as logs and rules will see it. */
static bool
is_login(const char *s)
{
	size_t len = strlen(s), i;

	for (i = 0; i < len; i++)
		if ((uint8_t)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return len > 0 && len < ACCOUNT_LOGIN_MAX;
}

const char *
account_row_parse(
    struct account_row *out, enum back_what what, const struct msg_back_row *in)
{
	size_t len = strlen(in->address);

	memset(out, 0, sizeof(*out));
	switch (what) {
	case BACK_AUTH:
		if (!is_login(in->address))
			return "no name of a login";
		out->login = in->address;
		/* FALLTHROUGH */
	case BACK_MAILBOX:
		if (!is_user(in->user))
			return "no name of a user";
		if (!is_path(in->home))
			return "no path of a home";
		if (*in->dlocal != '\0' && !is_path(in->dlocal))
			return "no path of a program";
		out->user = in->user;
		out->home = in->home;
		out->dlocal = in->dlocal;
		out->quota = in->quota;
		out->used = in->used;
		return NULL;
	case BACK_ALIAS:
		if (in->address[0] == '@')
			return domain_parse(out->domain, in->address + 1,
				   len - 1, DOMAIN_UTF8) == -1 ?
			    "no domain of a broadcast" :
			    NULL;
		return address_parse(&out->address, in->address, len,
			   ADDRESS_UTF8 | ADDRESS_BARE | ADDRESS_LONG) !=
			ADDRESS_OK ?
		    "no address of a target" :
		    NULL;
	case BACK_LIST:
	case BACK_FIRST:
		return address_parse(&out->address, in->address, len,
			   ADDRESS_UTF8 | ADDRESS_LONG) != ADDRESS_OK ?
		    "no address in a list" :
		    NULL;
	case BACK_DOMAIN:
		break;
	}
	return "a row that was not asked for";
}
