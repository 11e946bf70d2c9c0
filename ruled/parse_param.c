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
 * The parameter of one item: fields, templates, and what can be checked
 * before anything is expanded.  selor-grammar.md 2.1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "param.h"
#include "parse_in.h"

/* A '%' that means nothing stays (A12), with a warning. */
static void
warn_odd(struct parser *p)
{
	struct raw raw = {p->lex.text, p->lex.text + p->lex.len};
	struct unit unit;
	int len;

	while (memchr(raw.p, '%', (size_t)(raw.end - raw.p)) != NULL &&
	    template_unit(&raw, &unit)) {
		if (!unit.is_odd)
			continue;
		len = raw.p < raw.end ? 2 : 1;
		parse_warning(p, lex_column(&p->lex, unit.at),
		    "\"%.*s\" is no variable and stays as it is; a percent "
		    "sign is written %%%%",
		    len, unit.at);
	}
}

/* Is that field the name of a file?  Blanks around it are cut off. */
static bool
is_file(enum word word, unsigned int field)
{
	switch (word) {
	case WORD_INC_RULES:
	case WORD_PROC_RULES:
	case WORD_FIND_FILESTR:
	case WORD_FIND_FILELINE:
	case WORD_LOG:
	case WORD_SENDMAIL:
		return field == 0;
	case WORD_FIND_STRFILE:
		return field == 1;
	default:
		return false;
	}
}

/* Cuts at the delimiter in force; the last field takes the rest. At the first
 * delimiters from the left, of the file's own text: one that comes out of a
 * variable never cuts. */
static int
cut_fields(struct parser *p, struct rule_item *item, struct raw raw[])
{
	struct raw rest = {p->lex.text, p->lex.text + p->lex.len};
	unsigned int i, want;
	const char *at;
	char name[40];

	want = word_row(item->word)->form == FORM_FIELDS3 ? 3 : 2;
	for (i = 0; i + 1 < want; i++) {
		at = template_find(rest, &p->delimiter, 1);
		if (at == NULL)
			return parse_error(p, lex_column(&p->lex, p->lex.at),
			    "\"%s\" needs %u fields with \"%c\" between",
			    parse_word_name(item, name), want, p->delimiter);
		raw[i] = (struct raw){rest.p, at};
		rest.p = at + 1;
	}
	raw[i] = rest;
	item->fields = (uint8_t)want;
	return 0;
}

/* Cuts at the first operator, which must be the only one (A38). */
static int
cut_itest(struct parser *p, struct rule_item *item, struct raw raw[])
{
	struct raw all = {p->lex.text, p->lex.text + p->lex.len};
	const char *at = template_find(all, "<>=", 3), *other;

	if (at == NULL)
		return parse_error(p, lex_column(&p->lex, p->lex.at),
		    "\"Itest?\" needs one of > < = between two numbers");
	item->op = *at;
	raw[0] = template_trim((struct raw){all.p, at});
	raw[1] = template_trim((struct raw){at + 1, all.end});
	item->fields = 2;
	if ((other = template_find(raw[1], "<>=", 3)) != NULL)
		return parse_error(p, lex_column(&p->lex, other),
		    "\"Itest?\" takes exactly one of > < =");
	return 0;
}

/* By the word's form; a file's name loses the blanks around it, as no other
 * text does. */
static int
cut(struct parser *p, struct rule_item *item, struct raw raw[])
{
	unsigned int i;
	int r = 0;

	switch (word_row(item->word)->form) {
	case FORM_FIELDS2:
	case FORM_FIELDS3:
		r = cut_fields(p, item, raw);
		break;
	case FORM_ITEST:
		r = cut_itest(p, item, raw);
		break;
	default:
		raw[0] = (struct raw){p->lex.text, p->lex.text + p->lex.len};
		item->fields = 1;
		break;
	}
	for (i = 0; r == 0 && i < item->fields; i++) {
		if (is_file(item->word, i))
			raw[i] = template_trim(raw[i]);
	}
	return r;
}

/*
 * What is known of a parameter with variables: the name of a header field, a
 * reply's code.  NULL: nothing.
 */
static const char *
known_part(const struct rule_item *item)
{
	const struct template *t = &item->field[0];

	if (t->count == 0 || t->pieces[0].variable != VAR_NONE)
		return NULL;
	if (item->word == WORD_HADD && strchr(t->pieces[0].text, ':') != NULL)
		return t->pieces[0].text;
	if (word_row(item->word)->form == FORM_REPLY)
		return t->pieces[0].text;
	return NULL;
}

/* Only what is certain is an error; a value that is not known yet may turn out
 * well. */
static enum param_verdict
check_field(const struct rule_item *item, unsigned int i, char *error)
{
	const struct template *t = &item->field[i];
	const char *text = t->constant;

	if (text == NULL && item->word == WORD_DELIMITER)
		text = "";
	if (text == NULL && item->word == WORD_DEF &&
	    t->pieces[0].variable == VAR_NONE)
		return param_def_name(t->pieces[0].text, error) == 0 ?
		    PARAM_FINE :
		    PARAM_WRONG;
	if (text == NULL)
		text = known_part(item);
	return text == NULL ? PARAM_FINE :
			      param_check(item->word, i, text, error);
}

/* Checks each field, telling where it stands. */
static int
check(struct parser *p, const struct rule_item *item, const struct raw raw[])
{
	char error[PARAM_ERROR_MAX] = "", name[40];
	enum param_verdict verdict;
	uint32_t column;
	unsigned int i;

	for (i = 0; i < item->fields; i++) {
		/* What will not be told need not be worded. */
		verdict = check_field(
		    item, i, p->problems < PARSE_PROBLEMS_MAX ? error : NULL);
		if (verdict == PARAM_FINE)
			continue;
		column = lex_column(
		    &p->lex, item->fields == 1 ? p->lex.at : raw[i].p);
		(void)parse_word_name(item, name);
		if (verdict == PARAM_WRONG)
			return parse_error(p, column, "\"%s\" %s", name, error);
		parse_warning(p, column, "\"%s\" %s", name, error);
	}
	return 0;
}

/* The values that need no expansion, once they were checked. */
static void
fix(struct parser *p, struct rule_item *item)
{
	const char *text = item->field[0].constant;

	if (text == NULL)
		return;
	switch (word_row(item->word)->form) {
	case FORM_NUMBER:
	case FORM_KIND:
	case FORM_HITS:
		item->is_fixed = param_number(text, &item->number) == 0;
		break;
	case FORM_IP:
		item->is_fixed =
		    ip_pattern_parse(text, &item->ip, NULL, 0) == 0;
		break;
	case FORM_DELIMITER:
		p->delimiter = text[0];
		break;
	default:
		break;
	}
}

static bool
has_variable(const struct rule_item *item, enum variable variable)
{
	const struct template *t;
	uint32_t i, k;

	for (i = 0; i < item->fields; i++) {
		t = &item->field[i];
		for (k = 0; k < t->count; k++)
			if (t->pieces[k].variable == variable)
				return true;
	}
	return false;
}

/* A path leads to the message by its id alone, which a program may have been
 * told before and said; what runs or is sent is not known here. */
static bool
wants_files(const struct rule_item *item)
{
	switch (item->word) {
	case WORD_EXEC:
	case WORD_SENDMAIL:
		return true;
	case WORD_FIND_STRFILE:
	case WORD_FIND_FILESTR:
	case WORD_FIND_FILELINE:
	case WORD_INC_RULES:
	case WORD_PROC_RULES:
		return has_variable(item, VAR_SPOOL) ||
		    has_variable(item, VAR_QUEUE_ID) ||
		    has_variable(item, VAR_OUTPUT);
	default:
		return has_variable(item, VAR_SPOOL);
	}
}

/* What is fixed here is not looked at again for any message. */
int
parse_param(struct parser *p, struct rule_item *item)
{
	struct raw raw[RULE_FIELDS];
	unsigned int i;

	warn_odd(p);
	if (cut(p, item, raw) == -1)
		return -1;
	item->field = arena_get(&p->nodes, item->fields, sizeof(*item->field));
	p->no_memory |= item->field == NULL;
	for (i = 0; i < item->fields && !p->no_memory; i++) {
		if (template_make(&item->field[i], raw[i], &p->template,
			&p->nodes, &p->texts) == -1)
			p->no_memory = true;
	}
	if (p->no_memory || check(p, item, raw) == -1)
		return -1;
	fix(p, item);
	item->wants_files = wants_files(item);
	return 0;
}
