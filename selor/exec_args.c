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
 * The lists of PRIV_EXEC; see exec_args.h.
 */
#include "exec_args.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

int
exec_list_split(struct exec_list *l, const uint8_t *octets, size_t len)
{
	size_t at;

	l->count = 0;
	l->text[0] = NULL;
	if (len == 0)
		return 0;
	if (len > sizeof(l->room) || octets[len - 1] != '\0')
		return -1;
	memcpy(l->room, octets, len);
	for (at = 0; at < len; at += strlen(l->room + at) + 1) {
		if (l->count == EXEC_ARGS_MAX)
			return -1;
		l->text[l->count++] = l->room + at;
	}
	l->text[l->count] = NULL;
	return 0;
}

int
exec_list_check_vars(const struct exec_list *l)
{
	static const char prefix[] = "SELOR_";
	size_t i, len;

	if (l->count > EXEC_VARS_MAX)
		return -1;
	for (i = 0; i < l->count; i++) {
		len =
		    strspn(l->text[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
		if (strncmp(l->text[i], prefix, strlen(prefix)) != 0 ||
		    len == strlen(prefix) || l->text[i][len] != '=')
			return -1;
	}
	return 0;
}

/* Whether it can be executed by anyone at all: its user may still not. */
static int
look_at(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return errno == ENOTDIR || errno == ENOENT ? ENOENT : EACCES;
	return S_ISREG(st.st_mode) && st.st_mode & 0111 ? 0 : EACCES;
}

int
exec_find(const char *name, char path[EXEC_PROGRAM_MAX])
{
	const char *dir = EXEC_PATH;
	int error, worst = ENOENT;
	size_t len;

	if (strchr(name, '/') != NULL)
		return *name == '/' &&
			strlcpy(path, name, EXEC_PROGRAM_MAX) <
			    EXEC_PROGRAM_MAX ?
		    look_at(path) :
		    EACCES;
	if (*name == '\0')
		return ENOENT;
	for (; *dir != '\0'; dir += len + (dir[len] == ':')) {
		len = strcspn(dir, ":");
		if (snprintf(path, EXEC_PROGRAM_MAX, "%.*s/%s", (int)len, dir,
			name) >= EXEC_PROGRAM_MAX)
			return ENOENT;
		if ((error = look_at(path)) == 0)
			return 0;
		if (error == EACCES)
			worst = EACCES;
	}
	return worst;
}
