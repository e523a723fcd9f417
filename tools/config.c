/*
 * config.c - the configuration file, sinkbound.yaml.
 *
 * Each key has a row in a table and a function that takes its value. They
 * report what is wrong and go on, so that one run shows all errors.
 */
#include "tools/config_p.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "policy/store.h"

#define DEFAULT_LOG "/var/log/sinkbound/queries.jsonl"

static const struct yaml_word error_answers[] = {
    {"pass", POL_ON_ERROR_PASS},
    {"servfail", POL_ON_ERROR_SERVFAIL},
};

/* ---- sinkhole ---- */

/* Read an address of FAMILY into ADDRESS, or "none". */
static void
take_address(struct yaml *yaml, struct fy_node *node, int family, bool *has,
    void *address)
{
	const char *kind = family == AF_INET ? "an IPv4" : "an IPv6";
	char text[INET6_ADDRSTRLEN];
	char what[32];

	snprintf(what, sizeof(what), "%s address or none", kind);
	if (!yaml_take_text(yaml, node, what, text, sizeof(text)))
		return;
	if (strcmp(text, "none") == 0)
		*has = false;
	else if (inet_pton(family, text, address) == 1)
		*has = true;
	else
		yaml_error(yaml, node, "expected %s, found \"%s\"", what, text);
}

static void
take_ipv4(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct pol_settings *settings = arg;

	take_address(yaml, value, AF_INET, &settings->has_ipv4, settings->ipv4);
}

static void
take_ipv6(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct pol_settings *settings = arg;

	take_address(
	    yaml, value, AF_INET6, &settings->has_ipv6, settings->ipv6);
}

static void
take_ttl(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct pol_settings *settings = arg;
	unsigned long ttl;

	if (yaml_take_number(
		yaml, value, POL_SINKHOLE_TTL_MIN, POL_SINKHOLE_TTL_MAX, &ttl))
		settings->ttl = (uint32_t)ttl;
}

static const struct yaml_key sinkhole_keys[] = {
    {"ipv4", false, take_ipv4},
    {"ipv6", false, take_ipv6},
    {"ttl", false, take_ttl},
};

/* ---- the file ---- */

static void
take_database(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct loader *loader = arg;

	config_keep_path(yaml, value, loader, &loader->config->database);
}

static void
take_spool(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct loader *loader = arg;

	config_take_path(yaml, value, loader, loader->config->spool,
	    sizeof(loader->config->spool));
}

static void
take_sinkhole(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct loader *loader = arg;

	yaml_take_mapping(yaml, value, sinkhole_keys, COUNT(sinkhole_keys),
	    &loader->config->settings);
}

static void
take_log(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct loader *loader = arg;
	struct pol_settings *settings = &loader->config->settings;

	if (yaml_is_word(value, "none"))
		settings->log[0] = '\0';
	else
		config_take_path(
		    yaml, value, loader, settings->log, sizeof(settings->log));
}

static void
take_on_error(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct loader *loader = arg;
	int answer;

	if (yaml_take_word(yaml, value, "answer", error_answers,
		COUNT(error_answers), &answer))
		loader->config->settings.on_error = (enum pol_on_error)answer;
}

static void
take_feeds(struct yaml *yaml, struct fy_node *value, void *arg)
{
	static const struct config_list list = {
	    .max = POL_FEEDS_MAX - 1, /* beside the operator */
	    .what = "feeds",
	    .advice = "",
	    .size = sizeof(struct config_feed)};
	struct loader *loader = arg;
	struct config *config = loader->config;
	struct fy_node *item;
	void *next = NULL;

	config->feeds = config_make_items(yaml, value, loader, &list);
	if (config->feeds == NULL)
		return;
	loader->feed = config->feeds;
	while ((item = fy_node_sequence_iterate(value, &next)) != NULL) {
		config_take_feed(yaml, item, loader);
		loader->feed++;
		config->feed_count++;
	}
}

static void
take_rules(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct loader *loader = arg;

	(void)yaml;
	loader->rules = value;
	loader->config->observes = true;
}

static const struct yaml_key keys[] = {
    {"database", false, take_database},
    {"spool", false, take_spool},
    {"sinkhole", false, take_sinkhole},
    {"log", false, take_log},
    {"on-error", false, take_on_error},
    {"feeds", false, take_feeds},
    {"protected", false, config_take_protected},
    {"top-list", false, config_take_top_list},
    {"history", false, config_take_history},
    {"origin", false, config_take_origins},
    {"clients", false, config_take_clients},
    {"rules", false, take_rules},
    {"observe", false, config_take_observe},
};

/* Write the folder of PATH, absolute, to loader->folder. */
static int
find_folder(struct loader *loader, const char *path)
{
	const char *slash = strrchr(path, '/');
	int len = slash == NULL ? 0 : (int)(slash - path) + 1;
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%.*s.", len, path);
	if (realpath(folder, loader->folder) == NULL) {
		fprintf(stderr, "%s: error: %s\n", folder, strerror(errno));
		return POL_EIO;
	}
	if (strcmp(loader->folder, "/") == 0)
		loader->folder[0] = '\0'; /* a '/' is put behind it */
	return 0;
}

/* Read what the file says into loader->config. */
static int
load(struct loader *loader, struct yaml *yaml, const char *path)
{
	struct config *config = loader->config;
	struct fy_node *root = yaml_root(yaml);

	config->path = strdup(path);
	config_set_path(loader, &config->database, POL_STORE_DEFAULT_PATH);
	pol_settings_default(&config->settings);
	config->history = (struct pol_journal_limits){
	    .entries = POL_JOURNAL_ENTRIES_DEFAULT,
	    .octets = POL_JOURNAL_OCTETS_DEFAULT,
	    .names = POL_JOURNAL_NAMES_DEFAULT};
	beh_options_default(&config->behaviour.options);
	memcpy(config->settings.log, DEFAULT_LOG, sizeof(DEFAULT_LOG));
	memcpy(config->spool, CONFIG_DEFAULT_SPOOL,
	    sizeof(CONFIG_DEFAULT_SPOOL));
	if (!yaml_is_null(root))
		yaml_take_mapping(yaml, root, keys, COUNT(keys), loader);
	if (loader->rules != NULL)
		config_take_rules(yaml, loader->rules, loader);
	config_place_copies(config);
	if (config->path == NULL || loader->no_memory) {
		fprintf(
		    stderr, "%s: error: %s\n", path, pol_strerror(POL_ENOMEM));
		return POL_ENOMEM;
	}
	return yaml_error_count(yaml) > 0 ? POL_EINVAL : 0;
}

int
config_load(const char *path, struct config **config)
{
	struct loader loader = {.config = NULL};
	struct yaml *yaml;
	int rc = yaml_open(path, &yaml);

	if (rc != 0)
		return rc;
	loader.config = calloc(1, sizeof(*loader.config));
	rc = loader.config == NULL ? POL_ENOMEM : find_folder(&loader, path);
	if (rc == 0)
		rc = load(&loader, yaml, path);
	yaml_close(yaml);
	if (rc != 0) {
		config_free(loader.config);
		return rc;
	}
	*config = loader.config;
	return 0;
}

void
config_free(struct config *config)
{
	if (config == NULL)
		return;
	free(config->path);
	free(config->database);
	free(config->feeds);
	free(config->origins);
	pol_clients_free(config->clients);
	config_free_guards(config);
	config_free_rules(&config->behaviour);
	free(config);
}
