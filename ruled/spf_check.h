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
 * One SPF check, RFC 7208, by libspf2 over a memo of DNS answers.  libspf2
 * can not wait: a question that the memo does not hold is written down, the
 * run goes to its end and is thrown away, whatever it said; when the answer
 * is there it runs again.  This file asks nobody.
 */
#ifndef RULED_SPF_CHECK_H
#define RULED_SPF_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ask_dns.h"
#include "msg.h"

/* RFC 7208 section 4.6.4: ten terms, ten hosts of each MX, and the record. */
#define SPF_QUESTIONS_MAX 120
#define SPF_VOID_MAX 2
#define SPF_BYTES_MAX 65536

/* %y and Spf_resp? */
enum spf_result {
	SPF_NONE,
	SPF_PASS,
	SPF_NEUTRAL,
	SPF_SOFTFAIL,
	SPF_FAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR
};
extern const char *const spf_result_names[];

struct spf_identity {
	struct msg_addr client; /* family 0: none */
	const char *helo; /* NULL: not known */
	const char *sender; /* an address; NULL or "": the null sender */
};

/* Makes what the library needs of the system; once, before the cage. */
int spf_check_init(void);

struct spf_check;
/* Texts are copied.  NULL: no memory. */
struct spf_check *spf_check_new(const struct spf_identity *identity);
void spf_check_free(struct spf_check *check);

/* true: *result is there; false: questions are to be asked. */
bool spf_check_run(struct spf_check *check, enum spf_result *result);

/* The next question that nobody has asked; its number, or -1. */
int spf_check_question(
    struct spf_check *check, const char **name, enum ask_dns_type *type);
/* Its answer; the addresses of the hosts of an MX become questions. */
void spf_check_answer(
    struct spf_check *check, uint32_t nth, const struct ask_dns_answer *answer);

#endif
