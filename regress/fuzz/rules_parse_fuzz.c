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
 * Any octets as rules; the first chooses how.  Each line that is taken must
 * print, and what is printed must be one line again, without an error, that
 * prints the same.
 */
#include "fuzz.h"

#include <string.h>

#include "../../ruled/parse.h"
#include "../../ruled/rule_print.h"

static void
count_errors(void *arg, const struct parse_problem *problem)
{
	unsigned int *errors = arg;

	CHECK(problem->line > 0 && problem->column > 0);
	CHECK(strlen(problem->text) > 0);
	*errors += problem->severity == PARSE_ERROR;
}

static void
read_again(const char *text, size_t len, uint32_t items)
{
	static char again[RULE_PRINT_MAX];
	unsigned int errors = 0;
	struct parse_how how = {
	    .name = "again", .told = count_errors, .arg = &errors};
	struct rules *rules = parse_rules(text, len, &how);

	CHECK(rules != NULL && errors == 0);
	CHECK(rules->count == 1 && rules->lines[0].count == items);
	CHECK(rule_print(&rules->lines[0], again, sizeof(again)) == (int)len);
	CHECK(memcmp(again, text, len) == 0);
	rules_release(rules);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[RULE_PRINT_MAX];
	unsigned int errors = 0;
	struct parse_how how = {
	    .name = "fuzz", .told = count_errors, .arg = &errors};
	struct rules *rules;
	uint32_t i;
	int len;

	if (size == 0)
		return 0;
	how.is_inline = (data[0] & 1) != 0;
	how.is_restricted = (data[0] & 2) != 0;
	rules = parse_rules((const char *)data + 1, size - 1, &how);
	if (rules == NULL)
		return 0;
	for (i = 0; i < rules->count; i++) {
		len = rule_print(&rules->lines[i], text, sizeof(text));
		CHECK(len > 0);
		if (len <= RULE_LINE_MAX)
			read_again(text, (size_t)len, rules->lines[i].count);
	}
	rules_release(rules);
	return 0;
}
