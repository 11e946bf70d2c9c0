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
 * How a recipient fared: a class, an SMTP code, an enhanced code (RFC 3463),
 * a line of text and the host that said it; as DLV_RESULT carries it.
 */
#ifndef RESULT_H
#define RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "enums.h"
#include "option.h"

struct overlay;
struct reply;

struct result {
	uint8_t result; /* enum dlv_result */
	uint16_t code; /* 0: none */
	bool relayed_dsn; /* the next host takes care of DSN (RFC 3461) */
	char enhanced[24];
	char text[1025];
	char host[321]; /* "mx.example.org [192.0.2.1]" or "" */
};

/* Our own words; the class follows the code's first digit. */
void result_set(
    struct result *, uint16_t code, const char *enhanced, const char *text);
/* From an option of the kind "550 No such user", as Def! may have it. */
void result_option(struct result *, const struct overlay *, enum option_id,
    uint16_t code, const char *enhanced);
/* What a server said, cleaned; host is copied. */
void result_reply(struct result *, const struct reply *, const char *host);

/*
 * A program's wait status by sysexits(3), with what it said, if anything.
 * What a shell says of a program that is missing is temporary: that is the
 * administrator's slip, not the sender's.
 */
void result_exit(struct result *, uint32_t status, const char *said);

#endif
