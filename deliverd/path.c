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
 * Expansion of the paths of Local_delivery; see path.h.  Only the value put
 * in is distrusted, the template is the administrator's.
 */
#include "path.h"

#include <stdbool.h>
#include <string.h>

struct path_out {
	char *buf;
	size_t size, len;
	bool full;
};

/* What does not fit is remembered, not cut. */
static void
path_put(struct path_out *o, const char *s, size_t len)
{
	if (len >= o->size - o->len) {
		o->full = true;
		return;
	}
	memcpy(o->buf + o->len, s, len);
	o->len += len;
	o->buf[o->len] = '\0';
}

/*
 * A value that may stand as (a part of) one name in a path.  What an address or
 * user name could do to a path: leave it by a slash or "..", hide by a dot, or
 * break a log line.
 */
static bool
path_is_safe(const char *s, size_t len)
{
	size_t i;

	if (len == 0 || s[0] == '.')
		return false;
	for (i = 0; i < len; i++) {
		if (s[i] == '/' || (unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return false;
		if (s[i] == '.' && i + 1 < len && s[i + 1] == '.')
			return false;
	}
	return true;
}

/*
 * %C is the one value that may hold slashes: lookupd has checked that it is
 * absolute and has no step upward.
 */
static int
path_variable(struct path_out *o, char which, const struct path_values *v,
    const char **why)
{
	const char *at = strrchr(v->address, '@');
	const char *s;
	size_t len;

	switch (which) {
	case '%':
		path_put(o, "%", 1);
		return 0;
	case 'C':
		if (v->home[0] != '/') {
			*why = "mailbox without a home directory";
			return -1;
		}
		path_put(o, v->home, strlen(v->home));
		return 0;
	case 'l':
		s = v->user;
		len = strlen(s);
		break;
	case 'p':
		s = v->address;
		len = at == NULL ? strlen(s) : (size_t)(at - s);
		break;
	case 'c':
		s = at == NULL ? "" : at + 1;
		len = strlen(s);
		break;
	default:
		*why = "unknown variable in Local_delivery";
		return -1;
	}
	if (!path_is_safe(s, len)) {
		*why = "name can not be part of a path";
		return -1;
	}
	path_put(o, s, len);
	return 0;
}

int
path_expand(char *out, size_t size, const char *template,
    const struct path_values *v, const char **why)
{
	struct path_out o = {out, size, 0, false};
	size_t n;

	out[0] = '\0';
	if (template[0] != '/' && strncmp(template, "%C", 2) != 0) {
		if (path_variable(&o, 'C', v, why) == -1)
			return -1;
		path_put(&o, "/", 1);
	}
	while (*template != '\0') {
		n = strcspn(template, "%");
		path_put(&o, template, n);
		template += n;
		if (*template == '\0')
			break;
		if (path_variable(&o, template[1], v, why) == -1)
			return -1;
		template += 2;
	}
	if (o.full) {
		*why = "path too long";
		return -1;
	}
	return 0;
}
