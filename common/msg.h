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
 * The messages of messages.def as C: an enum, a struct for each, one union
 * of all, and functions that go from struct to bytes and back.
 *
 * Text and bytes in a decoded struct point into the buffer that was decoded
 * and live as long as it does: within a handler, no longer.
 */
#ifndef SELOR_MSG_H
#define SELOR_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "msg_struct.h"

/* The largest payload of one message, bytes. */
#define MSG_PAYLOAD_MAX 16384

enum proc_id {
#define PROC(id, name, user, root, promises, most) PROC_##id,
#include "process.def"
#undef PROC
	PROC_MAX
};

/* Sets of processes, as messages.def writes them. */
#define P_SELOR (1u << PROC_SELOR)
#define P_KEYS (1u << PROC_KEYS)
#define P_SMTPD (1u << PROC_SMTPD)
#define P_RULED (1u << PROC_RULED)
#define P_QUEUED (1u << PROC_QUEUED)
#define P_DELIVERD (1u << PROC_DELIVERD)
#define P_LOOKUPD (1u << PROC_LOOKUPD)
#define P_BACKEND (1u << PROC_BACKEND)
#define P_SYNC (1u << PROC_SYNC)
#define P_AGENT (1u << PROC_AGENT)
#define P_CTL (1u << PROC_CTL)
/* Those whose steps fire the events of the rules. */
#define P_ASKERS (P_SMTPD | P_QUEUED | P_DELIVERD)
#define P_DAEMONS                                                         \
	(P_KEYS | P_SMTPD | P_RULED | P_QUEUED | P_DELIVERD | P_LOOKUPD | \
	    P_BACKEND | P_SYNC | P_AGENT)

enum msg_fd {
	FD_NONE,
	FD_YES,
	FD_MAY
};
enum msg_form {
	MSG_FORM_CALL,
	MSG_FORM_ANSW,
	MSG_FORM_ITEM,
	MSG_FORM_TELL
};

enum msg_type {
#define CALL(type, name, from, to, fd, secs, fields) MSG_##type,
#define ANSW(type, name, from, to, fd, fields) MSG_##type##_ANSW,
#define ITEM(type, name, from, to, fd, fields) MSG_##type,
#define TELL(type, name, from, to, fd, fields) MSG_##type,
#include "messages.def"
	MSG_MAX
};

/* What the table says of a type. */
struct msg_row {
	const char *name; /* "QUEUE_OPEN" */
	enum msg_form form;
	uint32_t from, to; /* sets of processes */
	enum msg_fd fd;
	int seconds; /* a call's deadline, else 0 */
	bool secret; /* has a SECRET: its bytes are wiped after use */
};

/* The row of a type below MSG_MAX. */
const struct msg_row *msg_row(enum msg_type);

/*
 * Encodes *m, which is the struct of that type, into buf.  A NULL text is an
 * empty one.  Returns the length, or -1 if a field is over its bound, a text
 * holds what it may not, or buf is too short.
 */
int msg_encode(enum msg_type, const union msg *m, uint8_t *buf, size_t size);

/*
 * Decodes exactly len bytes.  Returns 0, or -1 if they are too few, too many,
 * over a bound, or hold a NUL inside a text.  *m then is not to be used.
 */
int msg_decode(enum msg_type, const uint8_t *buf, size_t len, union msg *m);

/* Overwrites the SECRET fields in bytes that msg_encode made. */
void msg_wipe(enum msg_type, uint8_t *buf, size_t len);

/* Prints "QUEUE_OPEN session=1 ..." for people, secrets as stars, cut. */
void msg_print(enum msg_type, const union msg *m, char *out, size_t size);

/* A number that differs between builds whose lists differ. */
uint64_t msg_hash(void);

/* Whether any message may pass between the two processes. */
bool msg_is_pair(enum proc_id, enum proc_id);

/* The program name of a process. */
const char *msg_proc_name(enum proc_id);

#endif
