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
 * SCRAM-SHA-256: the example of RFC 7677 section 3, and what a server might say
 * in place of its half.
 */
#include "../../deliverd/scram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NONCE "rOprNGfwEbeRWgbNEkqO"
#define BOTH NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define SALT "s=W22ZaJ0SNY7soEsUEjb6gQ=="

static const char *
answer(struct scram *s, const char *text, struct scram_salted *k, char *out)
{
	struct scram_message m = {text, strlen(text)};

	return scram_answer(s, m, "pencil", k, out);
}

/* With the nonce of the example. */
static void
begin(struct scram *s)
{
	char out[SCRAM_CLIENT_MAX];

	assert_true(scram_begin(s, "user", out) > 0);
	strlcpy(s->nonce, NONCE, sizeof(s->nonce));
	strlcpy(s->first, "n=user,r=" NONCE, sizeof(s->first));
}

static void
test_rfc(void **state)
{
	static const char last[] =
	    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
	struct scram_message m = {last, sizeof(last) - 1};
	struct scram_salted k = {0};
	char out[SCRAM_CLIENT_MAX];
	struct scram s;
	int i;

	(void)state;
	/* The second time with what the first one computed. */
	for (i = 0; i < 2; i++) {
		begin(&s);
		assert_null(answer(&s, "r=" BOTH "," SALT ",i=4096", &k, out));
		assert_string_equal(out,
		    "c=biws,r=" BOTH
		    ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
		assert_false(s.is_proven);
		assert_null(scram_check(&s, m));
		assert_true(s.is_proven);
	}
	assert_int_equal(4096, k.iterations);
	/* Another salt is not the same key. */
	begin(&s);
	assert_null(answer(&s, "r=" BOTH ",s=QUJD,i=4096", &k, out));
	assert_non_null(scram_check(&s, m));
	assert_false(s.is_proven);
}

static void
test_first(void **state)
{
	static const struct {
		const char *user, *first;
	} t[] = {{"user", "n,,n=user,r="}, {"a=b,c", "n,,n=a=3Db=2Cc,r="},
	    {"", "n,,n=,r="}};
	char out[SCRAM_CLIENT_MAX], user[SCRAM_USER_MAX * 4];
	struct scram s, other;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_true(scram_begin(&s, t[i].user, out) > 0);
		if (strncmp(out, t[i].first, strlen(t[i].first)) != 0)
			fail_msg("%s: %s", t[i].user, out);
		assert_int_equal(32, strlen(s.nonce));
		assert_string_equal(s.nonce, out + strlen(t[i].first));
	}
	assert_true(scram_begin(&other, "user", out) > 0);
	assert_string_not_equal(s.nonce, other.nonce);
	memset(user, ',', SCRAM_USER_MAX - 1);
	user[SCRAM_USER_MAX - 1] = '\0';
	assert_true(scram_begin(&s, user, out) > 0);
	memset(user, ',', sizeof(user) - 1);
	user[sizeof(user) - 1] = '\0';
	assert_int_equal(-1, scram_begin(&s, user, out));
}

static void
test_refused(void **state)
{
	static const char *const t[] = {"", "r", "r=", "r=" BOTH,
	    "r=" BOTH "," SALT, "r=" BOTH "," SALT ",i=", "r=" BOTH ",i=4096",
	    "r=" BOTH ",s=,i=4096", "r=" BOTH ",s=====,i=4096",
	    "r=" BOTH ",s=W22,i=4096", "r=" BOTH "," SALT ",i=4095",
	    "r=" BOTH "," SALT ",i=200001", "r=" BOTH "," SALT ",i=0",
	    "r=" BOTH "," SALT ",i=-4096", "r=" BOTH "," SALT ",i=4294971392",
	    "r=" BOTH "," SALT ",i=4096x", "r=" NONCE "," SALT ",i=4096",
	    "r=" BOTH "x\r," SALT ",i=4096", "r=rOprother," SALT ",i=4096",
	    SALT ",r=" BOTH ",i=4096", "m=x,r=" BOTH "," SALT ",i=4096",
	    "e=other-error"};
	static const char *const last[] = {"", "v", "v=", "v=AAAA",
	    "e=invalid-proof", "x=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
	    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4",
	    "v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="};
	struct scram_salted k = {0};
	struct scram_message m;
	char out[SCRAM_CLIENT_MAX], text[SCRAM_SERVER_MAX + 64];
	struct scram s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		begin(&s);
		if (answer(&s, t[i], &k, out) == NULL)
			fail_msg("taken: %s", t[i]);
		assert_int_equal(0, k.iterations);
	}
	begin(&s);
	memset(text, 'x', sizeof(text));
	memcpy(text, "r=" BOTH, strlen("r=" BOTH));
	strlcpy(text + SCRAM_SERVER_MAX, "," SALT ",i=4096", 64);
	assert_non_null(answer(&s, text, &k, out));
	begin(&s);
	assert_null(answer(&s, "r=" BOTH "," SALT ",i=4096", &k, out));
	for (i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		m.at = last[i];
		m.len = strlen(last[i]);
		if (scram_check(&s, m) == NULL || s.is_proven)
			fail_msg("taken: %s", last[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rfc),
	    cmocka_unit_test(test_first),
	    cmocka_unit_test(test_refused),
	};

	if (scram_init() == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
