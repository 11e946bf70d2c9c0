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
 * SCRAM-SHA-256; see scram.h.  Attributes are read in the order that RFC 5802
 * section 7 gives, each bounded before it is used; m= is refused, as the RFC
 * wants, and what follows the iterations is covered by the proof.
 */
#include "scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sasl.h"

/* All three messages, which the proofs are made of. */
#define AUTH_MESSAGE_MAX \
	(3 * SCRAM_USER_MAX + 64 + SCRAM_SERVER_MAX + SCRAM_CLIENT_MAX)

static int
hmac(uint8_t *out, const uint8_t *key, const char *text)
{
	unsigned int len = SCRAM_HASH;

	return HMAC(EVP_sha256(), key, SCRAM_HASH, (const uint8_t *)text,
		   strlen(text), out, &len) == NULL ?
	    -1 :
	    0;
}

int
scram_init(void)
{
	uint8_t key[SCRAM_HASH] = {0}, out[SCRAM_HASH];

	/* Its file of settings could not be read later, and is not ours. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 ||
	    PKCS5_PBKDF2_HMAC(
		"", 0, key, 1, 1, EVP_sha256(), SCRAM_HASH, out) != 1 ||
	    SHA256(key, sizeof(key), out) == NULL)
		return -1;
	return hmac(out, key, "");
}

/* "=" and "," have a meaning of their own (RFC 5802 section 5.1). */
static int
put_user(char *out, size_t size, const char *user)
{
	size_t n = strlcpy(out, "n=", size);

	for (; *user != '\0'; user++) {
		if (n + 4 > size)
			return -1;
		if (*user == '=' || *user == ',') {
			memcpy(out + n, *user == '=' ? "=3D" : "=2C", 3);
			n += 3;
		} else
			out[n++] = *user;
	}
	out[n] = '\0';
	return 0;
}

ssize_t
scram_begin(struct scram *s, const char *user, char *out)
{
	uint8_t random[24];
	size_t n;

	memset(s, 0, sizeof(*s));
	arc4random_buf(random, sizeof(random));
	if (sasl_base64_encode(
		s->nonce, sizeof(s->nonce), random, sizeof(random)) == -1 ||
	    put_user(s->first, 3 * SCRAM_USER_MAX, user) == -1)
		return -1;
	n = strlen(s->first);
	snprintf(s->first + n, sizeof(s->first) - n, ",r=%s", s->nonce);
	n = (size_t)snprintf(out, SCRAM_CLIENT_MAX, "n,,%s", s->first);
	return (ssize_t)n;
}

/* Takes "<name>=<value>" off the front, and the comma behind it. */
static int
take(struct scram_message *m, char name, struct scram_message *value)
{
	const char *comma;

	if (m->len < 2 || m->at[0] != name || m->at[1] != '=')
		return -1;
	value->at = m->at + 2;
	value->len = m->len - 2;
	if ((comma = memchr(value->at, ',', value->len)) != NULL)
		value->len = (size_t)(comma - value->at);
	m->len -= 2 + value->len + (comma != NULL);
	m->at = comma == NULL ? m->at + 2 + value->len : comma + 1;
	return 0;
}

static int
take_number(struct scram_message v, uint32_t *number)
{
	uint32_t n = 0;
	size_t i;

	if (v.len == 0 || v.len > 7)
		return -1;
	for (i = 0; i < v.len; i++) {
		if (v.at[i] < '0' || v.at[i] > '9')
			return -1;
		n = n * 10 + (uint32_t)(v.at[i] - '0');
	}
	*number = n;
	return 0;
}

/* printable without "," (RFC 5802 section 7). */
static bool
is_nonce(struct scram_message v)
{
	size_t i;

	for (i = 0; i < v.len; i++)
		if (v.at[i] < 0x21 || v.at[i] > 0x7e)
			return false;
	return v.len > 0;
}

const char *
scram_parse(struct scram_challenge *c, struct scram_message m)
{
	struct scram_message nonce, salt, iterations;

	if (m.len > SCRAM_SERVER_MAX)
		return "its challenge is too long";
	if (m.len >= 2 && memcmp(m.at, "m=", 2) == 0)
		return "it wants an extension that is not known";
	if (take(&m, 'r', &nonce) == -1 || !is_nonce(nonce) ||
	    take(&m, 's', &salt) == -1 || salt.len == 0 ||
	    take(&m, 'i', &iterations) == -1 ||
	    take_number(iterations, &c->iterations) == -1)
		return "its challenge is malformed";
	if (c->iterations < SCRAM_ITERATIONS_MIN ||
	    c->iterations > SCRAM_ITERATIONS_MAX)
		return "its number of iterations is not acceptable";
	c->nonce = nonce.at;
	c->nonce_len = nonce.len;
	c->salt = salt.at;
	c->salt_len = salt.len;
	return NULL;
}

/* Once for each salt: it is made to take time. */
static const char *
make_key(struct scram_salted *k, const struct scram_challenge *c,
    const char *password)
{
	uint8_t salt[SCRAM_SALT_MAX];
	ssize_t n;

	n = sasl_base64_decode(salt, sizeof(salt), c->salt, c->salt_len);
	if (n <= 0)
		return "its salt is malformed";
	if (k->iterations == c->iterations && k->salt_len == (size_t)n &&
	    memcmp(k->salt, salt, (size_t)n) == 0)
		return NULL;
	k->iterations = 0;
	if (PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt, (int)n,
		(int)c->iterations, EVP_sha256(), SCRAM_HASH, k->key) != 1)
		return "no key could be made";
	memcpy(k->salt, salt, (size_t)n);
	k->salt_len = (size_t)n;
	k->iterations = c->iterations;
	return NULL;
}

/* RFC 5802 section 3: what both sides make of the messages and the key. */
static int
make_proof(struct scram *s, const struct scram_salted *k, const char *messages,
    uint8_t *proof)
{
	uint8_t client[SCRAM_HASH], server[SCRAM_HASH], stored[SCRAM_HASH];
	size_t i;
	int r = -1;

	if (hmac(client, k->key, "Client Key") == 0 &&
	    hmac(server, k->key, "Server Key") == 0 &&
	    SHA256(client, sizeof(client), stored) != NULL &&
	    hmac(proof, stored, messages) == 0 &&
	    hmac(s->signature, server, messages) == 0)
		r = 0;
	for (i = 0; i < SCRAM_HASH; i++)
		proof[i] ^= client[i];
	explicit_bzero(client, sizeof(client));
	explicit_bzero(server, sizeof(server));
	explicit_bzero(stored, sizeof(stored));
	return r;
}

const char *
scram_answer(struct scram *s, struct scram_message m, const char *password,
    struct scram_salted *k, char *out)
{
	char messages[AUTH_MESSAGE_MAX], *proof_text;
	uint8_t proof[SCRAM_HASH];
	struct scram_challenge c;
	const char *why = scram_parse(&c, m);
	size_t n = strlen(s->nonce);
	int len;

	if (why != NULL)
		return why;
	if (c.nonce_len <= n || memcmp(c.nonce, s->nonce, n) != 0)
		return "its challenge is not for this login";
	if ((why = make_key(k, &c, password)) != NULL)
		return why;
	/* "biws" is "n,,": no channel is bound. */
	len = snprintf(
	    out, SCRAM_CLIENT_MAX, "c=biws,r=%.*s", (int)c.nonce_len, c.nonce);
	snprintf(messages, sizeof(messages), "%s,%.*s,%s", s->first, (int)m.len,
	    m.at, out);
	if (make_proof(s, k, messages, proof) == -1)
		return "no proof could be made";
	memcpy(out + len, ",p=", 3);
	proof_text = out + len + 3;
	(void)sasl_base64_encode(proof_text, SCRAM_CLIENT_MAX - (size_t)len - 3,
	    proof, sizeof(proof));
	explicit_bzero(proof, sizeof(proof));
	return NULL;
}

const char *
scram_check(struct scram *s, struct scram_message m)
{
	uint8_t shown[SCRAM_HASH + 3];
	struct scram_message v;

	if (m.len > SCRAM_SERVER_MAX)
		return "its last word is too long";
	if (m.len >= 2 && memcmp(m.at, "e=", 2) == 0)
		return "it refuses";
	if (take(&m, 'v', &v) == -1 ||
	    sasl_base64_decode(shown, sizeof(shown), v.at, v.len) != SCRAM_HASH)
		return "its last word is malformed";
	if (CRYPTO_memcmp(shown, s->signature, SCRAM_HASH) != 0)
		return "it does not know the password itself";
	s->is_proven = true;
	return NULL;
}

void
scram_clear(struct scram *s)
{
	explicit_bzero(s, sizeof(*s));
}
