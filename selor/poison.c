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
 * Keys that killed; see poison.h.  Only crashes count: a SIGKILL or SIGTERM
 * came from an administrator or the kernel's want of memory, not from what
 * was being read.  The key is a text from a process that crashed, so it is
 * bounded and otherwise not believed.
 */
#include "poison.h"

#include <sys/wait.h>

#include <signal.h>
#include <string.h>

#include "child.h"
#include "log.h"
#include "proc_conf.h"

#define POISON_KEYS_MAX 256
#define POISON_KEY_MAX 321
#define POISON_DEATHS 2

/*
 * A ring: the oldest key is forgotten for a new one, so that a process which
 * names another at each death can not fill memory.
 */
static struct poison {
	enum proc_id process;
	unsigned int deaths;
	char key[POISON_KEY_MAX];
} keys[POISON_KEYS_MAX];
static unsigned int next_key;

static void
poison_send(struct child *c, const struct poison *k)
{
	union msg m = {.conf_poison = {(uint8_t)k->process, k->key}};

	if (!c->dynamic)
		child_tell(c, MSG_CONF_POISON, &m, -1);
}

void
poison_send_all(struct child *c)
{
	unsigned int i;

	for (i = 0; i < POISON_KEYS_MAX; i++)
		if (keys[i].deaths >= POISON_DEATHS)
			poison_send(c, &keys[i]);
}

/* The row of a key, the oldest row when it is new. */
static struct poison *
poison_find(enum proc_id process, const char *key)
{
	struct poison *k;
	unsigned int i;

	for (i = 0; i < POISON_KEYS_MAX; i++)
		if (keys[i].deaths > 0 && keys[i].process == process &&
		    strcmp(keys[i].key, key) == 0)
			return &keys[i];
	k = &keys[next_key++ % POISON_KEYS_MAX];
	k->deaths = 0;
	k->process = process;
	strlcpy(k->key, key, sizeof(k->key));
	return k;
}

/*
 * A status other than 0 counts too: fatal() is how a daemon ends on what it can
 * not survive.
 */
static bool
is_crash(int status)
{
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status) != 0;
	return WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGTERM;
}

/*
 * The page is shared with the process that died, but that is dead: what was
 * copied does not change any more.
 */
void
poison_count(struct child *c, int status)
{
	char key[POISON_KEY_MAX];
	struct child *o;
	struct poison *k;

	if (c->busy == NULL || !is_crash(status))
		return;
	strlcpy(key, "", sizeof(key));
	memcpy(key, c->busy,
	    sizeof(key) < PROC_BUSY_SIZE ? sizeof(key) : PROC_BUSY_SIZE);
	key[sizeof(key) - 1] = '\0';
	if (*key == '\0')
		return;
	k = poison_find(c->id, key);
	k->deaths++;
	if (k->deaths < POISON_DEATHS)
		return;
	log_warnx("%s has ended %u times working on \"%s\": set aside",
	    msg_proc_name(c->id), k->deaths, k->key);
	TAILQ_FOREACH (o, &env.children, entry)
		if (o->state == CHILD_UP)
			poison_send(o, k);
}
