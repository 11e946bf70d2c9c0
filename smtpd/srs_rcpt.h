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
 * SRS at RCPT: recipients that are rewritten senders of ours, and aliases
 * that lead to other hosts.  selor-flows.md section 10, A57.
 */
#ifndef SELOR_SRS_RCPT_H
#define SELOR_SRS_RCPT_H

#include <stdbool.h>

#include "session.h"

enum srs_rcpt {
	SRS_RCPT_NONE, /* it is none: goes on as ever */
	SRS_RCPT_ASKED, /* lookupd is asked about the address behind it */
	SRS_RCPT_BAD /* it is none of ours, or too old */
};

/* lookupd has answered about the recipient. */
enum srs_rcpt srs_rcpt_decode(struct session *s);
/*
 * Whether the session waits for what lookupd says of the sender, for a copy
 * leaves under another's: smtp_rcpt_accept follows.
 */
bool srs_rcpt_ask_sender(struct session *s);
/* Gives copies that leave by an alias a sender of ours.  -1: no memory. */
int srs_rcpt_forward(struct session *s);

#endif
