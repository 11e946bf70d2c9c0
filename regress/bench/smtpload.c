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
 * smtpload: sends messages as fast as a server takes them and says how fast
 * that was.
 *
 *	smtpload [-1Pi] [-a address] [-d domain] [-f sender] [-l bytes]
 *	    [-m messages] [-r prefix] [-s sessions] [-t seconds] [-u users]
 *	    port
 *
 * With -i it greets, prints "ready" and keeps all sessions until its
 * standard input ends.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"

#define HEAD_ABOUT 150 /* bytes that load.c puts in front */

static void
usage(void)
{
	fprintf(stderr,
	    "usage: smtpload [-1Pi] [-a address] [-d domain] "
	    "[-f sender] [-l bytes] [-m messages]\n\t[-r prefix] "
	    "[-s sessions] [-t seconds] [-u users] port\n");
	exit(2);
}

/*
 * A slip in an argument ends the program: a bench with another load than meant
 * would be worse than none.
 */
static unsigned int
number(const char *text, unsigned int most)
{
	const char *why;
	long long n = strtonum(text, 1, most, &why);

	if (why != NULL)
		errx(2, "%s: %s", text, why);
	return (unsigned int)n;
}

/*
 * An empty line, text up to about size bytes, and the end of data.  Lines never
 * begin with a dot, so nothing has to be stuffed.
 */
static char *
body_new(size_t size, size_t *len)
{
	static const char line[] =
	    "The quick brown fox jumps over the lazy dog, 0123456789.\r\n";
	size_t want = size > HEAD_ABOUT ? size - HEAD_ABOUT : 0;
	char *body = malloc(want + sizeof(line) + 8);

	if (body == NULL)
		err(1, "body");
	*len = 2;
	memcpy(body, "\r\n", 2);
	while (*len < want) {
		memcpy(body + *len, line, sizeof(line) - 1);
		*len += sizeof(line) - 1;
	}
	memcpy(body + *len, ".\r\n", 3);
	*len += 3;
	return body;
}

/* Addresses only: a name would measure a resolver. */
static void
address_set(struct load_plan *p, const char *address, unsigned int port)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)&p->to;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&p->to;

	if (inet_pton(AF_INET, address, &in4->sin_addr) == 1) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons((uint16_t)port);
		p->to_len = sizeof(*in4);
	} else if (inet_pton(AF_INET6, address, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)port);
		p->to_len = sizeof(*in6);
	} else
		errx(2, "%s: not an address", address);
}

/*
 * Words that the bench's Python reads.  Percentiles are of accepted messages.
 */
static void
report(struct load_result *r)
{
	double seconds = 0;

	if (r->accepted > 0)
		seconds = (double)(r->last_us - r->first_us) / 1e6;
	printf("accepted=%llu refused=%llu failed=%llu seconds=%.4f "
	       "rate=%.1f p50_us=%u p99_us=%u max_us=%u\n",
	    (unsigned long long)r->accepted, (unsigned long long)r->refused,
	    (unsigned long long)r->failed, seconds,
	    seconds > 0 ? (double)r->accepted / seconds : 0,
	    sample_at(&r->final, 500), sample_at(&r->final, 990),
	    sample_at(&r->final, 1000));
	if (r->worst[0] != '\0')
		fprintf(stderr, "smtpload: %s\n", r->worst);
}

/*
 * The end of our standard input is the sign to go: the one who measures may
 * die, and the sessions with it.
 */
static void
hold(struct load_result *r)
{
	char c;

	printf("ready=%u failed=%llu\n", r->greeted,
	    (unsigned long long)r->failed);
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		continue;
}

static void
options(struct load_plan *p, int argc, char **argv)
{
	const char *address = "127.0.0.1";
	size_t size = 4096;
	int c;

	while ((c = getopt(argc, argv, "1Pia:d:f:l:m:r:s:t:u:")) != -1) {
		switch (c) {
		case '1':
			p->one_each = true;
			break;
		case 'P':
			p->pipelining = true;
			break;
		case 'i':
			p->idle = true;
			break;
		case 'a':
			address = optarg;
			break;
		case 'd':
			p->domain = optarg;
			break;
		case 'f':
			p->sender = optarg;
			break;
		case 'l':
			size = number(optarg, 1u << 30);
			break;
		case 'm':
			p->messages = number(optarg, 100000000);
			break;
		case 'r':
			p->prefix = optarg;
			break;
		case 's':
			p->sessions = number(optarg, 60000);
			break;
		case 't':
			p->run_us = number(optarg, 86400) * 1000000ull;
			break;
		case 'u':
			p->users = number(optarg, 1000000);
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 1)
		usage();
	address_set(p, address, number(argv[optind], 65535));
	p->body = body_new(size, &p->body_len);
}

/* Fails where nothing was accepted: a server that refuses all is fast. */
int
main(int argc, char **argv)
{
	struct load_plan plan = {.sender = "load@client.test",
	    .prefix = "user",
	    .domain = "example.test",
	    .users = 1,
	    .sessions = 1};
	struct load *l;
	int status;

	options(&plan, argc, argv);
	if (plan.messages == 0 && plan.run_us == 0)
		plan.messages = plan.sessions;
	l = load_new(&plan);
	status = load_run(l);
	if (plan.idle)
		hold(load_result(l));
	else
		report(load_result(l));
	if (status == 0 && load_result(l)->accepted == 0 && !plan.idle)
		status = -1;
	load_free(l);
	return status == 0 ? 0 : 1;
}
