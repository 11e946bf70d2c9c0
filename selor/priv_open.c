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
 * PRIV_OPEN: ruled asks for a file of rules, a list, a message or a log.  What
 * it may have is judged in open_path.c; see there.
 */
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "monotime.h"
#include "open_path.h"
#include "priv.h"
#include "watch.h"

/* The same refusal is told again after this long: each message may meet it. */
#define REFUSAL_MS 60000
#define REFUSALS 64

/* Whether a refusal is worth a line. */
static bool
is_news(const char *path)
{
	static struct {
		uint32_t hash;
		struct monotime until;
	} told[REFUSALS];
	struct monotime now = monotime_now();
	uint32_t hash = 2166136261U;
	size_t place;

	for (; *path != '\0'; path++)
		hash = (hash ^ (unsigned char)*path) * 16777619U;
	place = hash % REFUSALS;
	if (told[place].hash == hash &&
	    monotime_diff_ms(told[place].until, now) > 0)
		return false;
	told[place].hash = hash;
	told[place].until = monotime_add_ms(now, REFUSAL_MS);
	return true;
}

static enum priv_status
open_for(const struct msg_priv_open *m, struct open_file *f)
{
	struct user user, *home = NULL;

	memset(f, 0, sizeof(*f));
	f->fd = -1;
	if (m->purpose > OPEN_MESSAGE) {
		strlcpy(f->why, "for no known purpose", sizeof(f->why));
		return PRIV_REFUSED;
	}
	if (*m->home_of != '\0') {
		if (priv_find_user(m->home_of, &user) == -1) {
			strlcpy(f->why, "there is no such user for mail",
			    sizeof(f->why));
			return PRIV_REFUSED;
		}
		home = &user;
	}
	return open_path((enum open_purpose)m->purpose, m->path, home, f);
}

void
priv_on_open(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct open_file f;
	union msg a;
	struct msg_priv_open_answ *r = &a.priv_open_answ;

	(void)fd;
	memset(&a, 0, sizeof(a));
	r->status = (uint8_t)open_for(&m->priv_open, &f);
	if (r->status == PRIV_REFUSED && is_news(m->priv_open.path))
		log_warnx("rules may not have the file \"%s\": %s",
		    m->priv_open.path, f.why);
	else if (r->status == PRIV_TEMP && is_news(m->priv_open.path))
		log_warnx(
		    "the file \"%s\", for rules: %s", m->priv_open.path, f.why);
	/* Watched first: what changes behind this look is then heard of. */
	if (r->status == PRIV_OK && !f.is_spool &&
	    (m->priv_open.purpose == OPEN_RULES ||
		m->priv_open.purpose == OPEN_LIST))
		r->is_watched = watch_file(f.fd, &f.st);
	if (f.fd != -1 && fstat(f.fd, &f.st) == 0) {
		r->is_trusted = f.is_trusted;
		r->device = f.st.st_dev;
		r->inode = f.st.st_ino;
		r->size = (uint64_t)f.st.st_size;
		r->mtime = (uint64_t)f.st.st_mtim.tv_sec * 1000000000U +
		    (uint64_t)f.st.st_mtim.tv_nsec;
	}
	if (peer_answer(p, MSG_PRIV_OPEN_ANSW, ref, &a, f.fd) == -1 &&
	    f.fd != -1)
		close(f.fd);
}
