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
 * gather.h: content out of a file that somebody else wrote: a program that
 * changed a message at Event.data, the text of Sendmail!.  Read in pieces,
 * one a turn, into memory, in the form in which content is stored: lines
 * end in CRLF, and nothing else is CR or LF.
 */

#ifndef QUEUED_GATHER_H
#define QUEUED_GATHER_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gather {
	int fd; /* to read from; closed at the end */
	size_t most; /* bytes that the result may have */
	/* Once, never from within gather_begin: 0 or an errno, EMSGSIZE for
	 * too much.  The text stays the gather's. */
	void (*done)(void *arg, int error);
	void *arg;
	/* The result. */
	uint8_t *text; /* from malloc */
	size_t len;
	size_t header; /* bytes up to and with the first empty line */
	/* gather.c's own */
	TAILQ_ENTRY(gather) entry;
	size_t size;
	uint64_t at; /* read so far */
	size_t line; /* where the line begins that is being made */
	bool has_cr; /* the last byte read was one */
	bool is_waiting;
};

/* 0, and done will run; or -1 with errno, and the descriptor is closed. */
int gather_begin(struct gather *);
/* Frees what it holds, and ends it unheard. */
void gather_clear(struct gather *);
/* Its text is the caller's from now on. */
void gather_release(struct gather *);
/* A bounded piece of the first one; true: there is more to do now. */
bool gather_step(void);

#endif
