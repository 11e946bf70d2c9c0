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
 * The parent makes the ring of recent connections and never maps it: what is
 * in it is for the smtpd processes to judge.
 */
#include "shared.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <unistd.h>

#include "child.h"
#include "enums.h"
#include "log.h"
#include "ring_memory.h"

/* -1: not made yet, or it can not be made. */
static int shared_fd = -1;

/*
 * Of full size from the start, since only what is touched takes memory, and
 * sealed in it: who could shorten it would kill all others at their next look.
 */
static int
shared_make(void)
{
	int fd = memfd_create("ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1)
		return -1;
	if (ftruncate(fd, sizeof(struct ring_memory)) == -1 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) ==
		-1) {
		close(fd);
		return -1;
	}
	return fd;
}

void
shared_send(struct child *c, uint32_t generation)
{
	union msg m = {.conf_fd = {generation, CONF_FD_RING, 0, "ring"}};
	int fd;

	if (shared_fd == -1 && (shared_fd = shared_make()) == -1)
		log_warn("no memory for smtpd to share: each counts alone");
	if (shared_fd == -1 || (fd = dup(shared_fd)) == -1)
		return;
	if (child_tell(c, MSG_CONF_FD, &m, fd) == -1)
		close(fd);
}
