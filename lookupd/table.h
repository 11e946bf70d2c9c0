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
 * Text tables as the module "file" keeps them, see selor.file(5): one row a
 * line, a key and what stands behind it, found through a hash.  No files
 * here: bytes in, rows out.  The text is the administrator's, and may be in
 * the middle of being written: nothing in it may do harm.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>
#include <stdint.h>

/* A key: an address, "@domain", "@" or a domain. */
#define TABLE_KEY_MAX 320
#define TABLE_USER_MAX 64
#define TABLE_HOME_MAX 1024
#define TABLE_DLOCAL_MAX 1024
#define TABLE_PASSWORD_MAX 256
#define TABLE_ERROR_MAX 128

enum table_kind {
	TABLE_DOMAINS,
	TABLE_MAILBOXES,
	TABLE_ALIASES,
	TABLE_KINDS
};

/* The names of the files, in order of enum table_kind. */
extern const char *const table_names[];

struct table;

struct table_error {
	unsigned int line; /* from 1; 0: the table as a whole */
	char text[TABLE_ERROR_MAX];
};

/* A row of "mailboxes".  The password never leaves the process. */
struct table_mailbox {
	char user[TABLE_USER_MAX];
	char home[TABLE_HOME_MAX];
	char dlocal[TABLE_DLOCAL_MAX];
	char password[TABLE_PASSWORD_MAX]; /* its hash, or "" */
	uint64_t quota; /* bytes; 0: none */
	uint64_t used; /* bytes; 0: none or not known */
};

/*
 * Makes a table of text[0..len), which is taken over, and which must have
 * room for one octet more.  NULL, the text freed: it is broken, *err says
 * where.
 */
struct table *
table_parse(enum table_kind, char *text, size_t len, struct table_error *err);
void table_free(struct table *);
size_t table_count(const struct table *);

/* What stands behind a key (lower case in ASCII), or NULL.  It lives as long
 * as the table. */
const char *table_find(const struct table *, const char *key);
/* Walks the keys in file order, *pos from 0: *len octets, not terminated, or
 * NULL at the end. */
const char *table_next(const struct table *, uint32_t *pos, size_t *len);

/* Fields of a row of "mailboxes".  0, or -1 with why (TABLE_ERROR_MAX). */
int table_mailbox(const char *rest, struct table_mailbox *, char *why);
/* The next target of a row of "aliases", *pos moving from its rest.  1, 0 at
 * the end, -1 with why (TABLE_ERROR_MAX); out holds TABLE_KEY_MAX + 1. */
int table_target(const char **pos, char *out, char *why);

#endif
