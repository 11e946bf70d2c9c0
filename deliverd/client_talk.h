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
 * What the files of a connection call of each other: client.c its life,
 * connect.c the way to a host, client_reply.c the dialogue, client_out.c
 * commands, client_data.c content, client_pipe.c what follows it, client_caps.c
 * extensions.
 */
#ifndef CLIENT_TALK_H
#define CLIENT_TALK_H

#include "client.h"

/* Recipients of its task are left to be sent. */
bool client_has_more(const struct client *);
/* Takes a task for the connection; it must have none. */
void client_attach(struct client *, struct task *);
/* Lets go of c->task, which may be freed by that. */
void client_detach(struct client *);
/* What this task is to the server: refused here, in part or all, or sent. */
void client_dispatch(struct client *);
/* No more transactions here: a limit of ours or of the server is reached. */
bool client_is_used_up(const struct client *);
/* What was in c->task's transaction goes back to where it was before. */
void client_unsend(struct client *);
/* Hello is over. */
void client_ready(struct client *);
/* The dialogue broke: the task goes on elsewhere, later, or fails. */
void client_lost(struct client *, const struct result *);
void client_lost_text(
    struct client *, uint16_t code, const char *enhanced, const char *text);
/* All of the task that this connection can do is done. */
void client_finish(struct client *);
void client_set_deadline(struct client *, int64_t seconds);
void client_set_timeout(struct client *);

/* connect.c: what was sent has not even reached the other machine. */
bool connect_is_cut_off(const struct client *);
/* Tries the hosts in turn, from c->host on. */
void connect_start(struct client *);
/* The same with the next host; the result is what the last one said. */
void connect_next(struct client *, const struct result *);
/* The same where no other host is to be tried. */
void connect_last(struct client *, const struct result *);
/* The socket is writable while CLIENT_CONNECT. */
void connect_on_ready(struct client *);
/* Events and state for a connected descriptor. */
void connect_established(struct client *, int fd);

/* client_out.c: output, commands. */
int client_put(struct client *, const char *, size_t);
int client_printf(struct client *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
char *client_room(struct client *, size_t);
/* Writes what the socket takes.  -1: it is gone. */
int client_flush(struct client *);
/* A command follows: from now on one more reply is owed. */
void client_command(struct client *);
void client_send_hello(struct client *, const char *verb);
/* Starts a transaction for those of the task that are RCPT_CLIENT. */
void client_send_envelope(struct client *);
/* Goes on with it as far as replies and buffers allow. */
void client_send_more(struct client *);

/* No RCPT goes out, for rules are behind with the answers to those before;
 * nothing else is waited for. */
bool client_is_held(const struct client *);
/* They may have caught up. */
void client_resume(struct client *);

/* client_data.c: content. */
void client_data_start(struct client *);
/* Fills the buffer; to be called whenever it has drained. */
void client_data_more(struct client *);

/* client_pipe.c: the end of content, and what is pipelined behind it. */
/* The end is in the buffer: so many replies will tell how it fared. */
void client_pipe_end(struct client *, uint32_t replies);
/* Sends the next task's commands behind the content, if that is safe. */
void client_pipe_next(struct client *);
/* c->task is another one than the one that waits for its verdict. */
bool client_pipe_is_used(const struct client *);
/* Lets go of c->task: the one that waits for its verdict is it again. */
void client_pipe_back(struct client *);
/* The verdict is complete.  The task may be freed unless it is c->task. */
void client_pipe_verdict(struct client *);
/* The same where there will be none. */
void client_pipe_done(struct client *);

/* client_caps.c: what the server offers, and whether that will do. */
void client_caps_parse(struct client *);
/* 0, or -1 and the result for the task, which is final.  Recipients that can
 * not go to this server though others can have their results after it. */
int client_caps_check(struct client *, struct result *);

/* client_reply.c: a complete reply in c->reply. */
void client_on_reply(struct client *);
void client_log(struct client *, const char *verb, const char *line);

#endif
