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
 * The memo, and libspf2 over it; see spf_check.h.
 */
#include "spf_check.h"

#include <sys/socket.h>

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <spf2/spf.h>
#include <spf2/spf_dns.h>

#include "spf_check_in.h"
#include "spf_record.h"

const char *const spf_result_names[] = {"none", "pass", "neutral", "softfail",
    "fail", "temperror", "permerror", NULL};

/* One library, one run at a time: its DNS layer finds the check here. */
static struct {
	SPF_dns_server_t dns;
	SPF_server_t *server;
	struct spf_check *check;
} env;

/* Lower case, without the dot at its end.  false: it is no name. */
bool
spf_name(char out[SPF_NAME_MAX], const char *in)
{
	size_t i, label = 0, len = strlen(in);

	if (len > 0 && in[len - 1] == '.')
		len--;
	if (len == 0 || len >= SPF_NAME_MAX)
		return false;
	for (i = 0; i < len; i++) {
		if (in[i] == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (++label > 63)
			return false;
		out[i] =
		    in[i] >= 'A' && in[i] <= 'Z' ? (char)(in[i] | 0x20) : in[i];
	}
	out[len] = '\0';
	return label > 0;
}

/* The host of a record of an MX; false: it names none. */
static bool
spf_host(char out[SPF_NAME_MAX], const struct spf_memo *mx, uint32_t nth)
{
	const struct ask_dns_record *r = &mx->records[nth];
	char host[SPF_NAME_MAX + 1];

	if (r->len < 2 || r->len - 2 > SPF_NAME_MAX)
		return false;
	memcpy(host, mx->data + r->at + 2, r->len - 2);
	host[r->len - 2] = '\0';
	return spf_name(out, host);
}

static struct spf_memo *
memo_find(struct spf_check *c, const char *name, enum ask_dns_type type)
{
	uint32_t i;

	for (i = 0; i < c->count; i++)
		if (c->memo[i].type == type &&
		    strcmp(c->memo[i].name, name) == 0)
			return &c->memo[i];
	return NULL;
}

/* NULL: over the limit, or no memory. */
static struct spf_memo *
memo_add(struct spf_check *c, const char *name, enum ask_dns_type type)
{
	struct spf_memo *m;

	if (c->count >= SPF_QUESTIONS_MAX)
		return NULL;
	m = &c->memo[c->count];
	if ((m->name = strdup(name)) == NULL)
		return NULL;
	m->type = type;
	c->count++;
	return m;
}

static SPF_dns_rr_t *
answer_make(const char *domain, ns_type type, int herrno)
{
	return SPF_dns_rr_new_init(&env.dns, domain, type, 0, herrno);
}

/* A record of text as the library is to have it. */
static bool
text_fill(
    struct spf_check *c, SPF_dns_rr_t *rr, const uint8_t *data, size_t len)
{
	char text[SPF_TEXT_MAX], mended[SPF_RECORD_MAX];
	const char *out = mended;
	size_t whole = ask_dns_text(data, len, text, sizeof(text));

	switch (
	    spf_record_mend(text, whole, c->client.family == AF_INET, mended)) {
	case SPF_RECORD_OTHER:
		return true;
	case SPF_RECORD_BAD:
		c->is_bad = true;
		out = "v=spf1";
		break;
	case SPF_RECORD_GOOD:
		break;
	}
	if (SPF_dns_rr_buf_realloc(rr, rr->num_rr, strlen(out) + 1) != 0)
		return false;
	memcpy(rr->rr[rr->num_rr++]->txt, out, strlen(out) + 1);
	return true;
}

/* One record as the library has it. */
static bool
record_fill(struct spf_check *c, SPF_dns_rr_t *rr, const struct spf_memo *m,
    uint32_t nth)
{
	const struct ask_dns_record *r = &m->records[nth];
	const uint8_t *data = m->data + r->at;
	size_t len = r->len, skip = m->type == ASK_DNS_MX ? 2 : 0;
	int i = rr->num_rr;

	if (m->type == ASK_DNS_TXT)
		return text_fill(c, rr, data, len);
	if (len < skip || SPF_dns_rr_buf_realloc(rr, i, len + 1) != 0)
		return false;
	switch (m->type) {
	case ASK_DNS_A:
		if (len == 4)
			memcpy(&rr->rr[i]->a, data, 4);
		break;
	case ASK_DNS_AAAA:
		if (len == 16)
			memcpy(&rr->rr[i]->aaaa, data, 16);
		break;
	case ASK_DNS_TXT:
		break;
	case ASK_DNS_MX:
	case ASK_DNS_PTR:
		memcpy(rr->rr[i]->ptr, data + skip, len - skip);
		rr->rr[i]->ptr[len - skip] = '\0';
		break;
	}
	rr->num_rr++;
	return true;
}

static SPF_dns_rr_t *
answer_of(struct spf_check *c, struct spf_memo *m, const char *domain)
{
	SPF_dns_rr_t *rr;
	uint32_t i;

	if (m->status == ASK_DNS_TEMP)
		return answer_make(domain, (ns_type)m->type, TRY_AGAIN);
	if (m->count == 0) {
		/* RFC 7208 section 4.6.4; the library does not count them. */
		if (m->type != ASK_DNS_TXT && m->run != c->run) {
			m->run = c->run;
			c->voids++;
		}
		return answer_make(domain, (ns_type)m->type,
		    m->status == ASK_DNS_NXDOMAIN ? HOST_NOT_FOUND : NO_DATA);
	}
	rr = answer_make(domain, (ns_type)m->type, NETDB_SUCCESS);
	/* RFC 7208 section 4.6.4: further names of an address are ignored;
	 * the library takes them for an error. */
	for (i = 0; rr != NULL && i < m->count &&
	     (m->type != ASK_DNS_PTR || i < SPF_HOSTS_MAX);
	     i++)
		if (!record_fill(c, rr, m, i)) {
			SPF_dns_rr_free(rr);
			return NULL;
		}
	return rr;
}

/* The memo of a question; NULL: it has no answer yet. */
static struct spf_memo *
memo_answered(struct spf_check *c, const char *name, enum ask_dns_type type)
{
	struct spf_memo *m = memo_find(c, name, type);

	if (m != NULL && m->is_answered)
		return m;
	if (m == NULL && memo_add(c, name, type) == NULL)
		c->is_over = true;
	c->has_missed = true;
	return NULL;
}

/* An address that nobody looks at: it is there. */
static SPF_dns_rr_t *
answer_any(const char *domain)
{
	SPF_dns_rr_t *rr = answer_make(domain, ns_t_a, NETDB_SUCCESS);

	if (rr == NULL || SPF_dns_rr_buf_realloc(rr, 0, 4) != 0)
		return rr;
	rr->rr[0]->a.s_addr = htonl(0x7f000002);
	rr->num_rr = 1;
	return rr;
}

/* Has any host of these records, or the name itself, an address? */
static SPF_dns_rr_t *
lookup_any(struct spf_check *c, const char *domain, const char *name)
{
	const enum ask_dns_type type =
	    c->client.family == AF_INET ? ASK_DNS_A : ASK_DNS_AAAA;
	char host[SPF_NAME_MAX];
	struct spf_memo *m, *mx;
	uint32_t i;

	if (strncmp(name, SPF_ANY_AAAA, strlen(SPF_ANY_AAAA)) == 0) {
		m = memo_answered(c, name + strlen(SPF_ANY_AAAA), type);
		if (m == NULL)
			return answer_make(domain, ns_t_a, TRY_AGAIN);
		return m->count > 0 ? answer_any(domain) :
				      answer_of(c, m, domain);
	}
	mx = memo_answered(c, name + strlen(SPF_ANY_MX), ASK_DNS_MX);
	if (mx == NULL)
		return answer_make(domain, ns_t_a, TRY_AGAIN);
	if (mx->count == 0)
		return answer_of(c, mx, domain);
	c->is_bad |= mx->count > SPF_HOSTS_MAX;
	for (i = 0; i < mx->count && i < SPF_HOSTS_MAX; i++) {
		if (!spf_host(host, mx, i))
			continue;
		m = memo_answered(c, host, type);
		if (m == NULL || m->status == ASK_DNS_TEMP)
			return answer_make(domain, ns_t_a, TRY_AGAIN);
		if (m->count > 0)
			return answer_any(domain);
		SPF_dns_rr_free(answer_of(c, m, domain));
	}
	return answer_make(domain, ns_t_a, HOST_NOT_FOUND);
}

/* The library asks. */
static SPF_dns_rr_t *
lookup(SPF_dns_server_t *dns, const char *domain, ns_type type, int cached)
{
	struct spf_check *c = env.check;
	char name[SPF_NAME_MAX];
	struct spf_memo *m;

	(void)dns;
	(void)cached;
	if (type != ns_t_a && type != ns_t_aaaa && type != ns_t_mx &&
	    type != ns_t_txt && type != ns_t_ptr)
		return answer_make(domain, type, NO_DATA);
	if (!spf_name(name, domain))
		return answer_make(domain, type, HOST_NOT_FOUND);
	if (strcmp(name, SPF_TERM) == 0) {
		c->terms++;
		return answer_make(domain, type, HOST_NOT_FOUND);
	}
	if (strncmp(name, SPF_ANY_AAAA, strlen(SPF_ANY_AAAA)) == 0 ||
	    strncmp(name, SPF_ANY_MX, strlen(SPF_ANY_MX)) == 0)
		return lookup_any(c, domain, name);
	m = memo_answered(c, name, (enum ask_dns_type)type);
	return m != NULL ? answer_of(c, m, domain) :
			   answer_make(domain, type, TRY_AGAIN);
}

int
spf_check_init(void)
{
	if (env.server != NULL)
		return 0;
	env.dns.lookup = lookup;
	env.dns.name = "memo";
	env.server = SPF_server_new_dns(&env.dns, 0);
	if (env.server == NULL)
		return -1;
	/* The memo counts, see spf_record.h. */
	SPF_server_set_max_dns_mech(env.server, 1000);
	return 0;
}

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
	c->run++;
	env.check = c;
	*result = library_run(c);
	env.check = NULL;
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

/* RFC 7208 section 4.6.4: no more than ten hosts are looked at. */
static void
ask_hosts(struct spf_check *c, const struct spf_memo *m)
{
	enum ask_dns_type type =
	    c->client.family == AF_INET ? ASK_DNS_A : ASK_DNS_AAAA;
	char name[SPF_NAME_MAX];
	uint32_t i;

	for (i = 0; m->count <= SPF_HOSTS_MAX && i < m->count; i++)
		if (spf_host(name, m, i) && memo_find(c, name, type) == NULL)
			memo_add(c, name, type);
}

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
		ask_hosts(c, m);
}
