/*
 * config_fetch.c - where a feed of the configuration comes from.
 */
#include <string.h>
#include <strings.h>

#include "tools/config_p.h"
#include "tools/fetch/spool.h"
#include "tools/when.h"

/* What a URL begins with, or NULL for a scheme that is not known. */
static const char *
find_scheme(const char *url)
{
	static const char *const schemes[] = {
	    "http://", "https://", "file:///"};

	for (size_t i = 0; i < COUNT(schemes); i++)
		if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0 &&
		    url[strlen(schemes[i])] != '\0')
			return schemes[i];
	return NULL;
}

/* ---- keys ---- */

void
config_take_url(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct feed_reading *reading = arg;
	struct fetch_source *source = &reading->feed->fetch;

	reading->url = value;
	if (!yaml_take_text(
		yaml, value, "a URL", source->url, sizeof(source->url)))
		return;
	/* The text may hold a password: it is not shown. */
	if (find_scheme(source->url) == NULL ||
	    strpbrk(source->url, " \"<>\\^`{|}") != NULL)
		yaml_error(yaml, value,
		    "expected a URL that begins with https://, http:// or "
		    "file:///, with other characters than letters and digits "
		    "written as %%XX");
	else
		source->kind = FETCH_URL;
}

void
config_take_every(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct feed_reading *reading = arg;

	reading->every = value;
	config_take_duration(yaml, value, FETCH_EVERY_MIN, FETCH_EVERY_MAX,
	    &reading->feed->fetch.every);
}

void
config_take_timeout(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct feed_reading *reading = arg;

	reading->timeout = value;
	config_take_duration(yaml, value, FETCH_TIMEOUT_MIN, FETCH_TIMEOUT_MAX,
	    &reading->feed->fetch.timeout);
}

void
config_take_max_size(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct feed_reading *reading = arg;

	reading->max_size = value;
	config_take_size(yaml, value, FETCH_SIZE_MIN, FETCH_SIZE_MAX,
	    &reading->feed->fetch.max_size);
}

void
config_take_ca_file(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct feed_reading *reading = arg;
	struct fetch_source *source = &reading->feed->fetch;

	reading->ca_file = value;
	config_take_path(yaml, value, reading->loader, source->ca_file,
	    sizeof(source->ca_file));
}

void
config_take_expires(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct feed_reading *reading = arg;

	config_take_duration(
	    yaml, value, 1, WHEN_SECONDS_MAX, &reading->feed->expires);
}

/* ---- together ---- */

/* Report a key that this feed's source has no use for. */
static void
refuse(struct yaml *yaml, struct fy_node *value, const char *key,
    const char *whose)
{
	if (value != NULL)
		yaml_error(yaml, value,
		    "only a feed with %s has a use for \"%s\"", whose, key);
}

void
config_check_source(
    struct yaml *yaml, struct fy_node *node, const struct feed_reading *reading)
{
	if ((reading->file != NULL) + (reading->url != NULL) +
		(reading->axfr != NULL) !=
	    1)
		yaml_error(yaml, node,
		    "expected one source, one of the keys \"file\", \"url\" "
		    "and \"axfr\"");
	if (reading->axfr != NULL && reading->feed->format != NULL &&
	    reading->feed->format != &feed_rpz)
		yaml_error(yaml, reading->axfr,
		    "a zone is a response policy zone: expected the format "
		    "\"rpz\"");
	if (reading->url == NULL)
		refuse(yaml, reading->ca_file, "ca-file", "a URL");
	if (reading->url != NULL || reading->axfr != NULL)
		return;
	refuse(yaml, reading->every, "every", "a URL or a zone");
	refuse(yaml, reading->timeout, "timeout", "a URL or a zone");
	refuse(yaml, reading->max_size, "max-size", "a URL or a zone");
}

void
config_place_copies(struct config *config)
{
	for (size_t i = 0; i < config->feed_count; i++) {
		struct config_feed *feed = &config->feeds[i];

		if (feed->fetch.kind != FETCH_NO_SOURCE)
			spool_path(
			    config->spool, feed->name, SPOOL_COPY, feed->file);
	}
}
