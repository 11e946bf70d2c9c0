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
 * Conditions that look at what is known: STEP_YES or STEP_NO.  What must be
 * asked first waits; what can not be told fails, and ends the line whatever
 * its '!'.
 */
#include <string.h>

#include "ask.h"
#include "field.h"
#include "ruled.h"

#define RUN_YES(x) ((x) ? STEP_YES : STEP_NO)

typedef bool compare(struct text, struct text);

/* What was never told is an empty text: most comparisons are then false by
 * themselves. */
static struct text
fact(const char *value)
{
	struct text t = {value != NULL ? value : "", 0};

	t.len = strlen(t.at);
	return t;
}

/* A fact against the parameter. */
static enum step
compare_fact(struct run *run, const struct rule_item *item, const char *value,
    compare *is_so)
{
	struct text known = fact(value), param;
	enum step step = field_text(run, item, 0, EXPAND_TEXT, &param);

	if (step != STEP_YES)
		return step;
	run_show(run, "\"%s\", \"%s\"", known.at, param.at);
	return RUN_YES(is_so(known, param));
}

/* The first field against the second. */
static enum step
compare_fields(struct run *run, const struct rule_item *item, compare *is_so)
{
	struct text a, b;
	enum step step;

	step = field_text(run, item, 0, EXPAND_TEXT, &a);
	if (step != STEP_YES)
		return step;
	step = field_text(run, item, 1, EXPAND_TEXT, &b);
	if (step != STEP_YES)
		return step;
	run_show(run, "\"%s\", \"%s\"", a.at, b.at);
	return RUN_YES(is_so(a, b));
}

/* A parameter without variables was read by the parser; the rest is read at
 * each run, and may be none. */
static enum step
compare_number(struct run *run, const struct rule_item *item, int64_t known)
{
	int64_t number;
	enum step step = field_number(run, item, &number);

	if (step != STEP_YES)
		return step;
	run_show(run, "%lld, %lld", (long long)known, (long long)number);
	return RUN_YES(known == number);
}

/* By what the asker says, not by the login's name: a client may have tried one
 * and failed. */
enum step
word_auth(struct run *run, const struct rule_item *item)
{
	const struct policy *p = run->policy;

	(void)item;
	run_show(
	    run, "\"%s\"", p->is_logged_in && p->login != NULL ? p->login : "");
	return RUN_YES(p->is_logged_in);
}

enum step
word_cmp_str(struct run *run, const struct rule_item *item)
{
	return compare_fields(run, item, text_equal);
}

enum step
word_cmp_left(struct run *run, const struct rule_item *item)
{
	return compare_fields(run, item, text_begins);
}

enum step
word_cmp_right(struct run *run, const struct rule_item *item)
{
	return compare_fields(run, item, text_ends);
}

/* A35: the second field is looked for in the first, and an empty one is never
 * found. */
enum step
word_find_str(struct run *run, const struct rule_item *item)
{
	return compare_fields(run, item, text_contains);
}

/* NULL before Resolve!, or the asker, has shown it: a rule must not depend on
 * whether another one has asked by chance. */
static const char *
shown_name(const struct policy *p)
{
	return p->has_name ? p->name : NULL;
}

/* By domains and not by octets: a dot at the end and Unicode names make no
 * difference. */
enum step
word_cmp_reverse(struct run *run, const struct rule_item *item)
{
	if (shown_name(run->policy) == NULL)
		return STEP_NO;
	return compare_fact(run, item, shown_name(run->policy), text_same_host);
}

enum step
word_find_in_reverse(struct run *run, const struct rule_item *item)
{
	return compare_fact(run, item, shown_name(run->policy), text_contains);
}

enum step
word_helo(struct run *run, const struct rule_item *item)
{
	if (run->policy->helo == NULL)
		return STEP_NO;
	return compare_fact(run, item, run->policy->helo, text_same_host);
}

/* Without a sender there is one all the same: the null sender is "". */
enum step
word_from(struct run *run, const struct rule_item *item)
{
	return compare_fact(run, item, run->policy->sender, text_same_address);
}

enum step
word_find_in_from(struct run *run, const struct rule_item *item)
{
	return compare_fact(run, item, run->policy->sender, text_contains);
}

enum step
word_to(struct run *run, const struct rule_item *item)
{
	if (run->policy->rcpt == NULL)
		return STEP_NO;
	return compare_fact(run, item, run->policy->rcpt, text_same_address);
}

enum step
word_find_in_to(struct run *run, const struct rule_item *item)
{
	return compare_fact(run, item, run->policy->rcpt, text_contains);
}

/* A31: those accepted before; in the data events, all of them. Linear: a
 * message may have many recipients, but a line is seldom tried for each of
 * them. */
static enum step
seek(struct run *run, const struct rule_item *item, compare *is_so)
{
	const struct policy *p = run->policy;
	struct text param;
	uint32_t i;
	enum step step = field_text(run, item, 0, EXPAND_TEXT, &param);

	if (step != STEP_YES)
		return step;
	run_show(run, "%u recipients, \"%s\"", p->rcpt_count, param.at);
	for (i = 0; i < p->rcpt_count; i++)
		if (is_so(fact(p->rcpts[i]), param))
			return STEP_YES;
	return STEP_NO;
}

enum step
word_seek_to(struct run *run, const struct rule_item *item)
{
	return seek(run, item, text_same_address);
}

enum step
word_seek_in_to(struct run *run, const struct rule_item *item)
{
	return seek(run, item, text_contains);
}

/* A pattern without variables was made when the file was parsed, and costs some
 * octets' comparison here. A session of our own host has no address and is in
 * no network. */
enum step
word_ip(struct run *run, const struct rule_item *item)
{
	const struct policy *p = run->policy;
	struct ip_pattern pattern;
	struct text text;
	enum step step;
	char why[128];

	if (item->is_fixed) {
		run_show(run, "%s", p->client_text);
		return RUN_YES(p->client.family != 0 &&
		    ip_pattern_matches(&item->ip, &p->client));
	}
	step = field_text(run, item, 0, EXPAND_TEXT, &text);
	if (step != STEP_YES)
		return step;
	if (ip_pattern_parse(text.at, &pattern, why, sizeof(why)) == -1) {
		run_warn(run, "\"%.64s\": %s", text.at, why);
		return STEP_FAILED;
	}
	run_show(run, "%s, %s", p->client_text, text.at);
	return RUN_YES(
	    p->client.family != 0 && ip_pattern_matches(&pattern, &p->client));
}

/* A text that is no number ends the line: it is not 0, which a test for few
 * hits would take for clean. */
static enum step
operand(struct run *run, const struct rule_item *item, unsigned int nth,
    long long *n)
{
	struct text text;
	enum step step = field_text(run, item, nth, EXPAND_TEXT, &text);

	if (step != STEP_YES)
		return step;
	if (text_number(text, n) == 0)
		return STEP_YES;
	run_warn(run, "\"%.64s\" is not a number", text.at);
	return STEP_FAILED;
}

/* Signed 64 bits; sizes and counts stay far below. */
enum step
word_itest(struct run *run, const struct rule_item *item)
{
	long long a, b;
	enum step step;

	if ((step = operand(run, item, 0, &a)) != STEP_YES ||
	    (step = operand(run, item, 1, &b)) != STEP_YES)
		return step;
	run_show(run, "%lld %c %lld", a, item->op, b);
	switch (item->op) {
	case '<':
		return RUN_YES(a < b);
	case '>':
		return RUN_YES(a > b);
	default:
		return RUN_YES(a == b);
	}
}

/* Of the last Exec! of this connection, whichever event it was in. */
enum step
word_exec_resp(struct run *run, const struct rule_item *item)
{
	/* A32: what no program has said is not 0 and not -1 either. */
	if (run->policy->status == -1) {
		run_show(run, "nothing has run");
		return STEP_NO;
	}
	return compare_number(run, item, run->policy->status);
}

enum step
word_rbl_resp(struct run *run, const struct rule_item *item)
{
	return compare_number(run, item, run->policy->lists);
}

enum step
word_spf_resp(struct run *run, const struct rule_item *item)
{
	return compare_number(run, item, run->policy->spf);
}

/* For explain: so many of the marks as fit. */
static void
show_marks(struct run *run, const char *param)
{
	const struct mark *mark;
	char text[256] = "";

	SLIST_FOREACH (mark, &run->policy->marks, link) {
		if (*text != '\0')
			strlcat(text, " ", sizeof(text));
		strlcat(text, mark->text, sizeof(text));
	}
	run_values(run, "marks (%s), \"%s\"", text, param);
}

/* Marks are compared as they are, with case, as they are set by rules alone. */
enum step
word_tmark(struct run *run, const struct rule_item *item)
{
	struct text param;
	enum step step = field_text(run, item, 0, EXPAND_TEXT, &param);

	if (step != STEP_YES)
		return step;
	if (run->watch != NULL)
		show_marks(run, param.at);
	return RUN_YES(policy_has_mark(run->policy, param.at));
}
