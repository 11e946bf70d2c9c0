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
 * Runs of libspf2 over the memo, and what its results mean; see spf_check.h.
 */
#include "spf_check.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <spf2/spf.h>
#include <spf2/spf_dns.h>

#include "spf_check_in.h"

const char *const spf_result_names[] = {"none", "pass", "neutral", "softfail",
    "fail", "temperror", "permerror", NULL};

/* One library, one run at a time: its DNS layer finds the check by its hook. */
static struct {
	SPF_dns_server_t dns;
	SPF_server_t *server;
} env;

/* Before the cage, like all that a library does when it starts. Its own limit
 * of terms is out of the way: it counts otherwise than the RFC does. */
int
spf_check_init(void)
{
	if (env.server != NULL)
		return 0;
	env.dns.lookup = spf_lookup;
	env.dns.name = "memo";
	env.server = SPF_server_new_dns(&env.dns, 0);
	if (env.server == NULL)
		return -1;
	/* The memo counts, see spf_record.h. */
	SPF_server_set_max_dns_mech(env.server, 1000);
	return 0;
}

/* NULL: no memory. An IPv4 client that came as a mapped address is one of IPv4,
 * or no ip4 term would match it. */
struct spf_check *
spf_check_new(const struct spf_identity *id)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct spf_check *c = calloc(1, sizeof(*c));
	const char *helo = id->helo != NULL ? id->helo : "";
	const char *sender = id->sender != NULL ? id->sender : "";

	if (c == NULL)
		return NULL;
	c->client = id->client;
	if (c->client.family == AF_INET6 &&
	    memcmp(c->client.ip, mapped, sizeof(mapped)) == 0) {
		c->client.family = AF_INET;
		memmove(c->client.ip, c->client.ip + sizeof(mapped), 4);
	}
	c->helo = strdup(helo);
	/* RFC 7208 section 2.4: the null sender is postmaster at HELO's. */
	if (*sender != '\0')
		c->sender = strdup(sender);
	else if ((c->sender = malloc(strlen(helo) + 12)) != NULL) {
		memcpy(c->sender, "postmaster@", 11);
		memcpy(c->sender + 11, helo, strlen(helo) + 1);
	}
	if (c->helo == NULL || c->sender == NULL) {
		spf_check_free(c);
		return NULL;
	}
	return c;
}

/* What the library had of it was freed at the end of each run. */
void
spf_check_free(struct spf_check *c)
{
	uint32_t i;

	for (i = 0; i < c->count; i++) {
		free(c->memo[i].name);
		free(c->memo[i].records);
		free(c->memo[i].data);
	}
	free(c->helo);
	free(c->sender);
	free(c);
}

/* Without a record that can be read there is no result. */
static enum spf_result
result_of_error(SPF_errcode_t error)
{
	switch (error) {
	case SPF_E_NOT_SPF:
		return SPF_NONE;
	case SPF_E_DNS_ERROR:
	case SPF_E_NO_MEMORY:
		return SPF_TEMPERROR;
	default:
		return SPF_PERMERROR;
	}
}

/* What the library calls invalid is a record that can not be evaluated. */
static enum spf_result
result_of(SPF_result_t result)
{
	switch (result) {
	case SPF_RESULT_NEUTRAL:
		return SPF_NEUTRAL;
	case SPF_RESULT_PASS:
		return SPF_PASS;
	case SPF_RESULT_FAIL:
		return SPF_FAIL;
	case SPF_RESULT_SOFTFAIL:
		return SPF_SOFTFAIL;
	case SPF_RESULT_NONE:
		return SPF_NONE;
	case SPF_RESULT_TEMPERROR:
		return SPF_TEMPERROR;
	case SPF_RESULT_PERMERROR:
	case SPF_RESULT_INVALID:
		break;
	}
	return SPF_PERMERROR;
}

/* "." stands in for a HELO that there was none of: macros must expand to
 * something. */
static int
request_fill(SPF_request_t *request, const struct spf_check *c)
{
	struct in6_addr six;
	struct in_addr four;

	if (c->client.family == AF_INET) {
		memcpy(&four, c->client.ip, sizeof(four));
		SPF_request_set_ipv4(request, four);
	} else {
		memcpy(&six, c->client.ip, sizeof(six));
		SPF_request_set_ipv6(request, six);
	}
	SPF_request_set_helo_dom(request, *c->helo != '\0' ? c->helo : ".");
	/* It has a value of its own for success: not zero. */
	SPF_request_set_env_from(request, c->sender);
	request->cur_dom = request->env_from_dp;
	return request->env_from_dp != NULL ? 0 : -1;
}

/*
 * Not by SPF_request_query_mailfrom: that lets every client of 127.0.0.0/8
 * pass unseen, and asks for explanations that nobody reads.
 */
static enum spf_result
library_run(struct spf_check *c)
{
	SPF_request_t *request = SPF_request_new(env.server);
	SPF_response_t *response = NULL;
	SPF_record_t *record = NULL;
	SPF_errcode_t error = SPF_E_NO_MEMORY;
	enum spf_result result;

	if (request != NULL && request_fill(request, c) == 0)
		response = SPF_response_new(request);
	if (response == NULL) {
		if (request != NULL)
			SPF_request_free(request);
		return SPF_TEMPERROR;
	}
	error = SPF_server_get_record(env.server, request, response, &record);
	if (error == SPF_E_SUCCESS) {
		/* It ends the process where this is not set. */
		response->spf_record_exp = record;
		SPF_record_interpret(record, request, response, 0);
		result = result_of(SPF_response_result(response));
	} else
		result = result_of_error(error);
	if (record != NULL)
		SPF_record_free(record);
	SPF_response_free(response);
	SPF_request_free(request);
	return result;
}

/* True: *result is final. False: there are questions to be asked first, and
 * what this run said does not count. */
bool
spf_check_run(struct spf_check *c, enum spf_result *result)
{
	char name[SPF_NAME_MAX];
	const char *at = strrchr(c->sender, '@');

	*result = SPF_NONE;
	/* RFC 7208 section 4.3: a malformed domain, or one label. */
	if (c->client.family == 0 || at == NULL || !spf_name(name, at + 1) ||
	    strchr(name, '.') == NULL || *name == '[')
		return true;
	c->has_missed = c->is_over = c->is_bad = false;
	c->voids = c->terms = 0;
	c->ptr = NULL;
	c->run++;
	env.dns.hook = c;
	*result = library_run(c);
	env.dns.hook = NULL;
	if (c->is_over || c->is_full) {
		*result = SPF_PERMERROR;
		return true;
	}
	if (c->has_missed)
		return false;
	if (c->is_bad || c->voids > SPF_VOID_MAX || c->terms > SPF_TERMS_MAX)
		*result = SPF_PERMERROR;
	return true;
}

/* The next that nobody has asked yet, or -1. */
int
spf_check_question(
    struct spf_check *c, const char **name, enum ask_dns_type *type)
{
	if (c->asked >= c->count)
		return -1;
	*name = c->memo[c->asked].name;
	*type = c->memo[c->asked].type;
	return (int)c->asked++;
}

/* Copied, as the answer is its caller's. Where there is no memory it counts as
 * a failure of the DNS; more than SPF_BYTES_MAX in all is an error of the
 * policy. */
void
spf_check_answer(
    struct spf_check *c, uint32_t nth, const struct ask_dns_answer *a)
{
	struct spf_memo *m = &c->memo[nth];

	if (nth >= c->count || m->is_answered)
		return;
	m->is_answered = true;
	m->status = a->status;
	if (a->status != ASK_DNS_OK || a->count == 0)
		return;
	m->status = ASK_DNS_TEMP;
	if (a->len > SPF_BYTES_MAX - c->bytes) {
		c->is_full = true;
		return;
	}
	m->records = reallocarray(NULL, a->count, sizeof(*m->records));
	m->data = malloc(a->len + 1);
	if (m->records == NULL || m->data == NULL)
		return;
	memcpy(m->records, a->records, a->count * sizeof(*m->records));
	memcpy(m->data, a->data, a->len);
	m->count = a->count;
	m->status = ASK_DNS_OK;
	c->bytes += a->len;
	if (m->type == ASK_DNS_MX)
		spf_ask_hosts(c, m);
}
