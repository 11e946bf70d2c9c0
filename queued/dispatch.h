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
 * dispatch.h: one task as messages to deliverd.
 */

#ifndef QUEUED_DISPATCH_H
#define QUEUED_DISPATCH_H

#include "dest.h"
#include "peer.h"

enum dispatch_result {
	DISPATCH_OK,
	DISPATCH_LATER, /* no memory, no descriptor: not its fault */
	DISPATCH_LOST, /* its content can not be read */
	DISPATCH_BAD /* its envelope can not be sent */
};

/* Sends a task whole, t->ref is its number.  On anything but OK deliverd
 * was told to forget it. */
enum dispatch_result dispatch_send(struct peer *, const struct task *);

#endif
