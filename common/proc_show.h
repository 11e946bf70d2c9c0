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
 * The options in force as selorctl(8) shows them, the same of every daemon.
 */
#ifndef SELOR_PROC_SHOW_H
#define SELOR_PROC_SHOW_H

#include <stdint.h>

#include "peer.h"

/*
 * Items CTL_LINE for the call ref of CTL_LIST: "Name=value" for each value of
 * each option that goes to this daemon (its FOR_ bit), quoted as in
 * selor.conf(5), secrets as stars.  How many were sent.
 */
uint32_t proc_show_options(struct peer *, uint64_t ref, unsigned int bit);

#endif
