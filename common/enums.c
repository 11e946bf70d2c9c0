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
 * Names of the enums in enums.h, in their order.
 */
#include "enums.h"

#include <stddef.h>

const char *const look_status_names[] = {
    "ok", "no", "remote", "temporary", "loop", "nullmx", NULL};
const char *const queue_status_names[] = {
    "ok", "full", "denied", "failed", NULL};
const char *const dlv_result_names[] = {
    "delivered", "deferred", "failed", NULL};
const char *const route_names[] = {"local", "remote", NULL};
const char *const body_names[] = {"7BIT", "8BITMIME", "BINARYMIME", NULL};
const char *const ret_names[] = {"", "FULL", "HDRS", NULL};
const char *const address_kind_names[] = {"unknown", "mailbox", "alias", NULL};
