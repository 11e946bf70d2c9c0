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
 * Lines of explain; see explain_line.h.
 */
#include "explain_line.h"

#include <stdio.h>
#include <string.h>

#include "parse.h"
#include "rule_print.h"
#include "template.h"

/* A text that is too long loses its end, and says so. */
static void
put_text(struct out *o, const char *key, const char *text)
{
	static const char more[] = "...";
	char cut[EXPLAIN_TEXT_MAX + sizeof(more)];

	if (strlen(text) <= EXPLAIN_TEXT_MAX) {
		out_key(o, key, text);
		return;
	}
	memcpy(cut, text, EXPLAIN_TEXT_MAX);
	memcpy(cut + EXPLAIN_TEXT_MAX, more, sizeof(more));
	out_key(o, key, cut);
}

/* The option of a Def! as far as its text is known, when it is a secret. */
static const char *
secret_option(const char *text)
{
	char name[64];
	enum option_id id;
	size_t len;

	text += strspn(text, " \t");
	len = strcspn(text, " \t=");
	if (len == 0 || len >= sizeof(name))
		return NULL;
	memcpy(name, text, len);
	name[len] = '\0';
	if (option_find(name, OPTION_IN_DEF, &id) == -1 &&
	    option_find(name, OPTION_IN_CONF, &id) == -1)
		return NULL;
	return option_row(id)->flags & OPTION_SECRET ? option_row(id)->name :
						       NULL;
}

/* The item as written, but for passwords.  False: too long. */
static bool
print_item(
    const struct rule_item *item, char delimiter, char *text, size_t size)
{
	struct rule_item shown = *item;
	struct template field[2];
	struct piece stars = {.text = "***", .len = 3};
	const char *name;

	if (item->word == WORD_MX_AUTH && item->fields == 2) {
		memcpy(field, item->field, sizeof(field));
		field[1].pieces = &stars;
		field[1].count = 1;
		shown.field = field;
	} else if (item->word == WORD_DEF && item->field[0].count > 0 &&
	    item->field[0].pieces[0].variable == VAR_NONE &&
	    (name = secret_option(item->field[0].pieces[0].text)) != NULL) {
		return snprintf(text, size, "Def! \"%s ***\"", name) <
		    (int)size;
	}
	return rule_print_item(&shown, delimiter, text, size) != -1;
}

/* First of all lines: which rules are run, and which option says so. */
void
explain_line_event(struct out *o, enum rule_event event, const char *rules)
{
	out_key(o, "at", "event");
	out_key(o, "event", rule_event_names[event]);
	out_key(o, "option", option_row(rule_event_option(event))->name);
	/* Its lines follow, without passwords. */
	put_text(o, "rules", parse_is_inline(rules) ? "inline" : rules);
}

/* As the parser understood it, not as it was written: a quote or a blank that
 * went wrong is seen. Passwords are stars. */
void
explain_line_rule(struct out *o, unsigned int depth, const struct rules *rules,
    const struct rule_line *line)
{
	static char item[RULE_PRINT_MAX];
	char text[EXPLAIN_TEXT_MAX + 8] = "";
	char delimiter = ':';
	uint32_t i;

	for (i = 0; i < line->count; i++) {
		if (!print_item(
			&line->items[i], delimiter, item, sizeof(item)) ||
		    strlen(text) + strlen(item) + 1 > EXPLAIN_TEXT_MAX) {
			strlcat(text, " ...", sizeof(text));
			break;
		}
		if (i > 0)
			strlcat(text, " ", sizeof(text));
		strlcat(text, item, sizeof(text));
		if (line->items[i].word == WORD_DELIMITER)
			delimiter = line->items[i].field[0].constant[0];
	}
	out_key(o, "at", "line");
	out_key_num(o, "depth", depth);
	put_text(o, "file", rules->name);
	out_key_num(o, "line", line->number);
	put_text(o, "rule", text);
}

/* A condition's "false" is behind its own '!', as the line goes on or not by
 * that. */
static const char *
result_of(const struct word_row *row, enum step step)
{
	switch (step) {
	case STEP_YES:
		return row->mark == '?' ? "true" : "done";
	case STEP_NO:
		return row->mark == '?' ? "false" : "not done";
	case STEP_STOP:
		return "ends the event";
	case STEP_LEAVE:
		return "leaves the file";
	case STEP_INCLUDE:
		return "runs the file";
	case STEP_REPLACE:
		return "goes on in the file";
	case STEP_END_AFTER:
		return "ends the event after this line";
	default:
		return "failed";
	}
}

/* The note is worth more than the result where a word has no meaning: it is
 * then passed over. */
void
explain_line_item(struct out *o, const struct run *run,
    const struct rule_item *item, enum step step, const char *values)
{
	const struct word_row *row = word_row(item->word);
	static char text[RULE_PRINT_MAX];

	if (!print_item(item, run->delimiter, text, sizeof(text)))
		strlcpy(text, row->name, sizeof(text));
	out_key(o, "at", "item");
	out_key(o, "kind", row->mark == '?' ? "condition" : "action");
	put_text(o, "item", text);
	if (values != NULL)
		put_text(o, "values", values);
	if ((row->events & EV(run->event)) == 0)
		out_key(o, "note", "has no meaning in this event");
	out_key(o, "result", result_of(row, step));
}

/* An option's value may be a secret, so it is told by name only. */
void
explain_line_effect(struct out *o, enum rule_effect effect, const char *text)
{
	const char *name = NULL;

	out_key(o, "at", "effect");
	out_key(o, "effect", rule_effect_names[effect]);
	if (effect == EFFECT_OPTION && (name = secret_option(text)) != NULL)
		out_key(o, "text", name);
	else
		put_text(o, "text", text);
}

/* Warnings and errors; the place is that of a rule, or NULL. */
void
explain_line_text(
    struct out *o, const char *at, const char *place, const char *text)
{
	out_key(o, "at", at);
	if (place != NULL)
		put_text(o, "place", place);
	put_text(o, "text", text);
}

/* What the client would get: verdict and reply have been settled by verdict.c.
 */
void
explain_line_verdict(struct out *o, const struct run *run)
{
	out_key(o, "at", "verdict");
	out_key(o, "verdict", rule_verdict_names[run->verdict]);
	out_key(o, "reply", run->reply);
	out_key(o, "rule", run->place);
	out_key_num(o, "lines", run->lines);
}
