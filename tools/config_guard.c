/*
 * config_guard.c - what the configuration says against mistakes in feeds.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/config_p.h"

/* ---- of one feed ---- */

void
config_take_max_change(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct feed_reading *reading = arg;
	unsigned long percent;
	char text[32];
	char *end;

	if (yaml_is_word(value, "none")) {
		reading->feed->max_change = 0;
		return;
	}
	if (!yaml_take_text(yaml, value, "a percentage", text, sizeof(text)))
		return;
	percent = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || percent < CONFIG_CHANGE_MIN ||
	    percent > CONFIG_CHANGE_MAX ||
	    (*end != '\0' && strcmp(end, "%") != 0 && strcmp(end, " %") != 0)) {
		yaml_error(yaml, value,
		    "expected a percentage from %d%% to %d%% or none, found "
		    "\"%s\"",
		    CONFIG_CHANGE_MIN, CONFIG_CHANGE_MAX, text);
		return;
	}
	reading->feed->max_change = (unsigned)percent;
}

void
config_take_trust(struct yaml *yaml, struct fy_node *value, void *arg)
{
	static const struct yaml_word words[] = {{"normal", 0}, {"full", 1}};
	const struct feed_reading *reading = arg;
	int is_full;

	if (yaml_take_word(yaml, value, "trust", words, COUNT(words), &is_full))
		reading->feed->is_trusted = is_full != 0;
}

/* ---- protected names and networks ---- */

/* An entry that is being read. */
struct reading {
	struct loader *loader;
	struct config_protected *entry;
	struct fy_node *name;
	struct fy_node *file;
	struct fy_node *format;
};

static void
take_subject(
    struct yaml *yaml, struct fy_node *node, struct config_protected *entry)
{
	static const char expected[] = "a name, an address or a prefix";
	char text[POL_NAME_TEXT_MAX];
	const char *fault;

	if (!yaml_take_text(yaml, node, expected, text, sizeof(text)))
		return;
	if (pol_subject_from_text(
		text, strlen(text), &entry->subject, &fault) != 0)
		yaml_error(yaml, node, "expected %s, found \"%s\": %s",
		    expected, text, fault);
	else if (entry->subject.kind == POL_ASN)
		yaml_error(yaml, node, "expected %s, found the ASN \"%s\"",
		    expected, text);
	else if (text[0] == '*')
		yaml_error(yaml, node,
		    "leave the \"*.\" out: a name is protected with all below "
		    "it");
}

static void
take_name(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct reading *reading = arg;

	reading->name = value;
	take_subject(yaml, value, reading->entry);
}

static void
take_file(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct reading *reading = arg;

	reading->file = value;
	config_keep_path(yaml, value, reading->loader, &reading->entry->file);
}

static void
take_format(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct reading *reading = arg;

	reading->format = value;
	config_take_list_format(yaml, value, &reading->entry->format);
}

static void
take_scope(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct reading *reading = arg;
	struct config_protected *entry = reading->entry;

	if (!config_take_scope(yaml, value, POL_SUBTREE, &entry->scope))
		return;
	entry->options.has_scope = true;
	entry->options.scope = entry->scope;
}

static const struct yaml_key entry_keys[] = {
    {"name", false, take_name},
    {"file", false, take_file},
    {"format", false, take_format},
    {"scope", false, take_scope},
};

static void
take_entry(struct yaml *yaml, struct fy_node *node, struct loader *loader,
    struct config_protected *entry)
{
	struct reading reading = {.loader = loader, .entry = entry};

	*entry = (struct config_protected){
	    .scope = POL_SUBTREE, .format = &feed_domains};
	if (!fy_node_is_mapping(node)) {
		take_subject(yaml, node, entry);
		return;
	}
	yaml_take_mapping(yaml, node, entry_keys, COUNT(entry_keys), &reading);
	if ((reading.name != NULL) == (reading.file != NULL))
		yaml_error(yaml, node, "expected one of name and file");
	if (reading.format != NULL && reading.file == NULL)
		yaml_error(
		    yaml, reading.format, "format is for an entry with file");
}

void
config_take_protected(struct yaml *yaml, struct fy_node *value, void *arg)
{
	static const struct config_list list = {.max = CONFIG_PROTECTED_MAX,
	    .what = "entries",
	    .advice = ": put them into a file",
	    .size = sizeof(struct config_protected)};
	struct loader *loader = arg;
	struct config *config = loader->config;
	struct fy_node *item;
	void *next = NULL;

	config->protected = config_make_items(yaml, value, loader, &list);
	if (config->protected == NULL)
		return;
	while ((item = fy_node_sequence_iterate(value, &next)) != NULL)
		take_entry(yaml, item, loader,
		    &config->protected[config->protected_count++]);
}

/* ---- the top list ---- */

static void
take_top_file(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct loader *loader = arg;

	config_keep_path(yaml, value, loader, &loader->config->top_list);
}

static void
take_top_count(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct loader *loader = arg;

	yaml_take_number(yaml, value, CONFIG_TOP_MIN, CONFIG_TOP_MAX,
	    &loader->config->top_count);
}

static const struct yaml_key top_keys[] = {
    {"file", true, take_top_file},
    {"count", false, take_top_count},
};

void
config_take_top_list(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct loader *loader = arg;

	loader->config->top_count = CONFIG_TOP_DEFAULT;
	if (!yaml_is_null(value) && fy_node_is_mapping(value))
		yaml_take_mapping(yaml, value, top_keys, COUNT(top_keys), arg);
	else
		take_top_file(yaml, value, arg);
}

/* ---- the journal ---- */

#define MEGA 1000000

static void
take_entries(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct pol_journal_limits *limits = arg;
	unsigned long entries;

	if (yaml_take_number(yaml, value, 0, POL_JOURNAL_ENTRIES_MAX, &entries))
		limits->entries = entries;
}

static void
take_names(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct pol_journal_limits *limits = arg;
	unsigned long names;

	if (yaml_take_number(yaml, value, 0, POL_JOURNAL_NAMES_MAX, &names))
		limits->names = (unsigned)names;
}

static void
take_megabytes(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct pol_journal_limits *limits = arg;
	unsigned long megabytes;

	if (yaml_take_number(yaml, value, POL_JOURNAL_OCTETS_MIN / MEGA,
		POL_JOURNAL_OCTETS_MAX / MEGA, &megabytes))
		limits->octets = (uint64_t)megabytes * MEGA;
}

static const struct yaml_key history_keys[] = {
    {"entries", false, take_entries},
    {"names", false, take_names},
    {"megabytes", false, take_megabytes},
};

void
config_take_history(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct loader *loader = arg;

	yaml_take_mapping(yaml, value, history_keys, COUNT(history_keys),
	    &loader->config->history);
}

void
config_free_guards(struct config *config)
{
	for (size_t i = 0; i < config->protected_count; i++)
		free(config->protected[i].file);
	free(config->protected);
	free(config->top_list);
}
