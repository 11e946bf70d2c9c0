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
 * Errors of the system as results of a delivery, RFC 3463 codes.  What an
 * administrator or the user can mend is temporary.
 */
#include "agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "enums.h"

void
agent_result_set(struct agent_result *r, uint8_t result, const char *enhanced,
    const char *text)
{
	r->result = result;
	r->enhanced = enhanced;
	strlcpy(r->text, text, sizeof(r->text));
}

void
agent_result_ok(struct agent_result *r)
{
	agent_result_set(r, DLV_OK, "2.1.5", "delivered");
}

void
agent_result_errno(struct agent_result *r, const char *doing, const char *path)
{
	int error = errno;

	r->result = DLV_TEMPFAIL;
	switch (error) {
	case EDQUOT:
		r->enhanced = "4.2.2";
		break;
	case ENOSPC:
		r->enhanced = "4.3.1";
		break;
	case EFBIG:
		r->result = DLV_PERMFAIL;
		r->enhanced = "5.2.3";
		break;
	case ELOOP:
	case ENOTDIR:
	case EPERM:
		r->enhanced = "4.3.5";
		break;
	case EAGAIN:
		r->enhanced = "4.2.0";
		break;
	default:
		r->enhanced = "4.3.0";
	}
	snprintf(r->text, sizeof(r->text), "%s %.256s: %s", doing, path,
	    error == EAGAIN ? "locked by another program" : strerror(error));
}
