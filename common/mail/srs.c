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
 * SRS; see srs.h.  SHA-1 is libmd's, HMAC is RFC 2104.  Signatures are
 * compared without regard to case, as others do, since some hosts change the
 * case of local parts.
 */
#include "srs.h"

#include <sha1.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SRS_HASH_LEN 4
#define SRS_DAY_LEN 2
#define SRS_DAY_SECONDS 86400
#define SRS_DAYS_WRAP 1024
#define SRS_BLOCK SHA1_BLOCK_LENGTH
#define SRS_KEY_MAX 1024

const char *const srs_result_names[] = {"good", "not of SRS", "wrongly signed",
    "too old", "too long", "without a key", NULL};

static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

struct part {
	const char *at;
	size_t len;
};

/* Up to the separator, which is taken off too; false: there is none. */
static bool
take(struct part *rest, struct part *out)
{
	const char *p = memchr(rest->at, '=', rest->len);

	if (p == NULL)
		return false;
	out->at = rest->at;
	out->len = (size_t)(p - rest->at);
	rest->at = p + 1;
	rest->len -= out->len + 1;
	return true;
}

static void
key_block(const struct srs *srs, uint8_t block[SRS_BLOCK])
{
	uint8_t shifted[SRS_KEY_MAX];
	size_t i, len = strlen(srs->key);
	SHA1_CTX ctx;

	if (len > sizeof(shifted))
		len = sizeof(shifted);
	for (i = 0; i < len; i++)
		shifted[i] = (uint8_t)((uint8_t)srs->key[i] + srs->shift);
	memset(block, 0, SRS_BLOCK);
	if (len > SRS_BLOCK) {
		SHA1Init(&ctx);
		SHA1Update(&ctx, shifted, len);
		SHA1Final(block, &ctx);
	} else
		memcpy(block, shifted, len);
	explicit_bzero(shifted, sizeof(shifted));
}

static void
update_lower(SHA1_CTX *ctx, struct part part)
{
	uint8_t c;
	size_t i;

	for (i = 0; i < part.len; i++) {
		c = (uint8_t)part.at[i];
		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		SHA1Update(ctx, &c, 1);
	}
}

static void
base64(const uint8_t *in, char out[SRS_HASH_LEN + 1])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t v = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
	int i;

	for (i = 0; i < SRS_HASH_LEN; i++)
		out[i] = digits[v >> (18 - 6 * i) & 63];
	out[SRS_HASH_LEN] = '\0';
}

/* Signs the parts, in lower case, one behind the other. */
static void
sign(const struct srs *srs, const struct part *parts, size_t count,
    char out[SRS_HASH_LEN + 1])
{
	uint8_t block[SRS_BLOCK], digest[SHA1_DIGEST_LENGTH];
	SHA1_CTX ctx;
	size_t i;

	key_block(srs, block);
	for (i = 0; i < SRS_BLOCK; i++)
		block[i] ^= 0x36;
	SHA1Init(&ctx);
	SHA1Update(&ctx, block, sizeof(block));
	for (i = 0; i < count; i++)
		update_lower(&ctx, parts[i]);
	SHA1Final(digest, &ctx);
	for (i = 0; i < SRS_BLOCK; i++)
		block[i] ^= 0x36 ^ 0x5c;
	SHA1Init(&ctx);
	SHA1Update(&ctx, block, sizeof(block));
	SHA1Update(&ctx, digest, sizeof(digest));
	SHA1Final(digest, &ctx);
	base64(digest, out);
	explicit_bzero(block, sizeof(block));
	explicit_bzero(&ctx, sizeof(ctx));
}

static bool
is_signed(const struct srs *srs, struct part hash, const struct part *parts,
    size_t count)
{
	char want[SRS_HASH_LEN + 1];

	sign(srs, parts, count, want);
	return hash.len == SRS_HASH_LEN &&
	    strncasecmp(hash.at, want, SRS_HASH_LEN) == 0;
}

static unsigned int
today(const struct srs *srs)
{
	return (unsigned int)(srs->now / SRS_DAY_SECONDS % SRS_DAYS_WRAP);
}

/* -1: no stamp. */
static int
day_of(struct part stamp)
{
	int day = 0, c;
	const char *p;
	size_t i;

	if (stamp.len != SRS_DAY_LEN)
		return -1;
	for (i = 0; i < SRS_DAY_LEN; i++) {
		c = (uint8_t)stamp.at[i];
		if (c >= 'a' && c <= 'z')
			c -= 'a' - 'A';
		if (c == '\0' || (p = strchr(base32, c)) == NULL)
			return -1;
		day = day * 32 + (int)(p - base32);
	}
	return day;
}

/* "SRS0" or "SRS1" and a separator, of which there are three. */
static bool
has_tag(const struct address *a, char digit)
{
	return a->local_len > 5 && strncasecmp(a->text, "SRS", 3) == 0 &&
	    a->text[3] == digit && strchr("=+-", a->text[4]) != NULL;
}

bool
srs_is(const struct address *a)
{
	return has_tag(a, '0') || has_tag(a, '1');
}

static enum srs_result
make(struct address *out, const char *local, const char *domain)
{
	return address_make(out, local, strlen(local), domain,
		   ADDRESS_UTF8 | ADDRESS_LONG) == ADDRESS_OK ?
	    SRS_OK :
	    SRS_LONG;
}

/* Of an SRS1 address: its first host stays, it is only signed anew; of an
 * SRS0 address: its host is remembered, the rest goes back there. */
static enum srs_result
forward_again(const struct srs *srs, const struct address *sender,
    const char *domain, struct address *out)
{
	char hash[SRS_HASH_LEN + 1], local[2 * ADDRESS_MAX];
	const char *at = strrchr(sender->text, '@');
	struct part rest = {sender->text + 5, (size_t)sender->local_len - 5};
	struct part parts[2], old;

	if (sender->text[3] == '1') {
		if (!take(&rest, &old) || !take(&rest, &parts[0]))
			return SRS_BAD;
		parts[1] = rest;
	} else {
		/* The separator behind SRS0 belongs to what is kept. */
		parts[0] = (struct part){at + 1, strlen(at + 1)};
		parts[1] = (struct part){
		    sender->text + 4, (size_t)sender->local_len - 4};
	}
	sign(srs, parts, 2, hash);
	snprintf(local, sizeof(local), "SRS1=%s=%.*s=%.*s", hash,
	    (int)parts[0].len, parts[0].at, (int)parts[1].len, parts[1].at);
	return make(out, local, domain);
}

enum srs_result
srs_forward(const struct srs *srs, const struct address *sender,
    const char *domain, struct address *out)
{
	char hash[SRS_HASH_LEN + 1], local[2 * ADDRESS_MAX];
	const char *at = strrchr(sender->text, '@');
	char stamp[SRS_DAY_LEN + 1] = {
	    base32[today(srs) >> 5], base32[today(srs) & 31], '\0'};
	struct part parts[3];

	if (*srs->key == '\0')
		return SRS_NO_KEY;
	if (at == NULL)
		return SRS_NOT;
	if (srs_is(sender))
		return forward_again(srs, sender, domain, out);
	parts[0] = (struct part){stamp, SRS_DAY_LEN};
	parts[1] = (struct part){at + 1, strlen(at + 1)};
	parts[2] = (struct part){sender->text, sender->local_len};
	sign(srs, parts, 3, hash);
	snprintf(local, sizeof(local), "SRS0=%s=%s=%s=%.*s", hash, stamp,
	    at + 1, (int)sender->local_len, sender->text);
	return make(out, local, domain);
}

/* Back to the host that made the SRS0 address. */
static enum srs_result
reverse_one(const struct srs *srs, struct part rest, struct address *out)
{
	struct part hash, parts[2];
	char local[ADDRESS_MAX + 8], host[ADDRESS_MAX];

	if (!take(&rest, &hash) || !take(&rest, &parts[0]) || rest.len == 0)
		return SRS_BAD;
	parts[1] = rest;
	if (!is_signed(srs, hash, parts, 2))
		return SRS_BAD;
	snprintf(local, sizeof(local), "SRS0%.*s", (int)rest.len, rest.at);
	snprintf(host, sizeof(host), "%.*s", (int)parts[0].len, parts[0].at);
	return make(out, local, host);
}

static enum srs_result
reverse_zero(const struct srs *srs, struct part rest, struct address *out)
{
	struct part hash, parts[3];
	char local[ADDRESS_MAX], host[ADDRESS_MAX];
	int day;

	if (!take(&rest, &hash) || !take(&rest, &parts[0]) ||
	    !take(&rest, &parts[1]))
		return SRS_BAD;
	parts[2] = rest;
	if (!is_signed(srs, hash, parts, 3) || (day = day_of(parts[0])) == -1)
		return SRS_BAD;
	if ((today(srs) + SRS_DAYS_WRAP - (unsigned int)day) % SRS_DAYS_WRAP >
	    SRS_DAYS)
		return SRS_OLD;
	snprintf(local, sizeof(local), "%.*s", (int)rest.len, rest.at);
	snprintf(host, sizeof(host), "%.*s", (int)parts[1].len, parts[1].at);
	return make(out, local, host);
}

enum srs_result
srs_reverse(
    const struct srs *srs, const struct address *address, struct address *out)
{
	struct part rest;

	if (!srs_is(address))
		return SRS_NOT;
	if (*srs->key == '\0')
		return SRS_NO_KEY;
	rest.at = address->text + 5;
	rest.len = (size_t)address->local_len - 5;
	return address->text[3] == '1' ? reverse_one(srs, rest, out) :
					 reverse_zero(srs, rest, out);
}
