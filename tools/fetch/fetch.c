/*
 * fetch.c - what all methods of fetching share.
 */
#include "tools/fetch/fetch.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A URL without "user:password@" and without its query, where keys are found
 * as well. */
static void
redact_url(const char *url, char *text)
{
	const char *host = strstr(url, "://");
	const char *end, *at, *query;

	host = host == NULL ? url : host + 3;
	end = host + strcspn(host, "/?#");
	at = memrchr(host, '@', (size_t)(end - host));
	query = end + strcspn(end, "?#");
	snprintf(text, POL_FEED_SOURCE_MAX + 1, "%.*s%.*s%s", (int)(host - url),
	    url, (int)(query - (at == NULL ? host : at + 1)),
	    at == NULL ? host : at + 1, *query == '?' ? "?..." : "");
}

void
fetch_source_text(const struct fetch_source *source, char *text)
{
	const struct transfer_source *axfr = &source->axfr;
	char zone[POL_NAME_TEXT_MAX];

	if (source->kind == FETCH_AXFR)
		snprintf(text, POL_FEED_SOURCE_MAX + 1, "%.500s of %s port %u",
		    pol_name_to_text(axfr->zone.wire, zone), axfr->primary,
		    axfr->port);
	else
		redact_url(source->url, text);
}

void
fetch_fail(struct fetch_result *result, const char *format, ...)
{
	va_list arguments;

	result->outcome = FETCH_FAILED;
	va_start(arguments, format);
	vsnprintf(result->message, sizeof(result->message), format, arguments);
	va_end(arguments);
	for (char *c = result->message; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
			*c = '?';
}
