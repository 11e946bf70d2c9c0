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
 * Mail addresses: the paths of RFC 5321 section 4.1.2 with RFC 6531, and the
 * mailbox kept of them.  Only address_parse() and its kin make one, so who
 * holds a struct address holds a checked one.
 *
 * The canonical text: a local part in wire form (quotes only where it needs
 * them, backslashes only before '"' and '\'), '@', and a canonical domain
 * (domain.h: lower case A-labels or a literal).  A source route is dropped.
 * Nothing in it is a control character, blanks stand only inside quotes, and
 * it never holds more than ADDRESS_MAX octets.  The null path is the empty
 * text.  The text is what goes into messages, queue files and logs, and
 * address_parse() of it with ADDRESS_INTERNAL gives the same address again.
 */

#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 5321 section 4.5.3.1: 64 octets, '@', 255 octets. */
#define ADDRESS_LOCAL_MAX 64
#define ADDRESS_MAX 320

struct address {
	uint16_t len; /* octets in text */
	uint16_t local_len; /* octets before '@'; len when there is none */
	bool utf8; /* the local part needs SMTPUTF8 */
	bool quoted; /* the local part stands in quotes */
	char text[ADDRESS_MAX + 1]; /* terminated */
};

/* What the caller accepts. */
#define ADDRESS_BRACKETS 0x01 /* only <...> (Proto_level_check 1) */
#define ADDRESS_UTF8 0x02 /* the transaction is SMTPUTF8 */
#define ADDRESS_NULL 0x04 /* the null path <> */
#define ADDRESS_BARE 0x08 /* a local part alone; Df_domain completes it */
#define ADDRESS_POSTMASTER 0x10 /* "postmaster" alone, in any case */
#define ADDRESS_LONG 0x20 /* local parts over 64 octets, as VERP makes */
/* For canonical text out of our own files and messages. */
#define ADDRESS_INTERNAL \
	(ADDRESS_UTF8 | ADDRESS_NULL | ADDRESS_BARE | ADDRESS_LONG)

enum address_error {
	ADDRESS_OK,
	ADDRESS_SYNTAX, /* 501 5.1.3, sender 5.1.7 */
	ADDRESS_TOO_LONG, /* a part or the whole is over its limit */
	ADDRESS_NEEDS_UTF8, /* 553 5.6.7: non-ASCII without SMTPUTF8 */
	ADDRESS_BAD_UTF8, /* malformed, or characters that never pass */
	ADDRESS_NO_BRACKETS, /* ADDRESS_BRACKETS and there are none */
	ADDRESS_NO_DOMAIN, /* bare local part, and not accepted */
	ADDRESS_BAD_DOMAIN, /* no domain name, no literal */
	ADDRESS_IS_NULL /* <>, and not accepted */
};

/* A few words for the log and for the text of a reply. */
const char *address_strerror(enum address_error e);

/*
 * Parses all of s[0..len): with or without angle brackets, no blanks around.
 * flags are the ADDRESS_ bits above.  On error *a is the null path.
 */
enum address_error
address_parse(struct address *a, const char *s, size_t len, unsigned int flags);

/*
 * Makes an address of a raw, unquoted local part and a domain ("" for none).
 * Same checks, limits and flags as address_parse().
 */
enum address_error address_make(struct address *a, const char *local,
    size_t len, const char *domain, unsigned int flags);

/* Gives a bare address a domain.  -1: bad domain, not bare, or too long. */
int address_set_domain(struct address *a, const char *domain);

/* The domain, canonical, inside a->text; "" when there is none. */
const char *address_domain(const struct address *a);

/*
 * The raw local part, quotes and backslashes gone, into buf (size octets,
 * terminated; ADDRESS_MAX + 1 suffice).  Returns its length or -1.
 */
int address_local(const struct address *a, char *buf, size_t size);

/* Prints "<...>"; ADDRESS_MAX + 3 octets suffice.  Length or -1. */
int address_print(const struct address *a, char *buf, size_t size);

bool address_is_null(const struct address *a);
bool address_is_bare(const struct address *a); /* not null, no domain */
bool address_is_postmaster(const struct address *a); /* at any domain */

/* The raw local part begins with '-': never for a program's argument (A13). */
bool address_has_leading_dash(const struct address *a);

/*
 * The raw local part is a safe name of one file: none of '/', no leading
 * '.', no blank, not empty, at most 64 octets.
 */
bool address_local_is_filename(const struct address *a);

/* Local part exact, domain canonical. */
bool address_equal(const struct address *a, const struct address *b);
/* The same, but ASCII letters of the local part in any case. */
bool address_equal_fold(const struct address *a, const struct address *b);
/* Order for trees, by domain and then as address_equal_fold() compares. */
int address_compare(const struct address *a, const struct address *b);
/* Local part in lower case, ASCII letters only: for table look-ups. */
void address_fold(struct address *a);

/*
 * Splits user+tag at the first sep of an unquoted local part: *base becomes
 * the address without it, *tag points into a->text, *tag_len may be 0.  A
 * sep in first place does not split.  False, and nothing set, when there is
 * nothing to split.
 */
bool address_split_tag(const struct address *a, char sep, struct address *base,
    const char **tag, size_t *tag_len);

#endif /* ADDRESS_H */
