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
 * What a server can offer, as bits of a connection's caps.
 */
#ifndef CLIENT_CAPS_H
#define CLIENT_CAPS_H

#define CAP_PIPELINING 0x01 /* RFC 2920 */
#define CAP_SIZE 0x02 /* RFC 1870 */
#define CAP_8BITMIME 0x04 /* RFC 6152 */
#define CAP_CHUNKING 0x08 /* RFC 3030 */
#define CAP_BINARYMIME 0x10 /* RFC 3030 */
#define CAP_SMTPUTF8 0x20 /* RFC 6531 */
#define CAP_DSN 0x40 /* RFC 3461 */
#define CAP_ENHANCED 0x80 /* RFC 2034 */
#define CAP_AUTH_SCRAM 0x100 /* RFC 4954: mechanisms that we know */
#define CAP_AUTH_PLAIN 0x200
#define CAP_AUTH_LOGIN 0x400

#endif
