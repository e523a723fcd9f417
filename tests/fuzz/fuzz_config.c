/*
 * fuzz_config.c - configuration files of any octets.
 *
 * A file is taken whole, or each line printed is an error with the file's name
 * in front; and what is taken is within the limits that others rely on.
 */
#include "fuzz.h"

#include <string.h>

#include "policy/error.h"
#include "tools/config.h"

static void
check_feed(const struct config *config, const struct config_feed *feed)
{
	CHECK(feed->name[0] != '\0');
	CHECK(strlen(feed->name) <= POL_FEED_NAME_MAX);
	CHECK(strcmp(feed->name, POL_OPERATOR_NAME) != 0);
	CHECK(feed->file[0] == '/');
	CHECK(feed->line > 0);
	CHECK(feed->format != NULL);
	CHECK(feed->format != &feed_rpz || !feed->options.has_scope);
	CHECK(feed->action != POL_ACTION_OF_FEED);
	CHECK(feed->action != POL_CNAME);
	CHECK(feed->options.has_action || feed->action == POL_SINKHOLE);
	for (const struct config_feed *other = config->feeds; other < feed;
	     other++)
		CHECK(strcmp(other->name, feed->name) != 0);
}

static void
check_config(const struct config *config)
{
	const struct pol_settings *settings = &config->settings;

	CHECK(config->database[0] == '/');
	CHECK(settings->log[0] == '/' || settings->log[0] == '\0');
	CHECK(settings->ttl >= POL_SINKHOLE_TTL_MIN);
	CHECK(settings->ttl <= POL_SINKHOLE_TTL_MAX);
	CHECK(config->feed_count <= POL_FEEDS_MAX);
	for (size_t i = 0; i < config->feed_count; i++)
		check_feed(config, &config->feeds[i]);
}

/* Each line is PATH, a place and an error. */
static void
check_printed(const char *printed, const char *path)
{
	while (*printed != '\0') {
		const char *end = strchr(printed, '\n');

		CHECK(end != NULL);
		CHECK(strncmp(printed, path, strlen(path)) == 0);
		CHECK(printed[strlen(path)] == ':');
		CHECK(strstr(printed, "error: ") < end);
		printed = end + 1;
	}
}

/* config_load() with what it prints in *PRINTED, for the caller to free. The
 * sanitizers go on writing to where they did. */
static int
load(const char *path, struct config **config, char **printed)
{
	size_t size;
	FILE *saved = stderr, *kept = open_memstream(printed, &size);
	int rc;

	CHECK(kept != NULL);
	stderr = kept;
	rc = config_load(path, config);
	stderr = saved;
	fclose(kept);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config = NULL;
	char path[64];
	char *printed;
	FILE *file = tmpfile();
	int rc;

	CHECK(file != NULL);
	CHECK(fwrite(data, 1, size, file) == size);
	CHECK(fflush(file) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(file));
	rc = load(path, &config, &printed);
	CHECK((rc == 0) == (config != NULL));
	if (rc == 0) {
		CHECK(*printed == '\0');
		check_config(config);
		config_free(config);
	} else {
		CHECK(rc == POL_EINVAL);
		CHECK(*printed != '\0');
		check_printed(printed, path);
	}
	free(printed);
	fclose(file);
	return 0;
}
