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
 * smtpsink: takes every message, keeps none, and counts.
 *
 *	smtpsink [-a address] [-d milliseconds] [-n messages] port
 *
 * One epoll loop.  It ends after -n messages, or on TERM, and prints how
 * many there were and how long the first to the last took; -d delays the
 * answer to each message's end, for all sessions alike.
 */
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

/* A line that is longer ends its session; none of ours is. */
#define COMMAND_MAX 1024
#define EVENTS 256

struct session {
	int fd;
	bool content;
	unsigned int matched; /* of CR LF . CR LF, the final dot */
	char line[COMMAND_MAX];
	size_t len;
	/* microseconds */
	long long due; /* when the delayed answer goes out */
	bool delayed;
	TAILQ_ENTRY(session) entry;
};

/* The program's one state. */
static struct {
	int epoll;
	int listener;
	long long delay; /* milliseconds */
	unsigned long long want;
	unsigned long long messages, recipients, sessions;
	long long first, last; /* microseconds */
	TAILQ_HEAD(, session) waiting;
} sink;

static volatile sig_atomic_t ended;

static void
on_term(int sig)
{
	(void)sig;
	ended = 1;
}

static long long
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Also out of the list of those whose answer is late: s is gone after it. */
static void
session_free(struct session *s)
{
	if (s->delayed)
		TAILQ_REMOVE(&sink.waiting, s, entry);
	close(s->fd);
	free(s);
}

/* Replies are small: what the socket does not take at once is given up. */
static int
say(struct session *s, const char *text)
{
	size_t len = strlen(text);

	return write(s->fd, text, len) == (ssize_t)len ? 0 : -1;
}

/* NULL stands for the listener; a session is its own pointer. */
static void
watch(int op, int fd, void *what)
{
	struct epoll_event ev;

	memset(&ev, 0, sizeof(ev));
	ev.events = EPOLLIN;
	ev.data.ptr = what;
	if (epoll_ctl(sink.epoll, op, fd, &ev) == -1)
		err(1, "epoll_ctl");
}

/* All that wait: one event may stand for many connections. */
static void
sink_accept(void)
{
	struct session *s;
	int fd, on = 1;

	while ((fd = accept4(sink.listener, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1) {
		if ((s = calloc(1, sizeof(*s))) == NULL)
			err(1, "session");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		s->fd = fd;
		sink.sessions++;
		watch(EPOLL_CTL_ADD, fd, s);
		if (say(s, "220 sink.test ESMTP\r\n") == -1)
			session_free(s);
	}
}

/* One command line.  -1: the session ends. */
static int
session_command(struct session *s, const char *line)
{
	if (strncasecmp(line, "EHLO", 4) == 0)
		return say(s,
		    "250-sink.test\r\n250-PIPELINING\r\n"
		    "250-SIZE\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
		    "250 ENHANCEDSTATUSCODES\r\n");
	if (strncasecmp(line, "DATA", 4) == 0) {
		s->content = true;
		s->matched = 2; /* an empty message ends with its first dot */
		return say(s, "354 go\r\n");
	}
	if (strncasecmp(line, "RCPT", 4) == 0)
		sink.recipients++;
	if (strncasecmp(line, "QUIT", 4) == 0) {
		say(s, "221 2.0.0 bye\r\n");
		return -1;
	}
	return say(s, "250 2.0.0 ok\r\n");
}

/*
 * Counted before it is answered, so that whoever waits for -n messages knows
 * that the last one was taken.
 */
static int
session_taken(struct session *s)
{
	s->content = false;
	sink.last = now_us();
	if (sink.messages++ == 0)
		sink.first = sink.last;
	if (sink.messages == sink.want)
		ended = 1;
	if (sink.delay == 0)
		return say(s, "250 2.0.0 taken\r\n");
	s->due = sink.last + sink.delay * 1000;
	s->delayed = true;
	TAILQ_INSERT_TAIL(&sink.waiting, s, entry);
	return 0;
}

/* Look for the final dot.  Returns how many bytes belong to the message. */
static size_t
session_content(struct session *s, const char *data, size_t len)
{
	static const char end[] = "\r\n.\r\n";
	const char *found;
	size_t i = 0;

	while (i < len && s->matched < 5) {
		/* Between line ends nothing can matter. */
		if (s->matched == 0) {
			found = memchr(data + i, '\r', len - i);
			if (found == NULL)
				return len;
			i = (size_t)(found - data);
		}
		if (data[i] == end[s->matched])
			s->matched++;
		else
			s->matched = data[i] == '\r';
		i++;
	}
	return i;
}

/* Octets behind the final dot are the next commands: clients pipeline. */
static int
session_data(struct session *s, const char *data, size_t len)
{
	size_t n;

	while (len > 0) {
		if (s->content) {
			n = session_content(s, data, len);
			if (s->matched == 5 && session_taken(s) == -1)
				return -1;
			data += n;
			len -= n;
			continue;
		}
		if (s->len == sizeof(s->line) - 1)
			return -1;
		s->line[s->len++] = *data;
		len--;
		if (*data++ != '\n')
			continue;
		s->line[s->len] = '\0';
		s->len = 0;
		if (session_command(s, s->line) == -1)
			return -1;
	}
	return 0;
}

static void
session_read(struct session *s)
{
	static char buf[65536];
	ssize_t n = read(s->fd, buf, sizeof(buf));

	if (n == -1 && errno == EAGAIN)
		return;
	if (n <= 0 || session_data(s, buf, (size_t)n) == -1)
		session_free(s);
}

/*
 * Send what is due.  Milliseconds to the next one, -1 when there is none.  All
 * wait equally long, so the list is in the order in which they are due.
 */
static int
sink_delayed(void)
{
	struct session *s;
	long long left;

	while ((s = TAILQ_FIRST(&sink.waiting)) != NULL) {
		left = s->due - now_us();
		if (left > 0)
			return (int)(left / 1000) + 1;
		TAILQ_REMOVE(&sink.waiting, s, entry);
		s->delayed = false;
		if (say(s, "250 2.0.0 taken\r\n") == -1)
			session_free(s);
	}
	return -1;
}

static void
sink_listen(const char *address, unsigned int port)
{
	struct sockaddr_in in4;
	int on = 1;

	memset(&in4, 0, sizeof(in4));
	in4.sin_family = AF_INET;
	in4.sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, address, &in4.sin_addr) != 1)
		errx(2, "%s: not an IPv4 address", address);
	sink.listener =
	    socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (sink.listener == -1 ||
	    setsockopt(sink.listener, SOL_SOCKET, SO_REUSEADDR, &on,
		sizeof(on)) == -1 ||
	    bind(sink.listener, (struct sockaddr *)&in4, sizeof(in4)) == -1 ||
	    listen(sink.listener, 4096) == -1)
		err(1, "%s:%u", address, port);
	if ((sink.epoll = epoll_create1(EPOLL_CLOEXEC)) == -1)
		err(1, "epoll");
	watch(EPOLL_CTL_ADD, sink.listener, NULL);
}

/* A signal makes epoll_wait fail, and "ended" is seen at once. */
static void
sink_run(void)
{
	struct epoll_event ev[EVENTS];
	int n;

	while (!ended) {
		n = epoll_wait(sink.epoll, ev, EVENTS, sink_delayed());
		for (; n > 0; n--) {
			if (ev[n - 1].data.ptr == NULL)
				sink_accept();
			else
				session_read(ev[n - 1].data.ptr);
		}
	}
}

int
main(int argc, char **argv)
{
	const char *address = "127.0.0.1";
	double seconds;
	int c;

	while ((c = getopt(argc, argv, "a:d:n:")) != -1) {
		if (c == 'a')
			address = optarg;
		else if (c == 'd')
			sink.delay = strtonum(optarg, 0, 60000, NULL);
		else if (c == 'n')
			sink.want = (unsigned long long)strtonum(
			    optarg, 1, 1000000000, NULL);
		else
			errx(2,
			    "usage: smtpsink [-a address] "
			    "[-d milliseconds] [-n messages] port");
	}
	if (argc - optind != 1)
		errx(2, "a port is missing");
	TAILQ_INIT(&sink.waiting);
	signal(SIGTERM, on_term);
	signal(SIGINT, on_term);
	signal(SIGPIPE, SIG_IGN);
	sink_listen(
	    address, (unsigned int)strtonum(argv[optind], 1, 65535, NULL));
	sink_run();
	seconds = (double)(sink.last - sink.first) / 1e6;
	printf("messages=%llu recipients=%llu sessions=%llu seconds=%.4f "
	       "last_us=%lld\n",
	    sink.messages, sink.recipients, sink.sessions, seconds, sink.last);
	return 0;
}
