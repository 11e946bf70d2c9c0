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
 * override.c: options of one message.  Lines are checked again as they are
 * read: the files may come from another version, or from an editor.
 */

#include "override.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "proc.h"
#include "queued.h"

/* As DLV_RESOLVE carries them. */
#define LINES_MAX 1024

static unsigned int nloads;

/* As override_read takes it; from malloc, and the caller wipes it. */
char *
override_print(const struct overlay *o)
{
	const char *line;
	size_t size = 1;
	unsigned int i;
	char *text;

	for (i = 0; (line = overlay_line(o, i)) != NULL; i++)
		size += strlen(line) + 1;
	if ((text = calloc(1, size)) == NULL)
		return NULL;
	for (i = 0; (line = overlay_line(o, i)) != NULL; i++) {
		if (i > 0)
			strlcat(text, "\n", size);
		strlcat(text, line, size);
	}
	return text;
}

/* What schedule.c looks at for each message stands in the entry itself. */
static void
override_note(struct entry *e)
{
	enum option_id id = e->message->flags & MSG_BOUNCE ?
	    OPT_MAX_ERROR_REPORT :
	    OPT_MAX_ATTEMPTS;
	bool has_load = overlay_has(e->over, OPT_LAVG_QUEUE);
	int64_t n = 0;

	if (overlay_has(e->over, id)) {
		n = overlay_num(e->over, proc_options(), id);
		if (n < 1)
			n = 1;
		if (n > UINT16_MAX)
			n = UINT16_MAX;
	}
	e->attempts = (uint16_t)n;
	if (has_load != e->has_load)
		nloads += has_load ? 1u : -1u;
	e->has_load = has_load;
}

/* One bad line is left out and the others hold: the message must go on. */
static void
override_line(struct entry *e, const char *line)
{
	char why[OPTION_ERROR_MAX];

	if (overlay_set(&e->over, line, NULL, why) == -1)
		log_warnx("%s: an option of this message is left out: %s",
		    queued_id(e->message->id), why);
}

void
override_read(struct entry *e)
{
	const struct message *m = e->message;
	char *text, *next, *line;

	if (e->over != NULL)
		override_free(e);
	if (m->overrides == 0)
		return;
	if ((text = strdup(message_text(m, m->overrides))) == NULL) {
		log_warn("%s: its options", queued_id(m->id));
		return;
	}
	for (next = text; (line = strsep(&next, "\n")) != NULL;)
		if (line[0] != '\0')
			override_line(e, line);
	freezero(text, strlen(message_text(m, m->overrides)) + 1);
	override_note(e);
}

/* Def! of these is accepted where rules run, so the one who wrote the rule
 * hears here why it does nothing. */
void
override_warn(uint64_t msgid, enum option_id id)
{
	if (id == OPT_REPORT_FILE || id == OPT_CP_ERRORS_PATH)
		log_warnx("%s: %s stays the one of the start: queued opens no "
			  "file outside its spool",
		    queued_id(msgid), option_row(id)->name);
}

int
override_add(struct entry *e, const char *line)
{
	char why[OPTION_ERROR_MAX];
	enum option_id id = OPT_COUNT;

	if (overlay_set(&e->over, line, &id, why) == -1) {
		log_warnx("%s: Def!: %s", queued_id(e->message->id), why);
		return -1;
	}
	override_warn(e->message->id, id);
	e->is_overridden = true;
	override_note(e);
	return 0;
}

/* Options of Event.qstart hold for one run; those of the way in, which are
 * stored, for all. */
void
override_end_run(struct entry *e)
{
	if (!e->is_overridden)
		return;
	override_free(e);
	override_read(e);
}

void
override_free(struct entry *e)
{
	if (e->over == NULL)
		return;
	overlay_free(e->over);
	e->over = NULL;
	e->is_overridden = false;
	override_note(e);
}

int64_t
override_num(const struct entry *e, enum option_id id)
{
	return overlay_num(e == NULL ? NULL : e->over, proc_options(), id);
}

const char *
override_text(const struct entry *e, enum option_id id)
{
	return overlay_text(e == NULL ? NULL : e->over, proc_options(), id);
}

/* NULL while it has no entry, for which the suite's own options count. */
const struct entry *
override_of(const struct message *m)
{
	return m->sched;
}

/* Those for one process only, as they are told it; in a buffer of its own. What
 * does not fit is left out and not cut. */
const char *
override_lines(const struct entry *e, unsigned int to)
{
	static char text[LINES_MAX];
	const struct overlay *o = e == NULL ? NULL : e->over;
	const char *line;
	unsigned int i;

	text[0] = '\0';
	for (i = 0; (line = overlay_line(o, i)) != NULL; i++) {
		if ((option_row(overlay_id(o, i))->to & to) == 0 ||
		    strlen(text) + strlen(line) + 2 > sizeof(text))
			continue;
		if (text[0] != '\0')
			strlcat(text, "\n", sizeof(text));
		strlcat(text, line, sizeof(text));
	}
	return text;
}

/* Hundredths, as the parent tells the load; 0 switches it off. */
bool
override_load_ok(const struct entry *e, uint32_t load)
{
	uint32_t most = env.conf.load;

	if (e->has_load)
		most = (uint32_t)override_num(e, OPT_LAVG_QUEUE) * 100;
	return most == 0 || load <= most;
}

/* How many messages have a Lavg_queue of their own: while it is 0, a busy
 * machine need not look at any message. */
unsigned int
override_loads(void)
{
	return nloads;
}
