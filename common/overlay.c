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
 * Options that Def! has changed.  A short list in the order in which they
 * were first changed: few rules change more than three, so it is searched
 * from the front.  Each value was checked against its row.
 */
#include "overlay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "option_check.h"

/* The longest name of an option is shorter. */
#define NAME_SIZE 64

struct change {
	enum option_id id;
	int64_t num;
	char *text; /* the bare value */
	char *line; /* as overlay_line gives it */
};

struct overlay {
	unsigned int count;
	size_t bytes; /* of all texts */
	struct change changes[OVERLAY_MAX];
};

static struct change *
overlay_find(const struct overlay *o, enum option_id id)
{
	unsigned int i;

	if (o == NULL)
		return NULL;
	for (i = 0; i < o->count; i++)
		if (o->changes[i].id == id)
			return (struct change *)(uintptr_t)&o->changes[i];
	return NULL;
}

/* Cuts "Name value" in two; the value loses blanks and quotes around it. */
static int
split_line(
    const char *line, char *name, const char **value, size_t *len, char *error)
{
	size_t n;
	const char *end, *at = line + strspn(line, " \t");

	n = strcspn(at, " \t");
	if (n == 0)
		return option_refuse(error, "is not a name and a value");
	if (n >= NAME_SIZE)
		return option_refuse(error, "there is no such option");
	memcpy(name, at, n);
	name[n] = '\0';
	at += n;
	at += strspn(at, " \t");
	for (end = at + strlen(at);
	     end > at && (end[-1] == ' ' || end[-1] == '\t'); end--)
		;
	if (end == at)
		return option_refuse(error, "has no value");
	if (*at == '\'' || *at == '"') {
		if (end - at < 2 || end[-1] != *at)
			return option_refuse(error, "has a quote too few");
		at++;
		end--;
	} else if (memchr(at, ' ', (size_t)(end - at)) != NULL ||
	    memchr(at, '\t', (size_t)(end - at)) != NULL)
		return option_refuse(
		    error, "must stand in quotes: it holds a blank");
	*value = at;
	*len = (size_t)(end - at);
	return 0;
}

/* What may be changed, and by which name. */
static int
find_option(const char *name, enum option_id *id, char *error)
{
	const char *nearest;

	if (option_find(name, OPTION_IN_DEF, id) == -1) {
		if ((nearest = option_nearest(name)) != NULL)
			return option_refuse(error,
			    "there is no option %.64s; is it %s?", name,
			    nearest);
		return option_refuse(error, "there is no option %.64s", name);
	}
	if ((option_row(*id)->flags & OPTION_DEF) == 0)
		return option_refuse(
		    error, "%s can not be changed by Def!", name);
	return 0;
}

static char *
make_line(const struct option_row *row, const char *text)
{
	const char *quote = "\"";
	char *line;

	if (row->type == OPTION_NUM || row->type == OPTION_BOOL)
		quote = "";
	else if (row->type != OPTION_EVENT && strchr(text, '"') != NULL)
		quote = "'";
	if (asprintf(&line, "%s %s%s%s", row->name, quote, text, quote) == -1)
		return NULL;
	return line;
}

static void
change_clear(struct change *c)
{
	/* Srs_key may be among them. */
	if (c->text != NULL)
		freezero(c->text, strlen(c->text));
	if (c->line != NULL)
		freezero(c->line, strlen(c->line));
	memset(c, 0, sizeof(*c));
}

/* Puts a complete change in its place, within the limits. */
static int
overlay_put(struct overlay **o, const struct change *new, char *error)
{
	struct change *c = overlay_find(*o, new->id);
	size_t bytes = strlen(new->text), was = 0;

	if (c != NULL)
		was = strlen(c->text);
	if (*o != NULL && (*o)->bytes - was + bytes > OVERLAY_BYTES_MAX)
		return option_refuse(error, "too many octets are changed");
	if (*o != NULL && c == NULL && (*o)->count >= OVERLAY_MAX)
		return option_refuse(error, "too many options are changed");
	if (*o == NULL && (*o = calloc(1, sizeof(**o))) == NULL)
		return option_refuse(error, "no memory");
	if (c == NULL)
		c = &(*o)->changes[(*o)->count++];
	else
		change_clear(c);
	(*o)->bytes = (*o)->bytes - was + bytes;
	*c = *new;
	return 0;
}

int
overlay_set(
    struct overlay **o, const char *line, enum option_id *id, char *error)
{
	char name[NAME_SIZE];
	struct change new = {0};
	const char *value = "";
	size_t len = 0;

	if (split_line(line, name, &value, &len, error) == -1 ||
	    find_option(name, &new.id, error) == -1)
		return -1;
	if ((new.text = strndup(value, len)) == NULL)
		return option_refuse(error, "no memory");
	if (option_check(option_row(new.id), new.text, &new.num, error) == -1)
		goto failed;
	if ((new.line = make_line(option_row(new.id), new.text)) == NULL) {
		option_refuse(error, "no memory");
		goto failed;
	}
	if (strlen(new.line) >= OVERLAY_LINE_MAX) {
		option_refuse(error, "is too long");
		goto failed;
	}
	if (overlay_put(o, &new, error) == -1)
		goto failed;
	if (id != NULL)
		*id = new.id;
	return 0;

failed:
	change_clear(&new);
	return -1;
}

void
overlay_free(struct overlay *o)
{
	unsigned int i;

	if (o == NULL)
		return;
	for (i = 0; i < o->count; i++)
		change_clear(&o->changes[i]);
	free(o);
}

bool
overlay_has(const struct overlay *o, enum option_id id)
{
	return overlay_find(o, id) != NULL;
}

int64_t
overlay_num(
    const struct overlay *o, const struct options *under, enum option_id id)
{
	const struct change *c = overlay_find(o, id);

	return c != NULL ? c->num : option_num(under, id);
}

const char *
overlay_text(
    const struct overlay *o, const struct options *under, enum option_id id)
{
	const struct change *c = overlay_find(o, id);

	return c != NULL ? c->text : option_text(under, id);
}

const char *
overlay_line(const struct overlay *o, unsigned int nth)
{
	return o != NULL && nth < o->count ? o->changes[nth].line : NULL;
}

enum option_id
overlay_id(const struct overlay *o, unsigned int nth)
{
	return o != NULL && nth < o->count ? o->changes[nth].id : OPT_COUNT;
}
