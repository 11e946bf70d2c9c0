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
 * Lines and items of rules; parameters are parse_param.c's.  See parse.h.
 */
#include "parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse_in.h"

#define TEXT_MAX 640
/* Lines that there is room for at first. */
#define LINES_FIRST 16

/* What hangs on rules->memory. */
struct memory {
	struct arena nodes, texts;
};

/* What is no printable ASCII becomes \xNN; cut where it does not fit. A problem
 * quotes what stands in the file, which may have been written by anyone: no
 * escape sequence of it reaches a terminal. */
static void
make_printable(const char *in, char *out, size_t size)
{
	size_t used = 0;

	for (; *in != '\0' && used + sizeof("\\xNN") <= size; in++) {
		if (*in >= ' ' && *in <= '~')
			out[used++] = *in;
		else
			used += (size_t)snprintf(out + used, size - used,
			    "\\x%02x", (unsigned char)*in);
	}
	out[used] = '\0';
}

/* Bounded: a file of nonsense would fill the log otherwise. The last says that
 * there are more. */
static void
tell(struct parser *p, enum parse_severity severity, uint32_t column,
    const char *raw)
{
	char text[TEXT_MAX];
	struct parse_problem problem = {severity, p->line, column, text};

	if (++p->problems > PARSE_PROBLEMS_MAX + 1 || p->how->told == NULL)
		return;
	if (p->problems > PARSE_PROBLEMS_MAX)
		strlcpy(text, "there are more problems, which are not told",
		    sizeof(text));
	else
		make_printable(raw, text, sizeof(text));
	p->how->told(p->how->arg, &problem);
}

/* Always -1, so that it can be returned. The line is left out, the others hold.
 */
int
parse_error(struct parser *p, uint32_t column, const char *fmt, ...)
{
	char raw[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	tell(p, PARSE_ERROR, column, raw);
	return -1;
}

/* The line stays. */
void
parse_warning(struct parser *p, uint32_t column, const char *fmt, ...)
{
	char raw[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	tell(p, PARSE_WARNING, column, raw);
}

/* With its mark, as it is written. */
const char *
parse_word_name(const struct rule_item *item, char buf[40])
{
	const struct word_row *row = word_row(item->word);

	snprintf(buf, 40, "%s%c", row->name, row->mark);
	return buf;
}

/* No such word, or one with the wrong mark or none. */
static int
unknown_word(struct parser *p, uint32_t column)
{
	const struct lex *lex = &p->lex;
	const char *near = NULL;
	int len = lex->len < 40 ? (int)lex->len : 40;
	char mark[2] = {lex->mark, '\0'};

	/* It takes time, which a file of nonsense shall not cost. */
	if (p->problems < PARSE_PROBLEMS_MAX)
		near = words_nearest(lex->text, lex->len, lex->mark);
	if (near == NULL)
		return parse_error(p, column, "there is no word \"%.*s%s\"",
		    len, lex->text, mark);
	if (strlen(near) != lex->len + 1 ||
	    memcmp(near, lex->text, lex->len) != 0)
		return parse_error(p, column,
		    "there is no word \"%.*s%s\"; the nearest is \"%s\"", len,
		    lex->text, mark, near);
	return parse_error(p, column, "\"%.*s%s\" %s: it is %s, \"%s\"", len,
	    lex->text, mark,
	    lex->mark == '\0' ? "lacks its mark" : "has the wrong mark",
	    near[lex->len] == '?' ? "a condition" : "an action", near);
}

/* A condition whose mark was forgotten is read as one, with a warning; an
 * action never. */
static int
find_word(struct parser *p, struct rule_item *item)
{
	const struct lex *lex = &p->lex;
	uint32_t column = lex_column(lex, lex->at);
	enum word word;
	char name[40];

	item->column = (uint16_t)column;
	item->is_negated = lex->is_negated;
	switch (words_find(lex->text, lex->len, lex->mark, &word)) {
	case WORD_FOUND:
		item->word = (uint8_t)word;
		break;
	case WORD_ODD:
		item->word = (uint8_t)word;
		parse_warning(p, column, "\"%.*s%.1s\" is read as \"%s\"",
		    (int)lex->len, lex->text, &lex->mark,
		    parse_word_name(item, name));
		break;
	case WORD_UNKNOWN:
		return unknown_word(p, column);
	}
	if (item->is_negated && word_row(word)->mark == '!')
		return parse_error(p, column,
		    "an action can not be negated: \"!%s\"",
		    parse_word_name(item, name));
	return 0;
}

/* A13(e) */
static bool
is_taken_from_restricted(enum word word)
{
	switch (word) {
	case WORD_EXEC:
	case WORD_LOG:
	case WORD_DEF:
	case WORD_RELAY:
	case WORD_ACCEPT:
	case WORD_SENDMAIL:
	case WORD_MX_DEST:
	case WORD_MX_AUTH:
	case WORD_MX_SOURCE:
	case WORD_SO_MARK:
	case WORD_INC_RULES:
	case WORD_PROC_RULES:
		return true;
	default:
		return false;
	}
}

/* Into the parser's room; the tree gets a copy when its line is whole. */
static int
parse_item(struct parser *p, struct rule_item *item)
{
	enum lex_got got;
	char name[40];
	bool takes_none;

	memset(item, 0, sizeof(*item));
	if (find_word(p, item) == -1)
		return -1;
	if (p->how->is_restricted && is_taken_from_restricted(item->word))
		return parse_error(p, item->column,
		    "\"%s\" is not allowed in a file that neither root nor "
		    "the server's user owns",
		    parse_word_name(item, name));
	takes_none = word_row(item->word)->form == FORM_NONE;
	if ((got = lex_string(&p->lex)) == LEX_WRONG)
		return parse_error(
		    p, lex_column(&p->lex, p->lex.at), "%s", p->lex.error);
	if (got == LEX_NONE && !takes_none)
		return parse_error(p, item->column,
		    "\"%s\" needs a parameter in quotes",
		    parse_word_name(item, name));
	if (got == LEX_STRING && takes_none)
		return parse_error(p, lex_column(&p->lex, p->lex.at),
		    "\"%s\" takes no parameter", parse_word_name(item, name));
	return takes_none ? 0 : parse_param(p, item);
}

/* warned is the one field of the tree that changes later: which faults were
 * told already. */
static int
keep_line(struct parser *p, uint32_t count)
{
	struct rules *rules = p->rules;
	struct rule_line *line;
	size_t room;

	if (rules->count == p->room) {
		room = p->room == 0 ? LINES_FIRST : p->room * 2;
		line = reallocarray(rules->lines, room, sizeof(*line));
		if (line == NULL) {
			p->no_memory = true;
			return -1;
		}
		rules->lines = line;
		p->room = room;
	}
	line = &rules->lines[rules->count];
	line->number = p->line;
	line->warned = 0;
	line->count = count;
	line->items = arena_get(&p->nodes, count, sizeof(*line->items));
	if (line->items == NULL) {
		p->no_memory = true;
		return -1;
	}
	memcpy(line->items, p->items, count * sizeof(*line->items));
	rules->count++;
	return 0;
}

/* The items of a line into p->items; how many, or -1: told. */
static int
parse_items(struct parser *p)
{
	enum lex_got got;
	uint32_t count = 0;

	while ((got = lex_word(&p->lex)) == LEX_WORD) {
		if (count == p->items_max)
			return parse_error(p, 1, "the line has too many items");
		if (parse_item(p, &p->items[count]) == -1)
			return -1;
		count++;
	}
	if (got == LEX_WRONG)
		return parse_error(
		    p, lex_column(&p->lex, p->lex.at), "%s", p->lex.error);
	return (int)count;
}

/* A line with an error is left out as a whole: half a line could do more than
 * all of it. */
static void
parse_line(struct parser *p, const char *text, size_t len)
{
	const char *nul;
	int count;

	if (len > RULE_LINE_MAX) {
		(void)parse_error(p, RULE_LINE_MAX + 1,
		    "the line is longer than %d bytes", RULE_LINE_MAX);
		return;
	}
	if ((nul = memchr(text, '\0', len)) != NULL) {
		(void)parse_error(
		    p, (uint32_t)(nul - text) + 1, "the line holds a NUL byte");
		return;
	}
	p->delimiter = ':';
	lex_init(&p->lex, text, len, p->how->is_inline);
	count = parse_items(p);
	if (p->lex.nbsp != NULL)
		parse_warning(p, lex_column(&p->lex, p->lex.nbsp),
		    "no-break space (bytes C2 A0) is read as a blank");
	if (count > 0)
		(void)keep_line(p, (uint32_t)count);
}

/* Each line up to LF, CR LF or the end. */
static int
parse_lines(struct parser *p, const char *text, size_t len)
{
	const char *end = text + len, *eol;
	size_t n;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (text < end && !p->no_memory) {
		if (++p->line > RULE_LINES_MAX) {
			(void)parse_error(p, 1, "there are more than %d lines",
			    RULE_LINES_MAX);
			return -1;
		}
		eol = memchr(text, '\n', (size_t)(end - text));
		if (eol == NULL)
			eol = end;
		n = (size_t)(eol - text);
		if (n > 0 && text[n - 1] == '\r')
			n--;
		parse_line(p, text, n);
		text = eol == end ? end : eol + 1;
	}
	return p->no_memory ? -1 : 0;
}

/* An option's rules: one line, with its quotes made plain. */
static int
parse_inline(struct parser *p, const char *text, size_t len)
{
	char *copy;
	int r;

	p->line = 1;
	if (memchr(text, '\0', len) != NULL ||
	    memchr(text, '\n', len) != NULL) {
		(void)parse_error(
		    p, 1, "rules in an option are one line of text");
		return 0;
	}
	if ((copy = strndup(text, len)) == NULL)
		return -1;
	parse_inline_quotes(copy);
	/* The tree keeps no pointer into it. */
	parse_line(p, copy, strlen(copy));
	r = p->no_memory ? -1 : 0;
	free(copy);
	return r;
}

/* One reference, the caller's. */
static struct rules *
new_rules(const struct parse_how *how)
{
	struct rules *rules;

	if ((rules = calloc(1, sizeof(*rules))) == NULL)
		return NULL;
	rules->references = 1;
	rules->is_restricted = how->is_restricted;
	rules->is_inline = how->is_inline;
	rules->name = strdup(how->name);
	rules->memory = calloc(1, sizeof(struct memory));
	if (rules->name == NULL || rules->memory == NULL) {
		rules_release(rules);
		return NULL;
	}
	return rules;
}

/* Room for a line as long as the longest of this text can be. */
static int
make_room(struct parser *p, size_t len)
{
	size_t room = (len < RULE_LINE_MAX ? len : RULE_LINE_MAX) + 1;

	/* The shortest item takes five octets with its blank. */
	p->items_max = (uint32_t)room / 4 + 1;
	p->items = reallocarray(NULL, p->items_max, sizeof(*p->items));
	p->template.pieces =
	    reallocarray(NULL, room, sizeof(*p->template.pieces));
	p->template.text = malloc(2 * room);
	if (p->items == NULL || p->template.pieces == NULL ||
	    p->template.text == NULL)
		return -1;
	return 0;
}

static void
free_room(struct parser *p)
{
	free(p->items);
	free(p->template.pieces);
	free(p->template.text);
}

/* NULL: no memory, or too many lines. A file with errors is a tree all the
 * same, without those lines; the caller decides by has_errors what that means.
 */
struct rules *
parse_rules(const char *text, size_t len, const struct parse_how *how)
{
	struct parser p = {.how = how};
	struct memory *memory;
	int r = -1;

	if ((p.rules = new_rules(how)) == NULL)
		return NULL;
	if (make_room(&p, len) == 0)
		r = how->is_inline ? parse_inline(&p, text, len) :
				     parse_lines(&p, text, len);
	free_room(&p);
	memory = p.rules->memory;
	memory->nodes = p.nodes;
	memory->texts = p.texts;
	if (r == -1) {
		rules_release(p.rules);
		return NULL;
	}
	return p.rules;
}

/* A run holds what it is in, so a new version of the file does not change a run
 * in the middle. */
struct rules *
rules_hold(struct rules *rules)
{
	rules->references++;
	return rules;
}

/* Takes NULL. The last who lets go frees all of it at once. */
void
rules_release(struct rules *rules)
{
	struct memory *memory;

	if (rules == NULL || --rules->references > 0)
		return;
	if ((memory = rules->memory) != NULL) {
		arena_free(&memory->nodes);
		arena_free(&memory->texts);
		free(memory);
	}
	free(rules->lines);
	free(rules->name);
	free(rules);
}
