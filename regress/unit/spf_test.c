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
 * The whole test suite of RFC 7208 (regress/spf), with answers out of its own
 * zones in place of a name server: the library, the memo, and what is mended
 * around it.  spf_suite_test.py does the same through the server.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../ruled/spf_check.h"

#define SUITE "regress/spf/rfc7208-tests.txt"
#define RECORDS_MAX 400

struct record {
	char name[300], type[8], value[2048];
};

static struct record zone[RECORDS_MAX];
static size_t records;
static unsigned int cases, failures;

/* The number of octets, for there may be a NUL among them. */
static size_t
unhex(char *out, const char *in)
{
	const char *begin = out;
	unsigned int c;

	for (; in[0] != '\0' && in[1] != '\0' && *in != '-'; in += 2) {
		sscanf(in, "%2x", &c);
		*out++ = (char)c;
	}
	*out = '\0';
	return (size_t)(out - begin);
}

static void
put(struct ask_dns_answer *a, const void *data, size_t len)
{
	a->records = realloc(a->records, (a->count + 1) * sizeof(*a->records));
	a->data = realloc(a->data, a->len + len + 1);
	a->records[a->count].at = (uint32_t)a->len;
	a->records[a->count++].len = (uint32_t)len;
	memcpy(a->data + a->len, data, len);
	a->len += len;
	a->status = ASK_DNS_OK;
}

static void
put_record(struct ask_dns_answer *a, const struct record *r)
{
	uint8_t data[2048];
	char value[2048], text[1024], *rest = value, *word;
	size_t len = 0, left, n;

	strlcpy(value, r->value, sizeof(value));
	if (strcmp(r->type, "A") == 0) {
		inet_pton(AF_INET, value, data);
		len = 4;
	} else if (strcmp(r->type, "AAAA") == 0) {
		inet_pton(AF_INET6, value, data);
		len = 16;
	} else if (strcmp(r->type, "TXT") == 0) {
		while ((word = strsep(&rest, " ")) != NULL) {
			left = unhex(text, word);
			word = text;
			do {
				n = left > 255 ? 255 : left;
				data[len++] = (uint8_t)n;
				memcpy(data + len, word, n);
				len += n;
				word += n;
				left -= n;
			} while (left > 0);
		}
	} else if (strcmp(r->type, "MX") == 0) {
		data[0] = 0;
		data[1] = (uint8_t)strtol(value, &rest, 10);
		rest += *rest == ' ';
		len = 2 + strlen(rest);
		memcpy(data + 2, rest, strlen(rest));
	} else {
		len = strlen(value);
		memcpy(data, value, len);
	}
	put(a, data, len);
}

static const char *
type_name(enum ask_dns_type type)
{
	switch (type) {
	case ASK_DNS_A:
		return "A";
	case ASK_DNS_AAAA:
		return "AAAA";
	case ASK_DNS_MX:
		return "MX";
	case ASK_DNS_PTR:
		return "PTR";
	case ASK_DNS_TXT:
		return "TXT";
	}
	return "?";
}

static void
answer(struct ask_dns_answer *a, const char *asked, enum ask_dns_type type)
{
	char name[300];
	bool is_there = false, is_timeout = false;
	unsigned int hops;
	size_t i;

	memset(a, 0, sizeof(*a));
	strlcpy(name, asked, sizeof(name));
	for (hops = 0; hops < 10; hops++) {
		for (i = 0; i < records; i++)
			if (strcasecmp(zone[i].name, name) == 0 &&
			    strcmp(zone[i].type, "CNAME") == 0)
				break;
		if (i == records)
			break;
		strlcpy(name, zone[i].value, sizeof(name));
	}
	for (i = 0; i < records; i++) {
		if (strcasecmp(zone[i].name, name) != 0)
			continue;
		is_there = true;
		is_timeout |= strcmp(zone[i].type, "timeout") == 0;
		if (strcmp(zone[i].type, type_name(type)) == 0)
			put_record(a, &zone[i]);
	}
	if (a->count == 0)
		a->status = is_timeout ? ASK_DNS_TEMP :
		    is_there           ? ASK_DNS_NODATA :
					 ASK_DNS_NXDOMAIN;
}

static enum spf_result
check(const char *client, const char *helo, const char *sender)
{
	struct spf_identity id = {.helo = helo, .sender = sender};
	enum spf_result result;
	struct ask_dns_answer a;
	struct spf_check *c;
	enum ask_dns_type type;
	const char *name;
	int nth;

	id.client.family = strchr(client, ':') != NULL ? AF_INET6 : AF_INET;
	inet_pton(id.client.family, client, id.client.ip);
	c = spf_check_new(&id);
	while (!spf_check_run(c, &result)) {
		if ((nth = spf_check_question(c, &name, &type)) == -1)
			fail_msg("neither a result nor a question");
		for (; nth != -1; nth = spf_check_question(c, &name, &type)) {
			answer(&a, name, type);
			spf_check_answer(c, (uint32_t)nth, &a);
			free(a.records);
			free(a.data);
		}
	}
	spf_check_free(c);
	return result;
}

static void
run_case(const char *line, const char *scenario)
{
	char name[64], client[64], helo_hex[700], sender_hex[700];
	char wanted[64], helo[350], sender[350];
	const char *got;

	if (sscanf(line, "case %63s %63s %699s %699s %63s", name, client,
		helo_hex, sender_hex, wanted) != 5)
		fail_msg("odd line: %s", line);
	unhex(helo, helo_hex);
	unhex(sender, sender_hex);
	/* What is no address is no sender: MAIL is refused. */
	if (*sender != '\0' && strchr(sender, '@') == NULL) {
		memmove(sender + 11, sender, strlen(sender) + 1);
		memcpy(sender, "postmaster@", 11);
	}
	got = spf_result_names[check(client, helo, sender)];
	cases++;
	if (strstr(wanted, got) == NULL) {
		failures++;
		print_message(
		    "%s / %s: %s, wanted %s\n", scenario, name, got, wanted);
	}
}

static void
add_record(const char *line)
{
	struct record *r = &zone[records];
	char hex[700] = "";
	int at = 0;

	assert_true(records < RECORDS_MAX);
	if (sscanf(line, "timeout %699s", hex) == 1)
		strlcpy(r->type, "timeout", sizeof(r->type));
	else {
		sscanf(line, "record %699s %7s %n", hex, r->type, &at);
		strlcpy(r->value, line + at, sizeof(r->value));
	}
	unhex(r->name, hex);
	records++;
}

static void
test_suite(void **state)
{
	char line[8192], scenario[128] = "";
	/* The zones of a scenario stand before its cases. */
	FILE *f = fopen(SUITE, "r");

	(void)state;
	assert_non_null(f);
	assert_int_equal(spf_check_init(), 0);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "scenario ", 9) == 0) {
			strlcpy(scenario, line + 9, sizeof(scenario));
			records = 0;
		} else if (strncmp(line, "case ", 5) == 0)
			run_case(line, scenario);
		else if (*line != '#' && *line != '\0')
			add_record(line);
	}
	fclose(f);
	print_message("%u cases, %u wrong\n", cases, failures);
	assert_int_equal(cases, 203);
	assert_int_equal(failures, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_suite)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
