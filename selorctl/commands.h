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
 * The commands of selorctl(8), one function each: arguments behind the
 * command's name, ended by NULL.  All return the exit status: 0, 1 for an
 * error or nothing found, 2 for wrong usage.
 */

#ifndef COMMANDS_H
#define COMMANDS_H

#include "settings.h"

#define COMMAND_USAGE 2

typedef int command_run(struct settings *, char **argv);

/* show.c, show_queue.c */
command_run show_queue;
command_run show_message;
command_run show_stats;
command_run show_sessions;
command_run show_options;

/* act.c; remove asks on a terminal unless -y is its first argument */
command_run act_retry;
command_run act_hold;
command_run act_release;
command_run act_remove;
command_run act_pause;
command_run act_resume;
command_run act_flush;

/* process.c */
command_run process_reload;
command_run process_stop;

/* watch.c */
command_run watch_log;
command_run watch_trace;

/* rules.c; prints and returns 1 for an error in any file */
command_run rules_check;
/* explain.c; prints how an event would go */
command_run rules_explain;

/* encrypt.c */
command_run encrypt_password;

#endif /* COMMANDS_H */
