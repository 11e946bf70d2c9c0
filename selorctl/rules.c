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
 * selorctl rules check: files of rules parsed as the server would, and what
 * is wrong with them told.  See commands.h and selor.rules(5).
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../ruled/parse.h"
#include "commands.h"

#define READ_FIRST 65536

struct told {
	const char *file;
	bool has_error;
};

static void
print_problem(void *arg, const struct parse_problem *problem)
{
	struct told *told = arg;
	bool is_error = problem->severity == PARSE_ERROR;

	printf("%s:%u:%u: %s: %s\n", told->file, problem->line, problem->column,
	    is_error ? "error" : "warning", problem->text);
	told->has_error |= is_error;
}

/* All of a descriptor, to be freed; NULL and errno. */
static char *
read_all(int fd, size_t *len)
{
	size_t size = READ_FIRST;
	char *text = malloc(size), *more;
	ssize_t n;

	*len = 0;
	while (text != NULL) {
		n = read(fd, text + *len, size - *len);
		if (n == 0)
			return text;
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			break;
		if ((*len += (size_t)n) < size)
			continue;
		if (size > RULE_FILE_MAX) {
			errno = EFBIG;
			break;
		}
		if ((more = realloc(text, size * 2)) == NULL)
			break;
		text = more;
		size *= 2;
	}
	free(text);
	return NULL;
}

/* 0, or -1: it has an error, which was printed. */
static int
check_file(const char *file)
{
	struct told told = {file, false};
	struct parse_how how = {
	    .name = file, .told = print_problem, .arg = &told};
	struct rules *rules;
	char *text = NULL;
	size_t len;
	int fd;

	if ((fd = open(file, O_RDONLY | O_CLOEXEC)) == -1 ||
	    (text = read_all(fd, &len)) == NULL) {
		printf("%s:1:1: error: the file can not be read: %s\n", file,
		    strerror(errno));
		if (fd != -1)
			close(fd);
		return -1;
	}
	close(fd);
	rules = parse_rules(text, len, &how);
	free(text);
	if (rules == NULL && !told.has_error) {
		printf("%s:1:1: error: there is no memory for it\n", file);
		return -1;
	}
	rules_release(rules);
	return told.has_error ? -1 : 0;
}

int
rules_check(struct settings *s, char **argv)
{
	int r = 0;

	(void)s;
	if (argv[0] == NULL) {
		warnx("rules check which files?");
		return COMMAND_USAGE;
	}
	for (; *argv != NULL; argv++) {
		if (check_file(*argv) == -1)
			r = 1;
	}
	return r;
}
