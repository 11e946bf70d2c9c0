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
 * Sets libunbound up.  It runs in our process but is given nothing to read:
 * servers, host names and the trust anchor are handed over as text.
 */
#include "dns_context.h"

#include <arpa/inet.h>

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unbound-event.h>
#include <unbound.h>

#include "log.h"
#include "netaddr.h"

#define DNS_RESOLV_CONF "/etc/resolv.conf"
#define DNS_HOSTS "/etc/hosts"
#define DNS_ANCHOR "/usr/share/dns/root.key"
#define DNS_PORT 53
#define DNS_SERVER_TEXT 80
/* Names taken from hosts(5), and anchors. */
#define DNS_HOSTS_MAX 1000
#define DNS_ANCHORS_MAX 16

/* What /etc says, kept as text that libunbound takes. */
static struct {
	char server[DNS_SERVERS_MAX][DNS_SERVER_TEXT];
	size_t servers;
	char *host[DNS_HOSTS_MAX];
	size_t hosts;
	char *anchor[DNS_ANCHORS_MAX];
	size_t anchors;
} files;

/* The servers of the last context made. */
static struct {
	char text[DNS_SERVERS_MAX][DNS_SERVER_TEXT];
	size_t count;
	bool made;
} in_use;

/*
 * Names of our own networks and of documents are asked like all others: a
 * server that is configured knows what it does.  "localhost", "invalid" and
 * "onion" stay answered at home.
 */
static const char *const zones_asked[] = {
    "127.in-addr.arpa.", "test.", "home.arpa."};

static const struct {
	const char *name, *value;
} settings[] = {
    {"use-syslog:", "no"},
    {"do-not-query-localhost:", "no"},
    {"unblock-lan-zones:", "yes"},
    {"insecure-lan-zones:", "yes"},
    {"num-queries-per-thread:", "4096"},
    {"outgoing-range:", "512"},
    /* A server that was away is tried again soon. */
    {"infra-host-ttl:", "30"},
    {"infra-keep-probing:", "yes"},
    {"cache-max-ttl:", "3600"},
    {"cache-max-negative-ttl:", "300"},
};

/*
 * "address" or "address@port", as libunbound wants it.  Through netaddr and
 * back, so that libunbound is never given text that we did not print.
 */
static int
server_text(char *out, size_t size, const char *in)
{
	char ip[INET6_ADDRSTRLEN];
	struct netaddr a;
	const void *p;

	if (netaddr_parse_at(in, DNS_PORT, &a) == -1)
		return -1;
	p = a.ss.ss_family == AF_INET6 ?
	    (const void *)&((const struct sockaddr_in6 *)&a.ss)->sin6_addr :
	    (const void *)&((const struct sockaddr_in *)&a.ss)->sin_addr;
	if (inet_ntop(a.ss.ss_family, p, ip, sizeof(ip)) == NULL)
		return -1;
	snprintf(out, size, "%s@%u", ip, netaddr_port(&a));
	return 0;
}

/*
 * One line of resolv.conf(5). A zone behind "%" can not be handed on; the
 * address works without it where the link has one interface.
 */
static void
read_resolv(char *line)
{
	char *word, *last;

	if ((word = strtok_r(line, " \t\n", &last)) == NULL ||
	    strcmp(word, "nameserver") != 0 ||
	    (word = strtok_r(NULL, " \t\n", &last)) == NULL ||
	    files.servers == DNS_SERVERS_MAX)
		return;
	word[strcspn(word, "%")] = '\0';
	if (server_text(files.server[files.servers], DNS_SERVER_TEXT, word) ==
	    0)
		files.servers++;
}

/*
 * One line of hosts(5): records of all its names.  Names without a dot are
 * nobody's mail domain.  A second address of a name is another record of it.
 */
static void
read_hosts(char *line)
{
	char *ip, *name, *last;
	uint8_t raw[16];
	int is6;

	line[strcspn(line, "#")] = '\0';
	if ((ip = strtok_r(line, " \t\n", &last)) == NULL)
		return;
	is6 = inet_pton(AF_INET6, ip, raw) == 1;
	if (!is6 && inet_pton(AF_INET, ip, raw) != 1)
		return;
	while ((name = strtok_r(NULL, " \t\n", &last)) != NULL) {
		if (files.hosts == DNS_HOSTS_MAX || strchr(name, '.') == NULL)
			continue;
		if (asprintf(&files.host[files.hosts], "%s. IN %s %s", name,
			is6 ? "AAAA" : "A", ip) == -1)
			return;
		files.hosts++;
	}
}

/* One line of the trust anchor: a record. */
static void
read_anchor(char *line)
{
	line[strcspn(line, ";\n")] = '\0';
	if (line[0] == '\0' || files.anchors == DNS_ANCHORS_MAX)
		return;
	if ((files.anchor[files.anchors] = strdup(line)) != NULL)
		files.anchors++;
}

/* A line that is longer is read as two; these files are root's own. */
static void
read_lines(const char *path, void (*take)(char *))
{
	char line[2048];
	FILE *f;

	if ((f = fopen(path, "re")) == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL)
		take(line);
	fclose(f);
}

/*
 * Before the root directory is given up: none of them can be opened later.
 * What is missing is no error, for the root servers need no file.
 */
int
dns_context_read(void)
{
	read_lines(DNS_RESOLV_CONF, read_resolv);
	read_lines(DNS_HOSTS, read_hosts);
	read_lines(DNS_ANCHOR, read_anchor);
	return 0;
}

/*
 * The servers to ask: text for each; those of the options count before those of
 * the system.  "out" has room for DNS_SERVERS_MAX.
 */
static size_t
servers_of(const struct options *o, char (*out)[DNS_SERVER_TEXT])
{
	size_t i, n = option_count(o, OPT_DNS_SERVER), got = 0;

	for (i = 0; i < n && got < DNS_SERVERS_MAX; i++)
		if (server_text(out[got], DNS_SERVER_TEXT,
			option_nth(o, OPT_DNS_SERVER, i)) == 0)
			got++;
	if (n > 0)
		return got;
	memcpy(out, files.server, sizeof(files.server));
	return files.servers;
}

int
dns_context_check(const struct options *o, char *why, size_t size)
{
	char text[DNS_SERVER_TEXT];
	size_t i, n = option_count(o, OPT_DNS_SERVER);

	for (i = 0; i < n; i++)
		if (server_text(text, sizeof(text),
			option_nth(o, OPT_DNS_SERVER, i)) == -1) {
			snprintf(why, size, "Dns_server is no address: %s",
			    option_nth(o, OPT_DNS_SERVER, i));
			return -1;
		}
	return 0;
}

bool
dns_context_is_same(const struct options *o)
{
	char text[DNS_SERVERS_MAX][DNS_SERVER_TEXT];
	size_t i, n = servers_of(o, text);

	if (!in_use.made || n != in_use.count)
		return false;
	for (i = 0; i < n; i++)
		if (strcmp(text[i], in_use.text[i]) != 0)
			return false;
	return true;
}

/*
 * All that has to be said before the first question.  What libunbound refuses
 * is told, and the rest holds: names are better asked with a default than not
 * at all.
 */
static int
context_set(struct ub_ctx *c)
{
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		r |= ub_ctx_set_option(c, settings[i].name, settings[i].value);
	/* Who asks a resolver believes it; only who asks the root servers
	 * himself has all the signatures that it takes to check. */
	if (in_use.count > 0)
		r |= ub_ctx_set_option(c, "module-config:", "iterator");
	else
		for (i = 0; i < files.anchors; i++)
			r |= ub_ctx_add_ta(c, files.anchor[i]);
	for (i = 0; i < in_use.count; i++)
		r |= ub_ctx_set_fwd(c, in_use.text[i]);
	return r == 0 ? 0 : -1;
}

/* Zones and host names: these end the time of settings. */
static void
context_fill(struct ub_ctx *c)
{
	char zone[DNS_SERVER_TEXT * 4];
	size_t i, n;

	for (i = 0; i < sizeof(zones_asked) / sizeof(zones_asked[0]); i++)
		(void)ub_ctx_zone_remove(c, zones_asked[i]);
	for (i = 0; i < files.hosts; i++) {
		n = strcspn(files.host[i], " ");
		if (n >= sizeof(zone))
			continue;
		memcpy(zone, files.host[i], n);
		zone[n] = '\0';
		/* Only these records come from here: the name may have an MX
		 * out there. */
		(void)ub_ctx_zone_add(c, zone, "typetransparent");
		(void)ub_ctx_data_add(c, files.host[i]);
	}
}

struct ub_ctx *
dns_context_new(struct event_base *base, const struct options *o)
{
	struct ub_ctx *c;

	memset(&in_use, 0, sizeof(in_use));
	in_use.count = servers_of(o, in_use.text);
	if ((c = ub_ctx_create_event(base)) == NULL) {
		log_warnx("libunbound gives no context");
		return NULL;
	}
	if (context_set(c) == -1)
		log_warnx("libunbound refuses a setting");
	context_fill(c);
	in_use.made = true;
	return c;
}
