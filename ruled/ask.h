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
 * Questions that a run waits for.  Each has a memo (in the policy, or here),
 * so that asking again finds the answer; WAIT means that run_resume will be
 * called with the policy's ref.  Nothing is asked twice for one run.
 */
#ifndef RULED_ASK_H
#define RULED_ASK_H

#include <stdint.h>

#include "policy.h"
#include "rule.h"
#include "run.h"

enum asked {
	ASK_GOT,
	ASK_WAIT,
	ASK_FAILED /* could not be told: the line ends */
};

/* lookupd about an address (local? kind, quota, home), into one of the
 * policy's address_facts. */
enum asked
ask_address(struct run *run, const char *address, struct address_facts *facts);
/* lookupd about the client's name, into policy->name and ->reverse. */
enum asked ask_name(struct run *run);

/*
 * The parsed file of a path, through the cache; held for the caller.
 * is_missing tells "no such file" from other failures, which were told.
 * home_of: the system user whose home the path begins with (%C %F %U), or
 * NULL.
 */
enum asked rules_file_get(struct run *run, const char *path,
    const char *home_of, struct rules **rules, bool *is_missing);
/* The rules of an Event.* option's value: inline, or a file. */
enum asked rules_value_get(struct run *run, enum option_id option,
    const char *value, struct rules **rules, bool *is_missing);

/* A file of lines for Find_*file*?, through the cache. */
struct list_file;
enum asked
list_file_get(struct run *run, const char *path, const struct list_file **list);
/* Does text contain any line; does any line contain text; is any line text;
 * case of ASCII letters is ignored; an empty needle never matches (A35). */
bool
list_file_in_text(const struct list_file *list, const char *text, size_t len);
bool
list_file_has_text(const struct list_file *list, const char *text, size_t len);
bool
list_file_has_line(const struct list_file *list, const char *text, size_t len);

#endif
