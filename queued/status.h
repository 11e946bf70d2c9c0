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
 * status.h: what a queued message and its recipients can be: the states,
 * kinds and flags that message.h, the journal and the l files share.
 * Stored on disk, so a value never changes its meaning.
 */

#ifndef QUEUED_STATUS_H
#define QUEUED_STATUS_H

/* Bits of message.flags; stored, so their values never change. */
#define MSG_BOUNCE 0x0001u /* a report of ours; never reported on */
#define MSG_QLIMIT 0x0002u /* in the second spool, qlimit/ */
#define MSG_HOLD 0x0004u /* not tried until released */
#define MSG_SMTPUTF8 0x0008u /* the client said SMTPUTF8 */
#define MSG_8BIT 0x0010u /* BODY=8BITMIME */
#define MSG_BINARY 0x0020u /* BODY=BINARYMIME */
#define MSG_RET_FULL 0x0040u /* RET=FULL */
#define MSG_RET_HDRS 0x0080u /* RET=HDRS */
#define MSG_AUTOSUB 0x0100u /* made by a rule (Sendmail!) */
#define MSG_DELAYWARNED 0x0200u /* the one delay warning went out */
#define MSG_FLAGS_KNOWN 0x03ffu

enum rcpt_state {
	RCPT_PENDING, /* never tried */
	RCPT_DEFERRED, /* tried, waits for rcpt.next */
	RCPT_DELIVERED, /* local mailbox or program took it */
	RCPT_RELAYED, /* another host took it */
	RCPT_FAILED, /* failed for good */
	RCPT_REMOVED, /* taken out by the administrator */
	RCPT_STATES
};
extern const char *const rcpt_state_names[RCPT_STATES];

enum rcpt_kind {
	RCPT_NORMAL, /* as the client named it */
	RCPT_COPY, /* added by Cp! */
	RCPT_ALIAS, /* what an alias gave */
	RCPT_KINDS
};
extern const char *const rcpt_kind_names[RCPT_KINDS];

/* Bits of recipient.notify (RFC 3461); none set: the default. */
#define NOTIFY_NEVER 0x01u
#define NOTIFY_SUCCESS 0x02u
#define NOTIFY_FAILURE 0x04u
#define NOTIFY_DELAY 0x08u
#define NOTIFY_KNOWN 0x0fu

/* Bits of recipient.flags; stored. */
#define RCPT_REPORTED 0x01u /* its outcome is in a report already */
#define RCPT_DELAYED 0x02u /* its delay is in a report already */
#define RCPT_LOCAL 0x04u /* for a local mailbox or program */
#define RCPT_FLAGS_KNOWN 0x07u

#endif
