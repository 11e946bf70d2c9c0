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
 * Command lines of delivery programs: the direct mode's arguments, and in the
 * shell's mode what a real /bin/sh makes of hostile values.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../selor/dlocal.h"

static const struct dlocal_values plain = {.user = "user",
    .id = "17_1",
    .recipient = "to@rcpt.example",
    .sender = "from@from.example",
    .rcpt_domain = "rcpt.example",
    .from_domain = "from.example",
    .from_local = "from",
    .rcpt_local = "to",
    .home = "/home/user"};

/* Everything that a shell, a splitter of words or a printf would act on. */
static const char nasty[] = "a b;$(touch x)`id`'\"\\ *%l&|<>\n";

static struct dlocal_command c;

/* The forms of the manual's own examples, and what old files hold. */
static void
direct(void **state)
{
	static const struct {
		const char *command, *words;
	} cases[] = {
	    {"/usr/bin/procmail -d %l ", "/usr/bin/procmail|-d|user|"},
	    {"/usr/local/bin/maildrop -d %l <",
		"/usr/local/bin/maildrop|-d|user|"},
	    {"/usr/libexec/deliver -d %l < ", "/usr/libexec/deliver|-d|user|"},
	    {"/x %l%d%r%f%c%o%m%p%C",
		"/x|user17_1to@rcpt.examplefrom@from.examplercpt.example"
		"from.examplefromto/home/user|"},
	    {"/x \"two words\" 'and %l' a\"b\"c", "/x|two words|and user|abc|"},
	    {"/x %z 100%", "/x|%z|100%|"},
	    {"/x \"\"", "/x||"},
	};
	char words[400];
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    dlocal_build(&c, cases[i].command, false, &plain), 0);
		words[0] = '\0';
		for (n = 0; n < c.argc; n++) {
			strlcat(words, c.argv[n], sizeof(words));
			strlcat(words, "|", sizeof(words));
		}
		assert_string_equal(words, cases[i].words);
	}
}

/* A command that can not be meant is none: nothing is run in part. */
static void
refused(void **state)
{
	static char many[400];
	size_t i;

	(void)state;
	assert_int_equal(dlocal_build(&c, "", false, &plain), -1);
	assert_int_equal(dlocal_build(&c, " < ", false, &plain), -1);
	assert_int_equal(dlocal_build(&c, "", true, &plain), -1);
	assert_int_equal(dlocal_build(&c, "/x 'open", false, &plain), -1);
	assert_int_equal(dlocal_build(&c, "/x \"open", true, &plain), -1);
	for (i = 0; i < 2 * (DLOCAL_ARGS_MAX + 1); i++)
		many[i] = i % 2 ? ' ' : 'a';
	assert_int_equal(dlocal_build(&c, many, false, &plain), -1);
}

/* A value never becomes two arguments. */
static void
direct_hostile(void **state)
{
	struct dlocal_values v = plain;

	(void)state;
	v.recipient = nasty;
	assert_int_equal(dlocal_build(&c, "/x %r '%r'", false, &v), 0);
	assert_int_equal(c.argc, 3);
	assert_string_equal(c.argv[1], nasty);
	assert_string_equal(c.argv[2], nasty);
}

/* Runs what was built; its output. */
static void
run(char *out, size_t size)
{
	int p[2], status;
	ssize_t n, all = 0;
	pid_t pid;

	assert_int_equal(pipe(p), 0);
	if ((pid = fork()) == 0) {
		dup2(p[1], STDOUT_FILENO);
		close(p[0]);
		execv(c.argv[0], c.argv);
		_exit(127);
	}
	close(p[1]);
	while ((n = read(p[0], out + all, size - 1 - (size_t)all)) > 0)
		all += n;
	out[all] = '\0';
	close(p[0]);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

/*
 * What the shell prints has to be the value, octet for octet, in each kind of
 * quotes: a value that was executed would print something else.
 */
static void
shell(void **state)
{
	static const char *const commands[] = {
	    "printf %%s %r", "printf '%%s' \"%r\"", "printf \"%%s\" '%r' < "};
	struct dlocal_values v = plain;
	char out[400];
	size_t i;

	(void)state;
	v.recipient = nasty;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		/* "%%" is no variable: the shell sees it as it stands. */
		char command[80];

		strlcpy(command, commands[i], sizeof(command));
		char *at = strstr(command, "%%");

		memmove(at, at + 1, strlen(at));
		assert_int_equal(dlocal_build(&c, command, true, &v), 0);
		run(out, sizeof(out));
		assert_string_equal(out, nasty);
	}
	assert_int_equal(
	    dlocal_build(
		&c, "echo %l %d %c %o %m %p %C | tr a-z A-Z", true, &plain),
	    0);
	run(out, sizeof(out));
	assert_string_equal(
	    out, "USER 17_1 RCPT.EXAMPLE FROM.EXAMPLE FROM TO /HOME/USER\n");
}

/* The whole path of the program, no prefix of one and no name alone. */
static void
allowed(void **state)
{
	const char *list = "/usr/bin/procmail /usr/libexec/deliver";

	(void)state;
	assert_true(dlocal_is_allowed("/usr/bin/procmail -d x", list));
	assert_true(dlocal_is_allowed("/usr/libexec/deliver", list));
	assert_false(dlocal_is_allowed("/usr/bin/procmai", list));
	assert_false(dlocal_is_allowed("/usr/bin/procmail2", list));
	assert_false(dlocal_is_allowed("procmail", list));
	assert_false(dlocal_is_allowed("", list));
	assert_false(dlocal_is_allowed("/bin/sh", ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(direct),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(direct_hostile),
	    cmocka_unit_test(shell),
	    cmocka_unit_test(allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
