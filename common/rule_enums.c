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
 * Names of the enums in rule_enums.h, in their order.
 */
#include "rule_enums.h"

#include <stddef.h>

const char *const rule_event_names[] = {"limit", "connection", "helo", "auth",
    "from", "rcpt", "lrcpt_refused", "data_cmd", "data", "qstart_process",
    "dl_rcpt", "qend_process", "error_report", NULL};
const char *const rule_fact_names[] = {"name", "helo", "login", "auth",
    "sender", "rcpt", "accepted", "size", "id", "spool", "reply", "reset",
    "mark", "option", NULL};
const char *const rule_verdict_names[] = {
    "none", "accept", "deny", "close", "temporary", NULL};
const char *const rule_effect_names[] = {"hadd", "cp", "sender", "rcpt_sender",
    "rcpt", "mx_dest", "mx_auth", "mx_source", "so_mark", "qlimit", "relay",
    "option", "data_reply", "name", "mark", "stage", NULL};
const char *const route_what_names[] = {
    "mx_dest", "mx_auth", "mx_source", "so_mark", "sender", "copy", NULL};

enum option_id
rule_event_option(enum rule_event event)
{
	static const enum option_id options[RULE_EVENT_COUNT] = {
	    [RULE_LIMIT] = OPT_EVENT_LIMIT,
	    [RULE_CONNECTION] = OPT_EVENT_CONNECTION,
	    [RULE_HELO] = OPT_EVENT_HELO,
	    [RULE_AUTH] = OPT_EVENT_AUTH,
	    [RULE_FROM] = OPT_EVENT_FROM,
	    [RULE_RCPT] = OPT_EVENT_RCPT,
	    [RULE_LRCPT_REFUSED] = OPT_EVENT_LRCPT_REFUSED,
	    [RULE_DATA_CMD] = OPT_EVENT_DATA_CMD,
	    [RULE_DATA] = OPT_EVENT_DATA,
	    [RULE_QSTART] = OPT_EVENT_QSTART_PROCESS,
	    [RULE_DL_RCPT] = OPT_EVENT_DL_RCPT,
	    [RULE_QEND] = OPT_EVENT_QEND_PROCESS,
	    [RULE_ERROR_REPORT] = OPT_EVENT_ERROR_REPORT,
	};

	return options[event];
}
