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
 * What an administrator's client asks of a daemon: the values of CTL_*
 * fields.
 */
#ifndef SELOR_CTL_H
#define SELOR_CTL_H

/* CTL_LIST what */
enum ctl_list {
	CTL_QUEUE, /* query: filter words; a line a message */
	CTL_MESSAGE, /* query: id; key=value lines */
	CTL_STATS, /* counters of that daemon */
	CTL_SESSIONS, /* what is connected now */
	CTL_OPTIONS, /* the options in force there */
	CTL_EXPLAIN /* ruled: query: "key=value" with %XX for octets */
};

/* CTL_ACT action; the query is an id or filter words */
enum ctl_action {
	CTL_RETRY,
	CTL_HOLD,
	CTL_RELEASE,
	CTL_REMOVE,
	CTL_PAUSE, /* query: "in" or "out" or a domain */
	CTL_RESUME,
	CTL_FLUSH
};

/* CTL_* status */
enum ctl_status {
	CTL_OK,
	CTL_NOT_FOUND,
	CTL_DENIED,
	CTL_BAD_QUERY
};

#endif
