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
 * Takes in kept messages; see enqueue.h.  Nobody reads what is printed here,
 * so a refusal for good goes back to the sender as a message, to the
 * postmaster when the sender can not be reached, and else the file stays.
 */
#include "enqueue.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "compose.h"
#include "keep.h"
#include "submit.h"

#define CHUNK 16384
#define TEXT_MAX 2048
/* Between two tries, seconds; the first is 1, each twice the last. */
#define LONGEST_PAUSE 32

/* The message to the sender.  What fails is noted and the rest passed over. */
struct notice {
	struct letter letter;
	bool failed;
	/* Drawn for each: the original must not be able to hold it. */
	char boundary[40];
};

/* The body of a notice may be as long as the message that it returns. */
static void
add_text(struct notice *n, const char *text)
{
	if (!n->failed && letter_add_body(&n->letter, text, strlen(text)) == -1)
		n->failed = true;
}

/*
 * The header is bounded (LETTER_HEADER_MAX); so are the texts that come here.
 */
static void
add_field(struct notice *n, const char *text)
{
	if (!n->failed && letter_add(&n->letter, text, strlen(text)) == -1)
		n->failed = true;
}

/* A line that parts two bodies, or with "--" behind it ends the last. */
static void
add_boundary(struct notice *n, const char *behind)
{
	add_text(n, "\r\n--");
	add_text(n, n->boundary);
	add_text(n, behind);
	add_text(n, "\r\n");
}

/*
 * The message itself, as message/rfc822. Header and body as they were kept: a
 * sender who gets it back can send it again from this.  Read by place, because
 * the letter's descriptor is used again if the notice has to go to the
 * postmaster.
 */
static void
add_original(struct notice *n, const struct letter *l)
{
	char chunk[CHUNK];
	off_t at = 0;
	ssize_t got = 0;

	if (letter_add_body(&n->letter, l->header, l->header_len) == -1)
		n->failed = true;
	add_text(n, "\r\n");
	while (!n->failed && l->body != -1 &&
	    (got = pread(l->body, chunk, sizeof(chunk), at)) > 0) {
		if (letter_add_body(&n->letter, chunk, (size_t)got) == -1)
			n->failed = true;
		at += got;
	}
	if (got == -1)
		n->failed = true;
}

/*
 * RFC 3834 section 5 asks for Auto-Submitted, so that no robot answers this.
 * The sender is what a local user wrote and may be of any length.
 */
static void
add_header(struct notice *n, const char *to, const char *server)
{
	char text[TEXT_MAX], address[300];
	struct compose c = {.name = "Mail Delivery System",
	    .address = address,
	    .domain = server,
	    .zone = ""};

	snprintf(address, sizeof(address), "MAILER-DAEMON@%s", server);
	snprintf(text, sizeof(text), "To: <%.400s>\r\n", to);
	add_field(n, text);
	add_field(n,
	    "Subject: Your message was not sent\r\n"
	    "Auto-Submitted: auto-replied\r\n"
	    "MIME-Version: 1.0\r\n");
	snprintf(text, sizeof(text),
	    "Content-Type: multipart/mixed; boundary=\"%s\"\r\n", n->boundary);
	add_field(n, text);
	if (compose_header(&n->letter, &c) == -1)
		n->failed = true;
}

/*
 * The message that says who was refused, and why.  The reply of a server is
 * quoted in the text only, never in a field: what it holds can not become one.
 * n belongs to the caller, also when it failed.
 */
static void
make_notice(struct notice *n, const struct envelope *e, const struct letter *l,
    const char *server)
{
	char text[TEXT_MAX];
	size_t i;

	letter_init(&n->letter);
	n->failed = false;
	n->letter.is_8bit = l->is_8bit;
	snprintf(n->boundary, sizeof(n->boundary), "selor-%08x%08x%08x",
	    arc4random(), arc4random(), arc4random());
	add_header(n, *e->sender == '\0' ? "postmaster" : e->sender, server);
	add_boundary(n, "");
	add_text(n,
	    "Content-Type: text/plain; charset=utf-8\r\n\r\n"
	    "The message below was left with sendmail while the mail system\r\n"
	    "was down.  When that came up it refused the message for:\r\n\r\n");
	for (i = 0; i < e->count; i++) {
		if (e->rcpts[i].state != RCPT_REFUSED)
			continue;
		snprintf(text, sizeof(text), "    <%.400s>: %s\r\n",
		    e->rcpts[i].address,
		    e->rcpts[i].text == NULL ? "" : e->rcpts[i].text);
		add_text(n, text);
	}
	add_boundary(n, "");
	add_text(n, "Content-Type: message/rfc822\r\n\r\n");
	add_original(n, l);
	add_boundary(n, "--");
}

/*
 * Sends the notice to one address.  0: it was accepted.  With the empty sender
 * (RFC 5321 section 4.5.5), so that a notice which fails makes none itself.
 * EX_UNAVAILABLE: refused for good, ask another.
 */
static int
send_notice(struct submit *s, const struct notice *n, const char *to)
{
	struct envelope e;
	int r = EX_TEMPFAIL;

	envelope_init(&e);
	if (envelope_set_sender(&e, "", 0) == 0 &&
	    envelope_add(&e, to, strlen(to)) == 0) {
		switch (submit_send(s, &e, &n->letter)) {
		case SUBMIT_OK:
			r = envelope_count(&e, RCPT_SENT) == 1 ? 0 :
								 EX_UNAVAILABLE;
			break;
		case SUBMIT_PERM:
			r = EX_UNAVAILABLE;
			break;
		default:
			break;
		}
	}
	envelope_clear(&e);
	return r;
}

/*
 * 0 lets the parent remove the file, so it is said only when somebody has taken
 * responsibility for the notice; EX_UNAVAILABLE keeps it for the administrator
 * to look at.
 */
static int
tell_sender(struct submit *s, const struct envelope *e, const struct letter *l)
{
	struct notice n;
	int r = EX_UNAVAILABLE;

	make_notice(&n, e, l, s->server);
	if (n.failed)
		r = EX_TEMPFAIL;
	else {
		if (*e->sender != '\0')
			r = send_notice(s, &n, e->sender);
		if (r == EX_UNAVAILABLE)
			r = send_notice(s, &n, "postmaster");
	}
	letter_clear(&n.letter);
	return r;
}

/*
 * The refusal of the whole is one for each recipient that waits.  Those that a
 * reply of their own has refused keep that one.
 */
static void
refuse_rest(struct submit *s, struct envelope *e)
{
	size_t i;

	for (i = 0; i < e->count; i++)
		if (e->rcpts[i].state == RCPT_WAITING)
			envelope_refuse(&e->rcpts[i], s->code, s->text);
}

/*
 * Tries once.  What was sent is not sent again by the next try.  A transaction
 * that was refused is reset before the notice begins another on the same
 * connection.  Exit codes as sysexits(3) has them; EX_TEMPFAIL alone is worth
 * another try.
 */
static int
try_letter(const char *path, struct envelope *e, const struct letter *l)
{
	enum submit_status status;
	struct submit s;
	int r = 0;

	status = submit_open(&s, path, false);
	if (status == SUBMIT_OK)
		status = submit_send(&s, e, l);
	if (status == SUBMIT_AWAY || status == SUBMIT_TEMP) {
		warnx("%s", s.text);
		r = EX_TEMPFAIL;
	} else {
		if (status == SUBMIT_PERM) {
			(void)submit_line_ask(&s.line, "RSET");
			refuse_rest(&s, e);
		}
		if (envelope_count(e, RCPT_REFUSED) > 0)
			r = tell_sender(&s, e, l);
	}
	submit_close(&s);
	return r;
}

/*
 * The suite has just started: what it can not tell yet it can tell soon.  All
 * pauses make about a minute; then the file waits for the parent's next round,
 * and the place of this process goes to another message.
 */
static int
enqueue_letter(const char *path, struct envelope *e, const struct letter *l)
{
	unsigned int pause;
	int r;

	for (pause = 1;; pause *= 2) {
		r = try_letter(path, e, l);
		if (r != EX_TEMPFAIL || pause > LONGEST_PAUSE)
			return r;
		sleep(pause);
	}
}

/*
 * The parent gives the file as standard input and has checked whose it is; its
 * text is a user's and is believed in nothing.
 */
int
enqueue(const char *path)
{
	struct envelope e;
	struct letter l;
	int r;

	envelope_init(&e);
	letter_init(&l);
	if (keep_read(STDIN_FILENO, &e, &l) == -1)
		r = EX_DATAERR;
	else
		r = enqueue_letter(path, &e, &l);
	letter_clear(&l);
	envelope_clear(&e);
	return r;
}
