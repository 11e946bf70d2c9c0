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
 * The env of ruled.
 */
#include <stdlib.h>

#include "pending.h"
#include "ruled.h"
#include "rules_value.h"

struct ruled ruled;

/* The slots are bounded: an asker that opens sessions without end is answered
 * "not now", which costs it and nobody else. */
void
ruled_init(struct event_base *base, const struct options *options)
{
	unsigned int i;

	ruled.base = base;
	ruled.options = options;
	slots_init(&ruled.policies, POLICY_SESSIONS_MAX);
	slots_init(&ruled.pending, PENDING_MAX);
	for (i = 0; i < RULED_BUCKETS; i++)
		LIST_INIT(&ruled.buckets[i]);
}

/* For tests, which look for memory that was left. */
void
ruled_clear(void)
{
	struct policy *p;
	uint32_t pos = 0;

	while ((p = slot_next(&ruled.policies, &pos)) != NULL)
		policy_free(p);
	slots_clear(&ruled.policies);
	slots_clear(&ruled.pending);
	rules_value_clear();
}
