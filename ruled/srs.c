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
 * Srs!: the sender in SRS form under a domain of ours.  A null sender stays;
 * an address that is ours already stays too.
 */
#include "srs.h"

#include <string.h>
#include <time.h>

#include "domain.h"

#include "action.h"
#include "field.h"
#include "ruled.h"
#include "text.h"

/* Key and shift as this connection has them; without a key it can not be done,
 * and the line ends. */
static enum step
rewrite(struct run *run, const char *domain)
{
	const struct policy *p = run->policy;
	const struct srs srs = {
	    .key = overlay_text(p->options, ruled.options, OPT_SRS_KEY),
	    .shift = (unsigned int)overlay_num(
		p->options, ruled.options, OPT_SRS_SHIFT),
	    .now = time(NULL)};
	struct address sender, out;
	enum srs_result result = SRS_NOT;

	if (address_parse(&sender, p->sender, strlen(p->sender),
		ADDRESS_INTERNAL) == ADDRESS_OK)
		result = srs_forward(&srs, &sender, domain, &out);
	if (result != SRS_OK) {
		run_warn(run, "the sender can not be rewritten: %s",
		    srs_result_names[result]);
		return STEP_FAILED;
	}
	run_show(run, "%s", out.text);
	return action_sender(run, out.text);
}

/* A null sender stays, as nobody could answer to it; so does one of that
 * domain. */
enum step
word_srs(struct run *run, const struct rule_item *item)
{
	const char *sender = run->policy->sender, *at;
	char domain[DOMAIN_MAX + 1];
	struct text text;
	enum step step = field_text(run, item, 0, EXPAND_LINE, &text);

	if (step != STEP_YES)
		return step;
	text = text_trim(text);
	if (domain_parse(domain, text.at, text.len, DOMAIN_UTF8) == -1) {
		run_warn(run, "\"%.*s\" is not a domain",
		    (int)(text.len < 64 ? text.len : 64), text.at);
		return STEP_FAILED;
	}
	if (sender == NULL)
		return STEP_YES;
	/* Its bounces come here as it is. */
	at = strrchr(sender, '@');
	if (at != NULL && strcasecmp(at + 1, domain) == 0)
		return STEP_YES;
	return rewrite(run, domain);
}
