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
 * What smtpd tells and does for selorctl(8); see status.h.
 */
#include "status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "enums.h"
#include "log.h"
#include "proc_show.h"
#include "session.h"
#include "session_log.h"
#include "smtpd.h"

/* Sessions shown in one answer: more than a person reads, and no more than
 * a pair can hold. */
#define SESSIONS_SHOWN 5000
#define LINE_MAX_TEXT 4096

/* Who may change is known by the pair: any value that is not NULL. */
void
status_client(struct peer *p, bool may_change)
{
	peer_set_data(p, may_change ? p : NULL);
}

/* A pair that is full loses the rest; selorctl sees by the count that lines are
 * missing. */
static void
tell_line(struct peer *p, uint64_t ref, const char *line)
{
	union msg m = {.ctl_line = {.line = line}};

	(void)peer_item(p, MSG_CTL_LINE, ref, &m, -1);
}

/* Nothing that a client chose is printed but its address. */
static uint32_t
list_sessions(struct peer *p, uint64_t ref)
{
	char line[LINE_MAX_TEXT], ip[CLIENT_TEXT_MAX];
	const struct session *s;
	uint32_t pos = 0, n = 0;

	while (n < SESSIONS_SHOWN &&
	    (s = slot_next(&env.sessions, &pos)) != NULL) {
		if (s->is_dead)
			continue;
		snprintf(line, sizeof(line),
		    "session=%012" PRIx64 " ip=%s port=%u state=%s wait=%s "
		    "messages=%u seconds=%" PRId64,
		    s->id, client_text(&s->client, ip), s->client.port,
		    smtp_state_names[s->state], session_wait_names[s->wait],
		    s->accepted, (smtpd_now() - s->started) / 1000);
		tell_line(p, ref, line);
		n++;
	}
	return n;
}

static uint32_t
list_stats(struct peer *p, uint64_t ref)
{
	const struct stats *t = &env.stats;
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
	    {"sessions", env.sessions.used},
	    {"sessions_most", t->sessions_most},
	    {"connections", t->connections},
	    {"commands", t->commands},
	    {"messages", t->messages},
	    {"recipients", t->recipients},
	    {"bytes", t->bytes},
	    {"refused", t->refused},
	    {"junk", t->junk},
	    {"timeouts", t->timeouts},
	    {"slow", t->slow},
	    {"early", t->early},
	    {"floods", t->floods},
	    {"paused", env.is_paused},
	    {"load_hundredths", env.load},
	};
	char line[128];
	uint32_t i, n = sizeof(rows) / sizeof(rows[0]);

	for (i = 0; i < n; i++) {
		snprintf(line, sizeof(line), "%s=%" PRIu64, rows[i].name,
		    rows[i].value);
		tell_line(p, ref, line);
	}
	return n;
}

void
status_on_list(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	union msg a = {.ctl_list_answ = {.status = CTL_OK}};

	(void)fd;
	switch (m->ctl_list.what) {
	case CTL_SESSIONS:
		a.ctl_list_answ.count = list_sessions(p, ref);
		break;
	case CTL_STATS:
		a.ctl_list_answ.count = list_stats(p, ref);
		break;
	case CTL_OPTIONS:
		a.ctl_list_answ.count = proc_show_options(p, ref, FOR_SMTPD);
		break;
	default:
		a.ctl_list_answ.status = CTL_BAD_QUERY;
	}
	(void)peer_answer(p, MSG_CTL_LIST_ANSW, ref, &a, -1);
}

/* Pause in: MAIL is refused for now. Nothing else of smtpd can be changed from
 * here. */
void
status_on_act(struct peer *p, uint64_t ref, const union msg *m, int fd)
{
	union msg a = {.ctl_act_answ = {.status = CTL_OK, .text = ""}};
	bool is_pause = m->ctl_act.action == CTL_PAUSE;

	(void)fd;
	if (peer_data(p) == NULL)
		a.ctl_act_answ.status = CTL_DENIED;
	else if ((!is_pause && m->ctl_act.action != CTL_RESUME) ||
	    strcmp(m->ctl_act.query, "in") != 0)
		a.ctl_act_answ.status = CTL_BAD_QUERY;
	else {
		if (env.is_paused != is_pause)
			log_info("%s by the administrator",
			    is_pause ? "paused" : "resumed");
		env.is_paused = is_pause;
		a.ctl_act_answ.count = 1;
	}
	(void)peer_answer(p, MSG_CTL_ACT_ANSW, ref, &a, -1);
}
