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
 * Expands messages.def: encoders, decoders, printer, permission table.  The
 * list is included once for each; nothing here is written by hand per
 * message.
 */
#include "msg.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"

/* The table; of the fields only whether one is a SECRET. */
#define U8(n)
#define U16(n)
#define U32(n)
#define U64(n)
#define STR(n, max)
#define SECRET(n, max) | true
#define BLOB(n, max)
#define ADDR(n)
#define NONE
#define CALL(type, name, from, to, fd, secs, fields) \
	[MSG_##type] = {#type, MSG_FORM_CALL, from, to, fd, secs, false fields},
#define ANSW(type, name, from, to, fd, fields) \
	[MSG_##type##_ANSW] = {                \
	    #type "_ANSW", MSG_FORM_ANSW, from, to, fd, 0, false fields},
#define ITEM(type, name, from, to, fd, fields) \
	[MSG_##type] = {#type, MSG_FORM_ITEM, from, to, fd, 0, false fields},
#define TELL(type, name, from, to, fd, fields) \
	[MSG_##type] = {#type, MSG_FORM_TELL, from, to, fd, 0, false fields},
/*
 * messages.def is read once for each use below.  A field's macro becomes the
 * code that this use wants of it; a row's macro becomes a function or an entry.
 */
static const struct msg_row rows[MSG_MAX] = {
#include "messages.def"
};

/* The list as text, for the hash. */
#define U8(n) "1" #n
#define U16(n) "2" #n
#define U32(n) "4" #n
#define U64(n) "8" #n
#define STR(n, max) "s" #n #max
#define SECRET(n, max) "x" #n #max
#define BLOB(n, max) "b" #n #max
#define ADDR(n) "a" #n
#define NONE ""
#define CALL(type, name, from, to, fd, secs, fields) \
	"c" #type #from #to #fd fields,
#define ANSW(type, name, from, to, fd, fields) "r" #type #from #to #fd fields,
#define ITEM(type, name, from, to, fd, fields) "i" #type #from #to #fd fields,
#define TELL(type, name, from, to, fd, fields) "t" #type #from #to #fd fields,
static const char *const list_text[] = {
#include "messages.def"
};

static void
put_addr(struct buf_put *b, const struct msg_addr *a)
{
	buf_put_u8(b, a->family);
	buf_put_bytes(b, a->ip, sizeof(a->ip));
	buf_put_u16(b, a->port);
	buf_put_u32(b, a->scope);
}

/*
 * The family is checked here, at the border, so that nobody behind has to
 * expect another; 0 means that there is no address.
 */
static void
get_addr(struct buf_get *b, struct msg_addr *a)
{
	a->family = buf_get_u8(b);
	buf_get_bytes(b, a->ip, sizeof(a->ip));
	a->port = buf_get_u16(b);
	a->scope = buf_get_u32(b);
	if (a->family != 0 && a->family != AF_INET && a->family != AF_INET6)
		b->failed = true;
}

/* Encoders: one function a row, over a struct s and a buffer b. */
#define U8(n) buf_put_u8(b, s->n);
#define U16(n) buf_put_u16(b, s->n);
#define U32(n) buf_put_u32(b, s->n);
#define U64(n) buf_put_u64(b, s->n);
#define STR(n, max) buf_put_str(b, s->n, max);
#define SECRET(n, max) buf_put_str(b, s->n, max);
#define BLOB(n, max) buf_put_blob(b, s->n, s->n##_len, max);
#define ADDR(n) put_addr(b, &s->n);
#define NONE buf_put_u8(b, s->none);
#define ENCODER(name, sname, fields)                                   \
	static void put_##sname(struct buf_put *b, const union msg *m) \
	{                                                              \
		const struct msg_##sname *s = &m->sname;               \
		fields                                                 \
	}
#define CALL(type, name, from, to, fd, secs, fields) ENCODER(type, name, fields)
#define ANSW(type, name, from, to, fd, fields) \
	ENCODER(type, name##_answ, fields)
#define ITEM(type, name, from, to, fd, fields) ENCODER(type, name, fields)
#define TELL(type, name, from, to, fd, fields) ENCODER(type, name, fields)
#include "messages.def"

/* Decoders. */
#define U8(n) s->n = buf_get_u8(b);
#define U16(n) s->n = buf_get_u16(b);
#define U32(n) s->n = buf_get_u32(b);
#define U64(n) s->n = buf_get_u64(b);
#define STR(n, max) s->n = buf_get_str(b, max);
#define SECRET(n, max) s->n = buf_get_str(b, max);
#define BLOB(n, max) s->n = buf_get_blob(b, &s->n##_len, max);
#define ADDR(n) get_addr(b, &s->n);
#define NONE s->none = buf_get_u8(b);
#define DECODER(sname, fields)                                   \
	static void get_##sname(struct buf_get *b, union msg *m) \
	{                                                        \
		struct msg_##sname *s = &m->sname;               \
		fields                                           \
	}
#define CALL(type, name, from, to, fd, secs, fields) DECODER(name, fields)
#define ANSW(type, name, from, to, fd, fields) DECODER(name##_answ, fields)
#define ITEM(type, name, from, to, fd, fields) DECODER(name, fields)
#define TELL(type, name, from, to, fd, fields) DECODER(name, fields)
#include "messages.def"

/* A line under construction for msg_print. */
struct line {
	char *at, *end;
};

static void line_add(struct line *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Once full it stays at the last byte, and the line is cut there: what
 * vsnprintf would have written does not count.
 */
static void
line_add(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->at, (size_t)(l->end - l->at), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	l->at = n >= l->end - l->at ? l->end - 1 : l->at + n;
}

/* Text from outside: control characters, quotes, 8-bit as \xNN. */
static void
line_text(struct line *l, const char *name, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	line_add(l, " %s=\"", name);
	for (; p != NULL && *p != '\0'; p++)
		if (*p < ' ' || *p > '~' || *p == '"' || *p == '\\')
			line_add(l, "\\x%02x", *p);
		else
			line_add(l, "%c", *p);
	line_add(l, "\"");
}

/*
 * The port stands behind the last colon; this is for people's eyes and is never
 * parsed.
 */
static void
line_addr(struct line *l, const char *name, const struct msg_addr *a)
{
	char text[INET6_ADDRSTRLEN] = "none";

	if (a->family != 0)
		inet_ntop(a->family, a->ip, text, sizeof(text));
	line_add(l, " %s=%s:%u", name, text, a->port);
}

/* Printers. */
#define U8(n) line_add(l, " %s=%u", #n, (unsigned int)s->n);
#define U16(n) line_add(l, " %s=%u", #n, (unsigned int)s->n);
#define U32(n) line_add(l, " %s=%" PRIu32, #n, s->n);
#define U64(n) line_add(l, " %s=%" PRIx64, #n, s->n);
#define STR(n, max) line_text(l, #n, s->n);
#define SECRET(n, max) line_add(l, " %s=***", #n);
#define BLOB(n, max) line_add(l, " %s=(%" PRIu32 " bytes)", #n, s->n##_len);
#define ADDR(n) line_addr(l, #n, &s->n);
#define NONE (void)s;
#define PRINTER(sname, fields)                                        \
	static void print_##sname(struct line *l, const union msg *m) \
	{                                                             \
		const struct msg_##sname *s = &m->sname;              \
		(void)l;                                              \
		fields                                                \
	}
#define CALL(type, name, from, to, fd, secs, fields) PRINTER(name, fields)
#define ANSW(type, name, from, to, fd, fields) PRINTER(name##_answ, fields)
#define ITEM(type, name, from, to, fd, fields) PRINTER(name, fields)
#define TELL(type, name, from, to, fd, fields) PRINTER(name, fields)
#include "messages.def"

/*
 * Wipers: walk the encoded bytes, clear what SECRET holds.  The only place
 * where decoded bytes are written: they lie in the peer's own input, which the
 * cast gives back its true type.
 */
static void
wipe_str(struct buf_get *b, size_t max)
{
	const char *text = buf_get_str(b, max);

	if (!b->failed)
		explicit_bzero((void *)(uintptr_t)text, strlen(text));
}

#define U8(n) (void)buf_get_u8(b);
#define U16(n) (void)buf_get_u16(b);
#define U32(n) (void)buf_get_u32(b);
#define U64(n) (void)buf_get_u64(b);
#define STR(n, max) (void)buf_get_str(b, max);
#define SECRET(n, max) wipe_str(b, max);
#define BLOB(n, max) (void)buf_get_blob(b, &(uint32_t){0}, max);
#define ADDR(n) get_addr(b, &(struct msg_addr){0});
#define NONE (void)buf_get_u8(b);
#define WIPER(sname, fields)                        \
	static void wipe_##sname(struct buf_get *b) \
	{                                           \
		fields                              \
	}
#define CALL(type, name, from, to, fd, secs, fields) WIPER(name, fields)
#define ANSW(type, name, from, to, fd, fields) WIPER(name##_answ, fields)
#define ITEM(type, name, from, to, fd, fields) WIPER(name, fields)
#define TELL(type, name, from, to, fd, fields) WIPER(name, fields)
#include "messages.def"

static const struct {
	void (*put)(struct buf_put *, const union msg *);
	void (*get)(struct buf_get *, union msg *);
	void (*print)(struct line *, const union msg *);
	void (*wipe)(struct buf_get *);
	/* What to do with a message of each type, indexed by it. */
} codec[MSG_MAX] = {
#define FUNCS(name) {put_##name, get_##name, print_##name, wipe_##name},
#define CALL(type, name, from, to, fd, secs, fields) [MSG_##type] = FUNCS(name)
#define ANSW(type, name, from, to, fd, fields) \
	[MSG_##type##_ANSW] = FUNCS(name##_answ)
#define ITEM(type, name, from, to, fd, fields) [MSG_##type] = FUNCS(name)
#define TELL(type, name, from, to, fd, fields) [MSG_##type] = FUNCS(name)
#include "messages.def"
};

const struct msg_row *
msg_row(enum msg_type type)
{
	return &rows[type];
}

/*
 * Fails on a field over its bound: the receiver would refuse the message and
 * end us for it.
 */
int
msg_encode(enum msg_type type, const union msg *m, uint8_t *buf, size_t size)
{
	struct buf_put b;

	buf_put_init(&b, buf, size);
	codec[type].put(&b, m);
	return b.failed ? -1 : (int)(b.at - buf);
}

/* Texts and blobs of m point into buf and live as long as that does. */
int
msg_decode(enum msg_type type, const uint8_t *buf, size_t len, union msg *m)
{
	struct buf_get b;

	buf_get_init(&b, buf, len);
	codec[type].get(&b, m);
	return buf_get_is_done(&b) ? 0 : -1;
}

/*
 * Walks the bytes and not a decoded message, so that it can be called when that
 * has gone.
 */
void
msg_wipe(enum msg_type type, uint8_t *buf, size_t len)
{
	struct buf_get b;

	buf_get_init(&b, buf, len);
	codec[type].wipe(&b);
}

void
msg_print(enum msg_type type, const union msg *m, char *out, size_t size)
{
	struct line l = {out, out + size};

	line_add(&l, "%s", rows[type].name);
	codec[type].print(&l, m);
}

/*
 * Not a secret and not against an attacker: it tells two builds apart, so that
 * a daemon which was replaced without a restart refuses instead of misreading.
 */
uint64_t
msg_hash(void)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a, 64 bit */
	const char *p;
	size_t i;

	for (i = 0; i < sizeof(list_text) / sizeof(list_text[0]); i++)
		for (p = list_text[i]; *p != '\0'; p++)
			h = (h ^ (uint8_t)*p) * 0x100000001b3u;
	return h;
}

bool
msg_is_pair(enum proc_id a, enum proc_id b)
{
	size_t i;

	for (i = 0; i < MSG_MAX; i++)
		if ((rows[i].from & 1u << a && rows[i].to & 1u << b) ||
		    (rows[i].from & 1u << b && rows[i].to & 1u << a))
			return true;
	return false;
}

const char *
msg_proc_name(enum proc_id id)
{
	static const char *const names[PROC_MAX] = {
#define PROC(pid, name, user, root, promises, most) [PROC_##pid] = name,
#include "process.def"
#undef PROC
	};

	return names[id];
}
