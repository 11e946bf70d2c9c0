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
 * selorctl encrypt: the hash of a password for selor.file(5).  See
 * commands.h.
 */
#include <crypt.h>
#include <err.h>
#include <readpassphrase.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"

/*
 * Bytes with the NUL; what crypt(3) takes is as long
 * (CRYPT_MAX_PASSPHRASE_SIZE).
 */
#define PASSWORD_MAX 512

/*
 * From the terminal twice, unseen, or one line of standard input.  A password
 * that does not fit is refused and never cut, or the hash would accept its
 * beginning.  The caller wipes buf in every case.
 */
static int
read_password(char *buf, size_t size)
{
	char again[PASSWORD_MAX] = "";
	size_t len;
	int r = -1;

	if (!isatty(STDIN_FILENO)) {
		if (fgets(buf, (int)size, stdin) == NULL) {
			warnx("no password on standard input");
			return -1;
		}
		len = strlen(buf);
		if (len > 0 && buf[len - 1] == '\n')
			buf[len - 1] = '\0';
		else if (len == size - 1) {
			warnx("the password is too long");
			return -1;
		}
		return 0;
	}
	if (readpassphrase("Password: ", buf, size, RPP_REQUIRE_TTY) == NULL ||
	    readpassphrase(
		"Once more: ", again, sizeof(again), RPP_REQUIRE_TTY) == NULL)
		warn("reading the password");
	else if (strlen(buf) == size - 1)
		/* What did not fit was cut: the hash would be another's. */
		warnx("the password is too long");
	else if (strcmp(buf, again) != 0)
		warnx("the two are not the same");
	else
		r = 0;
	explicit_bzero(again, sizeof(again));
	return r;
}

/*
 * The strongest that the system's crypt(3) has.  A build of libcrypt need not
 * have each of them.  What begins without '$' is a failure token or the DES of
 * old, which tells eight characters.
 */
static const char *
make_hash(const char *password, struct crypt_data *data)
{
	static const char *const prefixes[] = {"$y$", "$2b$", "$6$"};
	static char salt[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *hash;
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (crypt_gensalt_rn(
			prefixes[i], 0, NULL, 0, salt, sizeof(salt)) == NULL)
			continue;
		memset(data, 0, sizeof(*data));
		hash = crypt_r(password, salt, data);
		if (hash != NULL && *hash == '$')
			return hash;
	}
	return NULL;
}

/*
 * Secrets live on this stack and in crypt's own state: both are wiped on each
 * way out, whatever failed.
 */
int
encrypt_password(struct settings *s, char **argv)
{
	char password[PASSWORD_MAX];
	static struct crypt_data data;
	const char *hash;
	int r = 1;

	(void)s;
	if (argv[0] != NULL) {
		warnx("encrypt takes no argument: a password on a command "
		      "line is no secret");
		return COMMAND_USAGE;
	}
	if (read_password(password, sizeof(password)) == 0) {
		if (*password == '\0')
			warnx("the password is empty");
		else if ((hash = make_hash(password, &data)) == NULL)
			warnx("crypt(3) has no strong hash");
		else {
			printf("%s\n", hash);
			r = 0;
		}
	}
	explicit_bzero(password, sizeof(password));
	explicit_bzero(&data, sizeof(data));
	return r;
}
