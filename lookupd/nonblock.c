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
 * libunbound makes its sockets non-blocking with F_SETFL, which our cage
 * forbids: that call sets all flags at once, and so could take O_APPEND from
 * the logs, which other daemons write to as well.  The dynamic linker prefers
 * this function to that of the C library, so the library's calls come here
 * and change the one flag that they mean.
 */
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

/*
 * As fcntl(2), but F_SETFL without O_APPEND sets or clears O_NONBLOCK alone.
 * A descriptor's other flags can not be changed in the cage anyway.
 */
int
fcntl(int fd, int command, ...)
{
	va_list ap;
	long value;
	int on;

	/* Commands without an argument find what is there; it is not used. */
	va_start(ap, command);
	value = va_arg(ap, long);
	va_end(ap);
	if (command == F_SETFL && !(value & O_APPEND)) {
		on = (value & O_NONBLOCK) != 0;
		return ioctl(fd, FIONBIO, &on);
	}
	return (int)syscall(SYS_fcntl, fd, command, value);
}
