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
 * Results out of replies, options and our own words; see result.h.  Text from
 * servers was cleaned by reply.c: no control characters reach a report.
 */
#include "result.h"

#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "overlay.h"
#include "proc.h"

#include "reply.h"

/* Anything that is neither yes nor never is later, 3xx out of place with it. */
static uint8_t
result_class(uint16_t code)
{
	if (code / 100 == 2)
		return DLV_OK;
	return code / 100 == 5 ? DLV_PERMFAIL : DLV_TEMPFAIL;
}

void
result_set(
    struct result *r, uint16_t code, const char *enhanced, const char *text)
{
	memset(r, 0, offsetof(struct result, text));
	r->host[0] = '\0';
	r->result = result_class(code);
	r->code = code;
	strlcpy(r->enhanced, enhanced, sizeof(r->enhanced));
	strlcpy(r->text, text, sizeof(r->text));
}

void
result_option(struct result *r, const struct overlay *o, enum option_id id,
    uint16_t code, const char *enhanced)
{
	const char *text = overlay_text(o, proc_options(), id);

	if (option_row(id)->type == OPTION_REPLY) {
		code = (uint16_t)reply_text_code(text, code);
		text += strspn(text, "0123456789");
		text += strspn(text, " ");
	}
	result_set(r, code, enhanced, text);
	/* The administrator may have made a 5xx of a 4xx. */
	r->enhanced[0] = (char)('0' + code / 100);
}

/* Without an enhanced code the class says as much as is known, RFC 3463. */
void
result_reply(struct result *r, const struct reply *reply, const char *host)
{
	char line[sizeof(r->text)];
	const struct reply_enhanced *e = &reply->enhanced;

	reply_print(reply, line, sizeof(line));
	result_set(r, reply->code, "", line);
	r->result = result_class((uint16_t)(reply_class(reply) * 100));
	if (e->class != 0)
		snprintf(r->enhanced, sizeof(r->enhanced), "%u.%u.%u", e->class,
		    e->subject, e->detail);
	else
		snprintf(r->enhanced, sizeof(r->enhanced), "%d.0.0",
		    reply_class(reply));
	strlcpy(r->host, host, sizeof(r->host));
}

/*
 * By sysexits(3), and 126 and 127 of a shell that found no program: that is the
 * administrator's to mend, no reason to send mail back.
 */
void
result_exit(struct result *r, uint32_t status, const char *said)
{
	int code = WIFEXITED((int)status) ? WEXITSTATUS((int)status) : -1;
	char text[64];

	if (code == EX_OK) {
		result_set(r, 250, "2.1.5", "delivered by program");
		return;
	}
	if (code == -1)
		snprintf(text, sizeof(text), "delivery program: signal %d",
		    WTERMSIG((int)status));
	else
		snprintf(
		    text, sizeof(text), "delivery program: status %d", code);
	if (said[0] == '\0')
		said = text;
	switch (code) {
	case EX_NOUSER:
		result_set(r, 550, "5.1.1", said);
		break;
	case -1:
	case EX_TEMPFAIL:
	case EX_OSERR:
	case EX_CANTCREAT:
	case EX_IOERR:
		result_set(r, 451, "4.3.0", said);
		break;
	case 126:
	case 127:
		result_set(r, 451, "4.3.5", said);
		break;
	default:
		result_set(r, 554, "5.3.0", said);
	}
}
