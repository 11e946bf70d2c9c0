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
 * The values of message fields that two daemons must agree on.  Each enum
 * has its names beside it in enums.c, for logs and for selorctl.
 */
#ifndef SELOR_ENUMS_H
#define SELOR_ENUMS_H

#include <stdint.h>

#include "ctl.h"

/* CONF_FD kind */
enum conf_fd {
	CONF_FD_LISTENER, /* text: "address:port kind" as configured */
	CONF_FD_LOCAL, /* the local submission socket, listening */
	CONF_FD_SPOOL, /* Queue_path, a directory */
	CONF_FD_ERRORS, /* Cp_errors_path, a directory */
	CONF_FD_REPORT, /* Report_file, read only */
	CONF_FD_RING /* memory of recent connections: ring_memory.h */
};

/* LOOK_* status */
enum look_status {
	LOOK_OK, /* yes: exists, local, found */
	LOOK_NO, /* no such domain, user or name */
	LOOK_REMOTE, /* LOOK_RCPT: the domain is not local */
	LOOK_TEMP, /* could not be told now */
	LOOK_LOOP, /* alias loop or over a limit */
	LOOK_NULLMX /* the domain says it takes no mail */
};

/* LOOK_ROUTE how, any of them together */
#define LOOK_ROUTE_HOST 1 /* the name is a host: its addresses, no MX */
#define LOOK_ROUTE_ALIAS 2 /* an MX may be an alias or an address */

/* LOOK_RCPT kind, From_type?: what an address is here */
enum address_kind {
	ADDRESS_UNKNOWN,
	ADDRESS_MAILBOX,
	ADDRESS_ALIAS
};

/* Where a recipient goes. */
enum route {
	ROUTE_LOCAL,
	ROUTE_REMOTE
};

/* Message bodies, BODY= of RFC 1652 and RFC 3030. */
enum body {
	BODY_7BIT,
	BODY_8BITMIME,
	BODY_BINARYMIME
};

/* NOTIFY of RFC 3461, a set; 0: not given. */
#define NOTIFY_NEVER 0x01u
#define NOTIFY_SUCCESS 0x02u
#define NOTIFY_FAILURE 0x04u
#define NOTIFY_DELAY 0x08u

/* RET of RFC 3461. */
enum ret {
	RET_NONE,
	RET_FULL,
	RET_HDRS
};

/* QUEUE_* status */
enum queue_status {
	QUEUE_OK,
	QUEUE_FULL, /* no disk space: 452 */
	QUEUE_DENIED, /* spool not writable: 421 */
	QUEUE_FAILED /* anything else, for now: 451 */
};

/* Content that goes inside QUEUE_DATA and DLV_DATA, at most; more than that
 * goes through a descriptor. */
#define QUEUE_INLINE_MAX 65536

/* DLV_RESULT and AGENT_DELIVER result */
enum dlv_result {
	DLV_OK,
	DLV_TEMPFAIL,
	DLV_PERMFAIL
};

/* PRIV_* status */
enum priv_status {
	PRIV_OK,
	PRIV_REFUSED, /* not permitted, ever */
	PRIV_TEMP, /* not now: too many, no memory, no descriptors */
	PRIV_MISSING /* permitted, but there is no such thing */
};

/* BACK_QUERY what, and its status */
enum back_what {
	BACK_DOMAIN, /* key: domain; rows: none */
	BACK_MAILBOX, /* key: address; one row */
	BACK_ALIAS, /* key: address or "@domain" or "@"; a row a
				   target */
	BACK_LIST, /* key: domain; a row an address (broadcast) */
	BACK_AUTH, /* key: login, secret; one row */
	BACK_FIRST /* key: none; a row, the address of the first mailbox */
};
enum back_status {
	BACK_YES,
	BACK_NO,
	BACK_TEMP
};

/* AGENT_DELIVER how */
enum agent_how {
	AGENT_MAILDIR,
	AGENT_MBOX
};

extern const char *const look_status_names[];
extern const char *const queue_status_names[];
extern const char *const dlv_result_names[];
extern const char *const route_names[];
extern const char *const body_names[];
extern const char *const ret_names[];
extern const char *const address_kind_names[];

#endif
