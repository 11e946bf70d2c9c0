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
 * Lists for selorctl(8); see control.h.  Lines are key=value words, as log
 * lines are.
 */
#include "control.h"

#include <stdio.h>
#include <string.h>

#include "agents.h"
#include "client.h"
#include "enums.h"
#include "option.h"
#include "pool.h"
#include "proc.h"
#include "proc_show.h"
#include "program.h"
#include "task.h"

/* Longest line of CTL_LINE, and how many of one kind are shown. */
#define CONTROL_LINE 8193
#define CONTROL_LINES 5000

struct control_page {
	struct peer *peer;
	uint64_t ref;
	uint32_t count;
};

static void
control_line(struct control_page *page, const char *line)
{
	union msg m = {.ctl_line = {.line = line}};

	if (peer_item(page->peer, MSG_CTL_LINE, page->ref, &m, -1) == 0)
		page->count++;
}

static void
control_stats(struct control_page *page)
{
	unsigned int agents, calls;
	char line[512];

	agents_count(&agents, &calls);
	snprintf(line, sizeof(line),
	    "tasks=%u room=%u agents=%u agent_deliveries=%u programs=%u "
	    "connections=%u destinations=%u delivered=%llu deferred=%llu "
	    "failed=%llu",
	    task_count(), TASK_ROOM - task_count(), agents, calls,
	    program_count(), client_count(), pool_count(),
	    (unsigned long long)task_results(DLV_OK),
	    (unsigned long long)task_results(DLV_TEMPFAIL),
	    (unsigned long long)task_results(DLV_PERMFAIL));
	control_line(page, line);
}

/* Text from outside, fit to stand between quotes. */
static const char *
control_quote(const char *text, char *buf, size_t size)
{
	size_t i;

	strlcpy(buf, text, size);
	for (i = 0; buf[i] != '\0'; i++)
		if (buf[i] == '"' || buf[i] == '\\' ||
		    (unsigned char)buf[i] < ' ' || (unsigned char)buf[i] > '~')
			buf[i] = '?';
	return buf;
}

/*
 * Bounded by CONTROL_LINES and by the pool's own limits: selorctl waits for the
 * whole list, and nothing else is done meanwhile.
 */
static void
control_sessions(struct control_page *page)
{
	char line[2048], name[321], text[1025];
	const struct client *c;
	struct pool_info i;
	uint32_t pos = 0, n;

	for (n = 0; n < CONTROL_LINES && pool_next(&pos, &i); n++) {
		snprintf(line, sizeof(line),
		    "destination=\"%s\" state=%s waiting=%u connections=%u "
		    "window=%u down=%lld text=\"%s\"",
		    control_quote(i.name, name, sizeof(name)),
		    i.down > 0 ? "down" : "up", i.waiting, i.connections,
		    i.window, (long long)i.down,
		    control_quote(i.why, text, sizeof(text)));
		control_line(page, line);
	}
	pos = 0;
	while ((c = client_next(&pos)) != NULL) {
		snprintf(line, sizeof(line),
		    "session=%012llx host=\"%s\" state=%s id=%s messages=%u "
		    "recipients=%u",
		    (unsigned long long)c->session,
		    control_quote(c->peer, name, sizeof(name)),
		    client_state_names[c->state],
		    c->task == NULL ? "-" : task_id_text(c->task), c->mails,
		    c->rcpts);
		control_line(page, line);
	}
}

void
control_on_list(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	struct control_page page = {p, ref, 0};
	union msg a = {.ctl_list_answ = {.status = CTL_OK}};

	(void)fd;
	switch (m->ctl_list.what) {
	case CTL_STATS:
		control_stats(&page);
		break;
	case CTL_SESSIONS:
		control_sessions(&page);
		break;
	case CTL_OPTIONS:
		page.count = proc_show_options(p, ref, FOR_DELIVERD);
		break;
	default:
		a.ctl_list_answ.status = CTL_BAD_QUERY;
	}
	a.ctl_list_answ.count = page.count;
	peer_answer(p, MSG_CTL_LIST_ANSW, ref, &a, -1);
}

void
control_on_act(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	union msg a = {.ctl_act_answ = {.status = CTL_BAD_QUERY,
			   .text = "deliverd carries out nothing itself"}};

	(void)m;
	(void)fd;
	peer_answer(p, MSG_CTL_ACT_ANSW, ref, &a, -1);
}
