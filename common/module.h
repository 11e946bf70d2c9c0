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
 * The values of the option Module, as the parent and lookupd must both read
 * them: "program[:name] [file]".  Without a name of its own a module bears
 * that of its program, so that "file" is enough where there is one of a kind.
 */
#ifndef SELOR_MODULE_H
#define SELOR_MODULE_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a program's or module's name, without NUL. */
#define MODULE_NAME_MAX 31

struct module {
	char program[MODULE_NAME_MAX + 1]; /* lookupd-PROGRAM is run */
	char name[MODULE_NAME_MAX + 1]; /* what Modseq_* and logs call it */
	const char *file; /* within the text parsed; "" when there is none */
};

/*
 * Letters, digits, '-' and '_', not too long: what may become a part of a
 * program's path, so never a '/' or a '.'.
 */
bool module_is_name(const char *, size_t len);
/* 0, or -1: the text does not begin with a name, or with two of them. */
int module_parse(const char *text, struct module *);
/* The name at the head of a list such as Modseq_mail's, behind blanks:
 * moves *list to it and returns its length, 0 at the end. */
size_t module_next(const char **list);

#endif
