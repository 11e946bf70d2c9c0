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
 * The client's half of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel
 * binding.  What the server says is any octets, and it has to prove that it
 * knows the password, too.
 */
#ifndef SCRAM_H
#define SCRAM_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets of a name as Mx_auth! has it, each of which may become three. */
#define SCRAM_USER_MAX 512
/* Octets of a message from the server; as much as a reply's text may hold. */
#define SCRAM_SERVER_MAX 1536
/* Octets of a message of ours, with its NUL. */
#define SCRAM_CLIENT_MAX (3 * SCRAM_USER_MAX + 64 + SCRAM_SERVER_MAX)
#define SCRAM_SALT_MAX 256
/*
 * Iterations: fewer are for guessers (RFC 7677 section 4), and each takes time
 * in which no other delivery goes on: the most are about a tenth of a second.
 */
#define SCRAM_ITERATIONS_MIN 4096
#define SCRAM_ITERATIONS_MAX 200000
#define SCRAM_HASH 32

/* What the password became: it is the same until the server changes its salt
 * (RFC 5802 section 5.1), and as secret as the password. */
struct scram_salted {
	uint32_t iterations; /* 0: nothing is known */
	size_t salt_len;
	uint8_t salt[SCRAM_SALT_MAX], key[SCRAM_HASH];
};

/* One login. */
struct scram {
	char nonce[33];
	char first[3 * SCRAM_USER_MAX + 48]; /* without "n,," */
	uint8_t signature[SCRAM_HASH]; /* that the server has to show */
	bool is_proven; /* it did */
};

/* A message of the server, not terminated. */
struct scram_message {
	const char *at;
	size_t len;
};

/* A server's first message, pointing into it; the salt is base64. */
struct scram_challenge {
	const char *nonce, *salt;
	size_t nonce_len, salt_len;
	uint32_t iterations;
};

/* Before the cage: the library looks for nothing later.  0 or -1. */
int scram_init(void);
/* The first message into out (SCRAM_CLIENT_MAX).  Length or -1: the user. */
ssize_t scram_begin(struct scram *, const char *user, char *out);
/* NULL, or what is wrong with it. */
const char *scram_parse(struct scram_challenge *, struct scram_message);
/*
 * Answers the server's first message into out (SCRAM_CLIENT_MAX).  NULL, or
 * why it is refused.
 */
const char *scram_answer(struct scram *, struct scram_message,
    const char *password, struct scram_salted *, char *out);
/* The server's last message.  NULL, or why it is not who it should be. */
const char *scram_check(struct scram *, struct scram_message);
void scram_clear(struct scram *);

#endif
