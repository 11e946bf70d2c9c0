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
 * The memo of an SPF check as a DNS layer of libspf2: what it holds it
 * answers, what it does not hold it writes down.  Here is mended what the
 * library does not do as RFC 7208 has it: void lookups and terms are counted,
 * further names of an address left out, records written anew
 * (spf_record.h), and the questions of those answered.
 */
#include <sys/socket.h>

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <spf2/spf.h>
#include <spf2/spf_dns.h>

#include "spf_check_in.h"
#include "spf_record.h"

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

/* A check has some tens of questions: a walk is enough. */
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

/* The library frees it. */
static SPF_dns_rr_t *
answer_make(const char *domain, ns_type type, int herrno)
{
	return SPF_dns_rr_new_init(NULL, domain, type, 0, herrno);
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

/* Is this the name of an address, or of one of its names? */
static bool
is_for_ptr(const struct spf_check *c, const struct spf_memo *m)
{
	const struct spf_memo *ptr = c->ptr;
	uint32_t i;

	if (m->type == ASK_DNS_PTR)
		return true;
	for (i = 0; ptr != NULL && i < ptr->count; i++)
		if (ptr->records[i].len == strlen(m->name) &&
		    strncasecmp((const char *)ptr->data + ptr->records[i].at,
			m->name, ptr->records[i].len) == 0)
			return true;
	return false;
}

/* As the library is to have it, which is not always as the DNS said it. Each
 * void lookup counts once a run, as each run starts from nothing. */
static SPF_dns_rr_t *
answer_of(struct spf_check *c, struct spf_memo *m, const char *domain)
{
	SPF_dns_rr_t *rr;
	uint32_t i;

	/* RFC 7208 section 5.5: an error there is a name that does not lead
	 * back, no error of the check. */
	if (m->status == ASK_DNS_TEMP)
		return answer_make(domain, (ns_type)m->type,
		    is_for_ptr(c, m) ? HOST_NOT_FOUND : TRY_AGAIN);
	if (m->type == ASK_DNS_MX && m->count > SPF_HOSTS_MAX)
		c->is_bad = true;
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

/* The memo of a question; NULL: it has no answer yet. A question that is asked
 * for the first time is written down, and the run goes on with "try again" to
 * find what else it will want. */
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

/* The library asks. Never waits and never asks: it looks into the memo. */
SPF_dns_rr_t *
spf_lookup(SPF_dns_server_t *dns, const char *domain, ns_type type, int cached)
{
	struct spf_check *c = dns->hook;
	char name[SPF_NAME_MAX];
	struct spf_memo *m;

	(void)cached;
	if (type != ns_t_a && type != ns_t_aaaa && type != ns_t_mx &&
	    type != ns_t_txt && type != ns_t_ptr)
		return answer_make(domain, type, NO_DATA);
	if (!spf_name(name, domain))
		return answer_make(domain, type, HOST_NOT_FOUND);
	if (strcmp(name, SPF_TERM) == 0) {
		c->terms++;
		c->ptr = NULL;
		return answer_make(domain, type, HOST_NOT_FOUND);
	}
	if (strncmp(name, SPF_ANY_AAAA, strlen(SPF_ANY_AAAA)) == 0 ||
	    strncmp(name, SPF_ANY_MX, strlen(SPF_ANY_MX)) == 0)
		return lookup_any(c, domain, name);
	m = memo_answered(c, name, (enum ask_dns_type)type);
	if (type == ns_t_ptr)
		c->ptr = m;
	return m != NULL ? answer_of(c, m, domain) :
			   answer_make(domain, type, TRY_AGAIN);
}

/* RFC 7208 section 4.6.4: no more than ten hosts are looked at. */
void
spf_ask_hosts(struct spf_check *c, const struct spf_memo *m)
{
	enum ask_dns_type type =
	    c->client.family == AF_INET ? ASK_DNS_A : ASK_DNS_AAAA;
	char name[SPF_NAME_MAX];
	uint32_t i;

	for (i = 0; m->count <= SPF_HOSTS_MAX && i < m->count; i++)
		if (spf_host(name, m, i) && memo_find(c, name, type) == NULL)
			memo_add(c, name, type);
}
