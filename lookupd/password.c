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
 * Passwords and crypt(3); see password.h and selor.file(5).  Comparisons take
 * the same time wherever the difference lies.
 */
#include "password.h"

#include <crypt.h>
#include <string.h>
#include <strings.h>

/* Schemes of crypt(3), as dovecot and others write them before its hash. */
static const char *const password_schemes[] = {"{CRYPT}", "{BLF-CRYPT}",
    "{MD5-CRYPT}", "{SHA256-CRYPT}", "{SHA512-CRYPT}", "{YESCRYPT}"};

/* Where no table has a hash to be like: what crypt(3) makes by default. */
#define PASSWORD_DUMMY "$y$j9T$7OuDkDDpQXqYDGCBPFNSn0$"

/* Both are walked to the end of their buffers. */
static bool
is_same(const char a[PASSWORD_STORED_MAX], const char b[PASSWORD_STORED_MAX])
{
	volatile unsigned char differ = 0;
	size_t i;

	for (i = 0; i < PASSWORD_STORED_MAX; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return differ == 0;
}

/* 1 right, 0 wrong, -1 not known to crypt(3). */
static int
try_hash(const char *hash, const char *password)
{
	static struct crypt_data data;
	char want[PASSWORD_STORED_MAX] = "", got[PASSWORD_STORED_MAX] = "";
	const char *p;
	int r = -1;

	p = crypt_rn(password, hash, &data, sizeof(data));
	if (p != NULL && *p != '*') {
		(void)strlcpy(want, hash, sizeof(want));
		(void)strlcpy(got, p, sizeof(got));
		r = is_same(want, got) ? 1 : 0;
	}
	explicit_bzero(&data, sizeof(data));
	explicit_bzero(got, sizeof(got));
	return r;
}

static bool
is_plain(const char *stored, const char *password)
{
	char want[PASSWORD_STORED_MAX] = "", got[PASSWORD_STORED_MAX] = "";
	bool same;

	same = strlcpy(want, stored, sizeof(want)) < sizeof(want) &&
	    strlcpy(got, password, sizeof(got)) < sizeof(got) &&
	    is_same(want, got) && *want != '\0';
	explicit_bzero(want, sizeof(want));
	explicit_bzero(got, sizeof(got));
	return same;
}

/* Behind a scheme of crypt(3), or the whole. */
static const char *
hash_of(const char *stored)
{
	size_t i, n;

	for (i = 0; i < sizeof(password_schemes) / sizeof(password_schemes[0]);
	     i++) {
		n = strlen(password_schemes[i]);
		if (strncasecmp(stored, password_schemes[i], n) == 0)
			return stored + n;
	}
	return stored;
}

bool
password_is_hash(const char *stored)
{
	return *hash_of(stored) == '$';
}

enum password_result
password_check(const char *stored, const char *password, const char *dummy)
{
	const char *hash = hash_of(stored);
	int r = -1;

	if (strncasecmp(stored, "{PLAIN}", 7) == 0)
		r = is_plain(stored + 7, password) ? 1 : 0;
	/* Anything that begins so is a lock, or no hash at all. */
	else if (*hash != '\0' && strchr("*!{", *hash) == NULL &&
	    (r = try_hash(hash, password)) != -1)
		return r == 1 ? PASSWORD_RIGHT : PASSWORD_WRONG;
	if (dummy == NULL || try_hash(hash_of(dummy), password) == -1)
		(void)try_hash(PASSWORD_DUMMY, password);
	if (r != -1)
		return r == 1 ? PASSWORD_RIGHT : PASSWORD_WRONG;
	return *hash == '{' || *hash == '$' ? PASSWORD_UNUSABLE :
					      PASSWORD_WRONG;
}
