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
 * What lookupd tells and does for selorctl(8): its counters; forgetting what
 * the DNS said.
 */
#include "lookupd.h"

#include <stdio.h>
#include <string.h>

#include "dns.h"
#include "enums.h"
#include "option.h"
#include "proc.h"
#include "proc_show.h"
#include "question.h"
#include "worker.h"

#define CONTROL_LINE_MAX 8192

static void
control_line(struct peer *p, uint64_t ref, const char *line, uint32_t *count)
{
	union msg m = {.ctl_line = {.line = line}};

	if (peer_item(p, MSG_CTL_LINE, ref, &m, -1) == 0)
		++*count;
}

static void
control_stats(struct peer *p, uint64_t ref, uint32_t *count)
{
	const struct question_counts *q = question_counts();
	const struct dns_counts *d = dns_counts();
	char line[CONTROL_LINE_MAX];
	size_t i;

	snprintf(line, sizeof(line),
	    "questions=%llu answers=%llu refused=%llu dropped=%llu open=%u "
	    "dns_asked=%llu dns_joined=%llu dns_failed=%llu "
	    "dns_timeouts=%llu dns_bogus=%llu dns_open=%u",
	    (unsigned long long)q->asked, (unsigned long long)q->answered,
	    (unsigned long long)q->refused, (unsigned long long)q->dropped,
	    q->open, (unsigned long long)d->asked,
	    (unsigned long long)d->joined, (unsigned long long)d->failed,
	    (unsigned long long)d->timeouts, (unsigned long long)d->bogus,
	    d->open);
	control_line(p, ref, line, count);
	for (i = 0; i < workers_count(); i++) {
		worker_print(i, line, sizeof(line));
		control_line(p, ref, line, count);
		if (worker_print_auth(i, line, sizeof(line)) > 0)
			control_line(p, ref, line, count);
	}
}

void
control_list(struct peer *p, uint64_t ref, const union msg *in, int fd)
{
	union msg m = {.ctl_list_answ = {.status = CTL_OK}};

	(void)fd;
	switch (in->ctl_list.what) {
	case CTL_STATS:
		control_stats(p, ref, &m.ctl_list_answ.count);
		break;
	case CTL_OPTIONS:
		m.ctl_list_answ.count = proc_show_options(p, ref, FOR_LOOKUPD);
		break;
	default:
		m.ctl_list_answ.status = CTL_NOT_FOUND;
	}
	question_answer(p, MSG_CTL_LIST_ANSW, ref, &m);
}

void
control_act(struct peer *p, uint64_t ref, const union msg *in, int fd)
{
	union msg m = {.ctl_act_answ = {.status = CTL_BAD_QUERY}};

	(void)fd;
	m.ctl_act_answ.text = "lookupd knows flush alone";
	if (!control_may_change(p))
		m.ctl_act_answ.status = CTL_DENIED;
	else if (in->ctl_act.action == CTL_FLUSH) {
		dns_flush(proc_options());
		m.ctl_act_answ.status = CTL_OK;
		m.ctl_act_answ.text = "what the DNS said is forgotten";
	}
	question_answer(p, MSG_CTL_ACT_ANSW, ref, &m);
}

/* The data of a client is only whether it may change anything. */
static char control_writer;

void
control_client(struct peer *p, bool may_change)
{
	peer_set_data(p, may_change ? &control_writer : NULL);
}

bool
control_may_change(const struct peer *p)
{
	return peer_data(p) == &control_writer;
}
