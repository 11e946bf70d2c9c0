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
 * The forms of Module and Modseq_*: which programs there are, what a module
 * may be called.  selor.conf(5).
 */
#include "conf_module.h"

#include <string.h>

#include "module.h"

#define BLANKS " \t"

/* Programs lookupd-NAME that there are or will be. */
static const char *const modules[] = {
    "file", "passwd", "mysql", "ldap", "sqlite"};

static enum conf_verdict
wrong(char *error, const char *why)
{
	strlcpy(error, why, OPTION_ERROR_MAX);
	return CONF_WRONG;
}

bool
conf_module_is_program(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		if (strlen(modules[i]) == len &&
		    memcmp(modules[i], name, len) == 0)
			return true;
	}
	return false;
}

static enum conf_verdict
wrong_module(char *error)
{
	size_t i;

	strlcpy(error, "must name known modules (", OPTION_ERROR_MAX);
	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		if (i > 0)
			strlcat(error, " ", OPTION_ERROR_MAX);
		strlcat(error, modules[i], OPTION_ERROR_MAX);
	}
	strlcat(error, ")", OPTION_ERROR_MAX);
	return CONF_WRONG;
}

/* Whether these are modules that are loaded is for conf_together.c to say:
 * the Module lines may stand below. */
enum conf_verdict
conf_module_check_seq(enum option_id id, char *text, char *error)
{
	const char *p = text;
	size_t len;

	(void)id;
	for (; (len = module_next(&p)) > 0; p += len)
		if (!module_is_name(p, len))
			return wrong(error, "must be names of modules");
	return CONF_FINE;
}

/*
 * "program[:name] [file]"; one blank between them in the normal form.  A
 * module named as another program would make Modseq_* mean the wrong one.
 */
enum conf_verdict
conf_module_check(enum option_id id, char *text, char *error)
{
	char copy[OPTION_TEXT_MAX];
	struct module m;
	size_t len;

	(void)id;
	strlcpy(copy, text, sizeof(copy));
	if (module_parse(copy, &m) == -1)
		return strchr(copy, ':') == NULL ?
		    wrong_module(error) :
		    wrong(
			error, "must have a name of letters, digits, - and _");
	if (!conf_module_is_program(m.program, strlen(m.program)))
		return wrong_module(error);
	if (strcmp(m.name, m.program) != 0 &&
	    conf_module_is_program(m.name, strlen(m.name)))
		return wrong(error, "must not have the name of another module");
	if (*m.file != '\0' && *m.file != '/')
		return wrong(error, "must name its file by an absolute path");
	len = strspn(copy, BLANKS);
	strlcpy(text, copy + len, strcspn(copy + len, BLANKS) + 1);
	if (*m.file != '\0') {
		strlcat(text, " ", OPTION_TEXT_MAX);
		strlcat(text, m.file, OPTION_TEXT_MAX);
	}
	return CONF_FINE;
}
