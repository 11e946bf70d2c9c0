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
 * Which rules the fields of each word have; see param.h.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ippattern.h"
#include "netaddr.h"
#include "param.h"
#include "param_in.h"

/* error may be NULL, where nobody is told any more; composing would cost time
 * for nothing. */
int
param_wrong(char *error, const char *fmt, ...)
{
	va_list ap;

	if (error != NULL) {
		va_start(ap, fmt);
		vsnprintf(error, PARAM_ERROR_MAX, fmt, ap);
		va_end(ap);
	}
	return -1;
}

/* An error: the line is left out of the file. */
static enum param_verdict
wrong(char *error, const char *why)
{
	(void)param_wrong(error, "%s", why);
	return PARAM_WRONG;
}

/* A warning: the line means something, though hardly what its author thinks. */
static enum param_verdict
doubt(char *error, const char *why)
{
	(void)param_wrong(error, "%s", why);
	return PARAM_DOUBTFUL;
}

/* The range is told where there is one. */
static enum param_verdict
check_number(enum word word, const char *text, char *error)
{
	int64_t n, min, max;

	param_range(word, &min, &max);
	if (param_number(text, &n) == 0 && n >= min && n <= max)
		return PARAM_FINE;
	if (max != INT64_MAX)
		(void)param_wrong(error,
		    "must be a number from %" PRId64 " to %" PRId64
		    ", not \"%s\"",
		    min, max, text);
	else
		(void)param_wrong(error, "must be a number%s, not \"%s\"",
		    min == 0 ? " of 0 or more" : "", text);
	return PARAM_WRONG;
}

/* The pattern's own words say what is wrong. */
static enum param_verdict
check_ip(const char *text, char *error)
{
	char why[PARAM_ERROR_MAX / 2];
	struct ip_pattern pattern;

	if (ip_pattern_parse(text, &pattern, why, sizeof(why)) == 0)
		return PARAM_FINE;
	(void)param_wrong(error,
	    "must be an address, a network or leading "
	    "octets: %s",
	    why);
	return PARAM_WRONG;
}

/* Only their form; whether a zone answers is found out when it is asked. */
static enum param_verdict
check_zones(const char *text, char *error)
{
	char zone[PARAM_HOST_MAX];
	unsigned int n;
	int r;

	for (n = 0; (r = param_zone(&text, zone)) == 1; n++) {
		if (!param_is_host(zone)) {
			(void)param_wrong(error,
			    "has \"%s\", which is no name of a zone", zone);
			return PARAM_WRONG;
		}
	}
	if (r == -1)
		return wrong(error, "has a name that is too long");
	return n > 0 ? PARAM_FINE : wrong(error, "must name one zone or more");
}

/* A16: what is unfit is completed or replaced later, so it only warns. */
static enum param_verdict
check_reply(enum word word, const char *text, char *error)
{
	const char *p;

	if (strspn(text, "0123456789") == 3 && strchr(" -", text[3]) != NULL) {
		if (strchr("245", text[0]) == NULL)
			return doubt(error,
			    "has a code that no reply here may have: "
			    "2xx, 4xx or 5xx");
		if (word == WORD_DATA_REPLY && text[0] == '2')
			return doubt(
			    error, "refuses, but its code is no 4xx or 5xx");
	}
	for (p = text; *p != '\0'; p++) {
		if ((unsigned char)*p >= 0x80)
			return doubt(error,
			    "holds bytes beyond ASCII, which the client "
			    "gets as '?'");
	}
	return PARAM_FINE;
}

/* One text for each word: those with an address, a header, a host have their
 * own rules. */
static enum param_verdict
check_text(enum word word, const char *text, char *error)
{
	char host[PARAM_HOST_MAX];
	struct netaddr addr;
	uint16_t port;

	switch (word) {
	case WORD_FROM:
	case WORD_TO:
	case WORD_SEEK_TO:
		if (word == WORD_FROM && *text == '\0')
			return PARAM_FINE;
		return param_is_address(text) ?
		    PARAM_FINE :
		    doubt(error, "compares with what is no mail address");
	case WORD_FIND_IN_FROM:
	case WORD_FIND_IN_TO:
	case WORD_FIND_IN_REVERSE:
	case WORD_SEEK_IN_TO:
		return *text != '\0' ?
		    PARAM_FINE :
		    doubt(error,
			"looks for an empty text, which is never "
			"found");
	case WORD_MARK:
	case WORD_TMARK:
		return *text != '\0' ? PARAM_FINE :
				       doubt(error, "has an empty mark");
	case WORD_FCHANGE:
		if (*text == '\0')
			return PARAM_FINE;
		/* FALLTHROUGH */
	case WORD_CP:
	case WORD_TCHANGE:
		return param_is_address(text) ?
		    PARAM_FINE :
		    wrong(error, "must be a mail address, user@domain");
	case WORD_HADD:
		return param_header(text, error) == 0 ? PARAM_FINE :
							PARAM_WRONG;
	case WORD_MX_DEST:
		return param_host_port(text, host, &port, error) == 0 ?
		    PARAM_FINE :
		    PARAM_WRONG;
	case WORD_MX_SOURCE:
		return netaddr_parse(text, &addr) == 0 ?
		    PARAM_FINE :
		    wrong(error, "must be an IP address of this host");
	case WORD_SRS:
		return param_is_host(text) ? PARAM_FINE :
					     wrong(error, "must be a domain");
	default:
		return PARAM_FINE;
	}
}

/* Where it may lie depends on the options in force, and is the parent's to say
 * when it is opened. */
static enum param_verdict
check_path(const char *text, char *error)
{
	return *text != '\0' ? PARAM_FINE : wrong(error, "must name a file");
}

/* Field by field, as each of them may be the only one without variables. */
static enum param_verdict
check_fields(enum word word, unsigned int field, const char *text, char *error)
{
	switch (word) {
	case WORD_FIND_STR:
		return field == 0 || *text != '\0' ?
		    PARAM_FINE :
		    doubt(error,
			"looks for an empty text, which is never "
			"found");
	case WORD_FIND_STRFILE:
		return field == 0 ? PARAM_FINE : check_path(text, error);
	case WORD_FIND_FILESTR:
	case WORD_FIND_FILELINE:
	case WORD_LOG:
		return field != 0 ? PARAM_FINE : check_path(text, error);
	case WORD_MX_AUTH:
		return field != 0 || *text != '\0' ?
		    PARAM_FINE :
		    wrong(error, "must begin with a user");
	case WORD_SENDMAIL:
		if (field == 0)
			return check_path(text, error);
		return *text == '\0' || param_is_address(text) ?
		    PARAM_FINE :
		    wrong(error,
			"must be a file, a sender and a recipient, "
			"mail addresses or empty");
	default:
		return PARAM_FINE;
	}
}

/* A10; the last two bytes are a no-break space together. */
static enum param_verdict
check_delimiter(const char *text, char *error)
{
	if (text[0] == '\0' || text[1] != '\0' ||
	    strchr(" \t\"%\r\n\xc2\xa0", text[0]) != NULL)
		return wrong(error,
		    "must be one character, no blank, quote or percent sign");
	return PARAM_FINE;
}

/* Only what has no variables comes here; the rest is checked by the item that
 * uses it. */
enum param_verdict
param_check(enum word word, unsigned int field, const char *text, char *error)
{
	char value[OPTION_TEXT_MAX];
	enum option_id id;
	int64_t n;

	switch (word_row(word)->form) {
	case FORM_TEXT:
		return check_text(word, text, error);
	case FORM_FIELDS2:
	case FORM_FIELDS3:
		return check_fields(word, field, text, error);
	case FORM_NUMBER:
	case FORM_KIND:
	case FORM_HITS:
		return check_number(word, text, error);
	case FORM_IP:
		return check_ip(text, error);
	case FORM_ITEST:
		return param_number(text, &n) == 0 ?
		    PARAM_FINE :
		    wrong(error, "must compare two integers");
	case FORM_ZONES:
		return check_zones(text, error);
	case FORM_DEF:
		return param_def(text, &id, value, error) == 0 ? PARAM_FINE :
								 PARAM_WRONG;
	case FORM_REPLY:
		return check_reply(word, text, error);
	case FORM_COMMAND:
		return text[strspn(text, " \t")] != '\0' ?
		    PARAM_FINE :
		    wrong(error, "must name a program");
	case FORM_PATH:
		return check_path(text, error);
	case FORM_DELIMITER:
		return check_delimiter(text, error);
	case FORM_NONE:
		break;
	}
	return PARAM_FINE;
}
