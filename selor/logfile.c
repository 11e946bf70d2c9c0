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
 * Logs; see logfile.h.  Opened for appending, never through a link, mode
 * 0640; opened anew at USR1 and when the configuration changes.
 */
#include "logfile.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "enums.h"
#include "log.h"

#define SYSLOG_SOCKET "/dev/log"

static int fds[LOG_FILES + 1] = {-1, -1, -1, -1, -1};

static const enum option_id log_option[LOG_FILES] = {
    [LOG_CENTRAL] = OPT_CENTRAL_LOG,
    [LOG_SUMMARY] = OPT_SUMARY_LOG,
    [LOG_WARNING] = OPT_WARNING_LOG,
    [LOG_REFUSED] = OPT_REFUSED_LOG,
};

/*
 * The directory of a log is made when only that is missing.  O_NOFOLLOW and
 * O_NONBLOCK: a directory for logs may belong to a user who would put a link or
 * a FIFO there for root to open.
 */
static int
logfile_open(const char *path)
{
	char dir[OPTION_TEXT_MAX];
	int fd,
	    flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC |
	    O_NOCTTY | O_NONBLOCK;

	fd = open(path, flags, 0640);
	if (fd == -1 && errno == ENOENT &&
	    strlcpy(dir, path, sizeof(dir)) < sizeof(dir) &&
	    mkdir(dirname(dir), 0750) == 0)
		fd = open(path, flags, 0640);
	if (fd == -1)
		log_warn("can not open the log %s", path);
	return fd;
}

/* No syslog is no reason to stop: -1 and a line in Warning_log. */
static int
logfile_syslog(void)
{
	struct sockaddr_un sun;
	int fd;

	if (option_num(env.options, OPT_LOG_SYSLOG) == 0)
		return -1;
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, SYSLOG_SOCKET, sizeof(sun.sun_path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd != -1 &&
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		log_warn("can not reach syslog at %s", SYSLOG_SOCKET);
		close(fd);
		fd = -1;
	}
	return fd;
}

/*
 * A log that can not be opened now keeps its old descriptor: lines go on into
 * the file that was renamed rather than nowhere.
 */
int
logfile_open_all(void)
{
	const char *path;
	int file, fd, failed = 0;

	for (file = 0; file < LOG_FILES; file++) {
		path = option_text(env.options, log_option[file]);
		if (*path == '\0')
			fd = -1;
		else if ((fd = logfile_open(path)) == -1) {
			failed = -1;
			continue;
		}
		if (fds[file] != -1)
			close(fds[file]);
		fds[file] = fd;
	}
	if (fds[LOG_FILES] != -1)
		close(fds[LOG_FILES]);
	fds[LOG_FILES] = logfile_syslog();
	log_set_fd(LOG_WARNING, logfile_dup(LOG_WARNING));
	log_set_syslog(logfile_dup(LOG_FILES));
	log_set_json(
	    strcmp(option_text(env.options, OPT_LOG_FORMAT), "json") == 0);
	log_set_zone(option_text(env.options, OPT_TIMEZONE));
	return failed;
}

/*
 * The receiver gets one of its own; all share the file's offset and O_APPEND.
 */
int
logfile_dup(int file)
{
	return fds[file] == -1 ? -1 : fcntl(fds[file], F_DUPFD_CLOEXEC, 0);
}

static void
logfile_send(struct child *c, uint32_t generation, enum conf_fd kind, int fd)
{
	union msg m = {.conf_fd = {generation, (uint8_t)kind, 0, ""}};

	if (fd != -1 && child_tell(c, MSG_CONF_FD, &m, fd) == -1)
		close(fd);
}

void
logfile_send_spool(
    struct child *c, const struct options *opts, uint32_t generation)
{
	const char *report = option_text(opts, OPT_REPORT_FILE);
	int fd;

	fd = open(option_text(opts, OPT_CP_ERRORS_PATH),
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		log_warn("%s", option_text(opts, OPT_CP_ERRORS_PATH));
	logfile_send(c, generation, CONF_FD_ERRORS, fd);
	/* Missing: the built-in text serves (selor.conf(5)). */
	fd = open(report, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1 && option_is_set(opts, OPT_REPORT_FILE))
		log_warn("can not open Report_file %s", report);
	logfile_send(c, generation, CONF_FD_REPORT, fd);
}
