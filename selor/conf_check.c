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
 * Forms of single values: a table of options and the function that knows
 * their form.  Each says what is allowed, in the words of options.def where
 * those suffice.
 */

#include "conf_check.h"

#include <sys/un.h>

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_listen.h"
#include "conf_module.h"

#define BLANKS " \t"
/* The longest label and name, RFC 1035 section 2.3.4. */
#define LABEL_MAX 63
#define DOMAIN_MAX 253
#define SID_MAX 15
#define NETS_MAX 256

/*
 * A check may rewrite its text into the normal form, within the same room
 * (OPTION_TEXT_MAX); "error" has room for OPTION_ERROR_MAX.
 */
struct form {
	enum option_id id;
	enum conf_verdict (*check)(enum option_id, char *, char *);
};

static enum conf_verdict
wrong(enum option_id id, char *error)
{
	snprintf(
	    error, OPTION_ERROR_MAX, "must be %s", option_row(id)->allowed);
	return CONF_WRONG;
}

static enum conf_verdict
wrong_as(char *error, enum conf_verdict verdict, const char *why)
{
	strlcpy(error, why, OPTION_ERROR_MAX);
	return verdict;
}

/* Underscores too: they are no host name's, but domains in use have them. */
static bool
is_domain(const char *p)
{
	size_t len, total = strlen(p);

	if (total == 0 || total > DOMAIN_MAX)
		return false;
	for (;;) {
		len = strspn(p,
		    "abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
		if (len == 0 || len > LABEL_MAX || p[0] == '-' ||
		    p[len - 1] == '-')
			return false;
		if (p[len] == '\0')
			return true;
		if (p[len] != '.')
			return false;
		p += len + 1;
	}
}

/* An address without <>: something, '@', a domain or a literal. */
static bool
is_address(const char *p)
{
	const char *at = strrchr(p, '@');
	size_t len;

	if (at == NULL || at == p || at - p > 64 || strpbrk(p, " \t<>,;"))
		return false;
	if (at[1] != '[')
		return is_domain(at + 1);
	len = strlen(at + 1);
	return len > 2 && at[len] == ']';
}

static enum conf_verdict
check_path(enum option_id id, char *text, char *error)
{
	if (text[0] != '/')
		return wrong(id, error);
	if (strlen(text) >= PATH_MAX)
		return wrong_as(error, CONF_WRONG, "is too long for a path");
	return CONF_FINE;
}

/* Several, with blanks between them; none at all where it may be empty. */
static enum conf_verdict
check_paths(enum option_id id, char *text, char *error)
{
	char one[OPTION_TEXT_MAX], *rest = one, *path;
	bool any = id == OPT_RULES_LOG_PATH;
	enum conf_verdict v;

	strlcpy(one, text, sizeof(one));
	while ((path = strsep(&rest, " \t")) != NULL) {
		if (*path == '\0')
			continue;
		any = true;
		if ((v = check_path(id, path, error)) != CONF_FINE)
			return v;
	}
	return any ? CONF_FINE : wrong(id, error);
}

static enum conf_verdict
check_path_or_empty(enum option_id id, char *text, char *error)
{
	return text[0] == '\0' ? CONF_FINE : check_path(id, text, error);
}

static enum conf_verdict
check_socket(enum option_id id, char *text, char *error)
{
	if (text[0] == '/' &&
	    strlen(text) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return wrong_as(
		    error, CONF_WRONG, "is too long for a socket's path");
	return check_path(id, text, error);
}

static enum conf_verdict
check_host(enum option_id id, char *text, char *error)
{
	return is_domain(text) ? CONF_FINE : wrong(id, error);
}

static enum conf_verdict
check_host_or_empty(enum option_id id, char *text, char *error)
{
	return text[0] == '\0' ? CONF_FINE : check_host(id, text, error);
}

static enum conf_verdict
check_sid(enum option_id id, char *text, char *error)
{
	size_t len = strlen(text);

	/* It becomes a part of file names, cut off at the last '_'. */
	if (len > SID_MAX)
		return wrong_as(error, CONF_WRONG, "is longer than 15 bytes");
	for (; *text != '\0'; text++) {
		if (!isalnum((unsigned char)*text) && *text != '-')
			return wrong(id, error);
	}
	return CONF_FINE;
}

/* The name becomes an argument of programs, hence no leading '-'. */
static enum conf_verdict
check_account(enum option_id id, char *text, char *error)
{
	size_t len = strlen(text);

	if (len == 0 || len > 32 || text[0] == '-' ||
	    strspn(text,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") != len)
		return wrong(id, error);
	if (strcmp(text, "root") == 0 || strcmp(text, "wheel") == 0)
		return wrong_as(error, CONF_DOUBTFUL,
		    "is not used: no program of a rule runs with root's "
		    "rights");
	return CONF_FINE;
}

/* +1400 is the farthest there is, on Kiritimati. */
static enum conf_verdict
check_timezone(enum option_id id, char *text, char *error)
{
	int zone;

	if (text[0] == '\0')
		return CONF_FINE;
	if ((text[0] != '+' && text[0] != '-') || strlen(text) != 5 ||
	    strspn(text + 1, "0123456789") != 4)
		return wrong(id, error);
	zone = atoi(text + 1);
	return zone > 1400 || zone % 100 > 59 ? wrong(id, error) : CONF_FINE;
}

/*
 * A path and not a name: PATH is not searched with a user's rights.  Unknown
 * variables stay text, which may be meant.
 */
static enum conf_verdict
check_dlocal(enum option_id id, char *text, char *error)
{
	const char *p, *percent;

	if (text[strspn(text, BLANKS)] != '/')
		return wrong(id, error);
	for (p = text; (percent = strchr(p, '%')) != NULL; p = percent + 2) {
		if (percent[1] == '\0' ||
		    strchr("ldrfcompC%", percent[1]) == NULL) {
			snprintf(error, OPTION_ERROR_MAX,
			    "holds \"%.2s\", which is no variable of Dlocal",
			    percent);
			return CONF_DOUBTFUL;
		}
	}
	return CONF_FINE;
}

/*
 * Paths as they are written in Dlocal; dlocal_is_allowed compares them whole.
 */
static enum conf_verdict
check_programs(enum option_id id, char *text, char *error)
{
	char copy[OPTION_TEXT_MAX], *next = copy, *word;

	strlcpy(copy, text, sizeof(copy));
	while ((word = strsep(&next, BLANKS)) != NULL) {
		if (*word != '\0' && *word != '/')
			return wrong(id, error);
	}
	return CONF_FINE;
}

/* <a@b>, a@b, and the manual's "<a@b" all become a@b. */
static enum conf_verdict
check_address(enum option_id id, char *text, char *error)
{
	size_t len;

	if (text[0] == '<')
		memmove(text, text + 1, strlen(text));
	len = strlen(text);
	if (len > 0 && text[len - 1] == '>')
		text[len - 1] = '\0';
	return is_address(text) ? CONF_FINE : wrong(id, error);
}

static enum conf_verdict
check_listen(enum option_id id, char *text, char *error)
{
	struct conf_listen listen;

	return conf_listen_parse(text, &listen) == 0 ? CONF_FINE :
						       wrong(id, error);
}

static enum conf_verdict
check_dns_server(enum option_id id, char *text, char *error)
{
	struct netaddr addr;

	return netaddr_parse_at(text, 53, &addr) == 0 ? CONF_FINE :
							wrong(id, error);
}

static enum conf_verdict
check_nets(enum option_id id, char *text, char *error)
{
	char copy[OPTION_TEXT_MAX], *next = copy, *word;
	struct netaddr_net net;
	size_t count = 0;

	strlcpy(copy, text, sizeof(copy));
	while ((word = strsep(&next, BLANKS)) != NULL) {
		if (*word == '\0')
			continue;
		if (netaddr_parse_net(word, &net) == -1)
			return wrong(id, error);
		if (++count > NETS_MAX)
			return wrong_as(
			    error, CONF_WRONG, "names more than 256 networks");
	}
	return CONF_FINE;
}

/*
 * Characters that a local part may hold unquoted (RFC 5322 atext), but no dot,
 * letter or digit.
 */
static enum conf_verdict
check_delimiter(enum option_id id, char *text, char *error)
{
	size_t len = strlen(text);

	return len <= 4 && strspn(text, "!#$%&*+-/=?^_`{|}~") == len ?
	    CONF_FINE :
	    wrong(id, error);
}

/* A path of Local_delivery, with the variables that deliverd knows there. */
static enum conf_verdict
check_mailbox_path(const char *path, char *error)
{
	const char *percent;

	if (*path == '\0')
		return wrong_as(error, CONF_WRONG, "lacks its path");
	for (; (percent = strchr(path, '%')) != NULL; path = percent + 2) {
		if (percent[1] == '\0' || strchr("Clpc%", percent[1]) == NULL)
			return wrong_as(error, CONF_WRONG,
			    "must hold no variables but %C %l %p %c");
	}
	return CONF_FINE;
}

static enum conf_verdict
check_local_delivery(enum option_id id, char *text, char *error)
{
	struct netaddr addr;

	if (text[0] == '\0')
		return CONF_FINE;
	if (strncmp(text, "maildir:", 8) == 0)
		return check_mailbox_path(text + 8, error);
	if (strncmp(text, "mbox:", 5) == 0)
		return check_mailbox_path(text + 5, error);
	if (strncmp(text, "lmtp:unix:", 10) == 0)
		return check_socket(id, text + 10, error);
	if (strncmp(text, "lmtp:", 5) == 0 &&
	    netaddr_parse_hostport(text + 5, &addr, NULL) == 0)
		return CONF_FINE;
	return wrong(id, error);
}

/* RFC 5321 section 4.2: the text of a reply is ASCII. */
static enum conf_verdict
check_ascii(enum option_id id, char *text, char *error)
{
	(void)id;
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text > 0x7f)
			return wrong_as(error, CONF_DOUBTFUL,
			    "holds bytes beyond ASCII, which clients may "
			    "not show");
	}
	return CONF_FINE;
}

static const struct form forms[] = {
    {OPT_SERVER_NAME, check_host},
    {OPT_SID, check_sid},
    {OPT_USER, check_account},
    {OPT_GROUP, check_account},
    {OPT_PID_FILE, check_path},
    {OPT_TIMEZONE, check_timezone},
    {OPT_MODSEQ_AUTH, conf_module_check_seq},
    {OPT_MODSEQ_DOMAIN, conf_module_check_seq},
    {OPT_MODSEQ_MAIL, conf_module_check_seq},
    {OPT_MODSEQ_ALIAS, conf_module_check_seq},
    {OPT_TLS_MODULE, check_path_or_empty},
    {OPT_TLS_CAFILE, check_path_or_empty},
    {OPT_TLS_PUBKEY, check_path_or_empty},
    {OPT_TLS_PRIVKEY, check_path_or_empty},
    {OPT_CP_ERRORS_PATH, check_path},
    {OPT_TEMP_PATH, check_path},
    {OPT_QUEUE_PATH, check_path},
    {OPT_REPORT_FILE, check_path},
    {OPT_DLOCAL, check_dlocal},
    {OPT_ADLOCAL_ALLOWED, check_programs},
    {OPT_POSTMASTER, check_address},
    {OPT_REPORT_FROM, check_address},
    {OPT_DF_DOMAIN, check_host_or_empty},
    {OPT_CENTRAL_LOG, check_path_or_empty},
    {OPT_SUMARY_LOG, check_path_or_empty},
    {OPT_WARNING_LOG, check_path_or_empty},
    {OPT_REFUSED_LOG, check_path_or_empty},
    {OPT_LISTEN, check_listen},
    {OPT_DNS_SERVER, check_dns_server},
    {OPT_MODULE, conf_module_check},
    {OPT_RULES_PATH, check_paths},
    {OPT_RULES_LOG_PATH, check_paths},
    {OPT_RELAY_FROM, check_nets},
    {OPT_PROXY_FROM, check_nets},
    {OPT_RECIPIENT_DELIMITER, check_delimiter},
    {OPT_LOCAL_DELIVERY, check_local_delivery},
    {OPT_OFFLINE_PATH, check_path},
    {OPT_CONTROL_SOCKET, check_socket},
};

enum conf_verdict
conf_check_value(enum option_id id, char *text, char *error)
{
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (forms[i].id == id)
			return forms[i].check(id, text, error);
	}
	if (option_row(id)->type == OPTION_REPLY)
		return check_ascii(id, text, error);
	return CONF_FINE;
}
