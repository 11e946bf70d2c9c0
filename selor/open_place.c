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
 * Places of files for ruled; see open_place.h.  Nothing is looked up here:
 * the options of the parent and the path are compared as texts.
 */
#include "open_place.h"

#include <stdio.h>
#include <string.h>

#include "id.h"
#include "selor.h"

bool
open_place_is_path(const char *path)
{
	const char *p = path, *name;
	size_t len = 0;

	if (*p != '/' || strlen(path) >= OPEN_PLACE_MAX)
		return false;
	while (*p != '\0') {
		name = ++p;
		p += len = strcspn(p, "/");
		if (len == 2 && strncmp(name, "..", 2) == 0)
			return false;
	}
	return len > 0;
}

/* What of the path lies below a directory of that many octets, or NULL. */
static const char *
below(const char *path, const char *dir, size_t len)
{
	while (len > 0 && dir[len - 1] == '/')
		len--;
	if (len == 0 || strncmp(path, dir, len) != 0 || path[len] != '/')
		return NULL;
	path += len;
	return path + strspn(path, "/");
}

static bool
try(struct place *pl, enum place_kind kind, const char *path, const char *dir,
    size_t len)
{
	const char *rest = below(path, dir, len);

	if (rest == NULL || *rest == '\0' || len >= sizeof(pl->dir))
		return false;
	pl->kind = kind;
	memcpy(pl->dir, dir, len);
	pl->dir[len] = '\0';
	pl->rest = rest;
	return true;
}

/* Directories with blanks between them. */
static bool
try_list(
    struct place *pl, enum place_kind kind, const char *path, enum option_id id)
{
	const char *dir = option_text(env.options, id);
	size_t len;

	for (; *dir != '\0'; dir += len) {
		dir += strspn(dir, " \t");
		len = strcspn(dir, " \t");
		if (len > 0 && try(pl, kind, path, dir, len))
			return true;
	}
	return false;
}

/* The directory of a file; where its name has variables, that of the part in
 * front of them.  The root directory is none. */
static bool
try_beside(
    struct place *pl, enum place_kind kind, const char *path, const char *file)
{
	size_t len = strcspn(file, "%");

	while (len > 0 && file[len - 1] != '/')
		len--;
	return *file == '/' && try(pl, kind, path, file, len);
}

/* Mailboxes lie there, too. */
static bool
is_mail(const char *dir)
{
	static const char *const dirs[] = {"/var/mail", "/var/spool/mail"};
	size_t i, len;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		len = strlen(dirs[i]);
		if (strncmp(dir, dirs[i], len) == 0 &&
		    dir[len + strspn(dir + len, "/")] == '\0')
			return true;
	}
	return false;
}

/* Where events have files. */
static bool
try_events(struct place *pl, const char *path)
{
	const char *file, *slash = strrchr(path, '/');
	enum rule_event e;

	for (e = 0; e < RULE_EVENT_COUNT; e++) {
		file = option_text(env.options, rule_event_option(e));
		if (strcmp(file, path) != 0)
			continue;
		pl->kind = PLACE_EVENT;
		snprintf(pl->dir, sizeof(pl->dir), "%.*s",
		    (int)(slash - path + 1), path);
		pl->rest = slash + 1;
		return true;
	}
	for (e = 0; e < RULE_EVENT_COUNT; e++)
		if (try_beside(pl, PLACE_CONF, path,
			option_text(env.options, rule_event_option(e))))
			return true;
	return false;
}

/* The spool has other files, which hold passwords: c<ID> alone. */
static bool
is_content(const char *rest)
{
	char sid[ID_TEXT_MAX];
	uint64_t id;

	if (strncmp(rest, "qlimit/", 7) == 0)
		rest += 7;
	return *rest == 'c' && id_parse(rest + 1, &id, sid, sizeof(sid)) == 0;
}

static void
place_log(const char *path, struct place *pl)
{
	static const enum option_id logs[] = {
	    OPT_CENTRAL_LOG, OPT_SUMARY_LOG, OPT_WARNING_LOG, OPT_REFUSED_LOG};
	size_t i;

	if (try_list(pl, PLACE_LOG, path, OPT_RULES_LOG_PATH))
		return;
	for (i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		/* Others have their logs there. */
		if (try_beside(pl, PLACE_LOG, path,
			option_text(env.options, logs[i])) &&
		    strcmp(pl->dir, "/var/log/") != 0)
			return;
		pl->kind = PLACE_NONE;
	}
}

void
open_place(enum open_purpose purpose, const char *path, struct place *pl)
{
	const char *spool = option_text(env.options, OPT_QUEUE_PATH);

	pl->kind = PLACE_NONE;
	if (purpose == OPEN_LOG) {
		place_log(path, pl);
		return;
	}
	/* Whatever else names a directory above it. */
	if (try(pl, PLACE_SPOOL, path, spool, strlen(spool))) {
		if (purpose == OPEN_RULES || !is_content(pl->rest))
			pl->kind = PLACE_NONE;
		return;
	}
	if (try_list(pl, PLACE_RULES, path, OPT_RULES_PATH)) {
		if (is_mail(pl->dir))
			pl->kind = PLACE_CONF;
	} else if (!try_events(pl, path))
		(void)try_beside(pl, PLACE_CONF, path, env.conf_path);
}
