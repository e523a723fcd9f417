/*
 * config_origin.c - the sources of origin data in the configuration.
 */
#include <stdlib.h>

#include "tools/config_p.h"

/* A source that is being read. */
struct origin_reading {
	const struct loader *loader;
	struct config_origin *origin;
};

static void
take_file(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct origin_reading *reading = arg;

	config_take_path(yaml, value, reading->loader, reading->origin->file,
	    sizeof(reading->origin->file));
}

static void
take_format(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct origin_reading *reading = arg;
	struct yaml_word words[YAML_KEYS_MAX];
	size_t count;
	int index;

	for (count = 0; origin_formats[count] != NULL; count++)
		words[count] =
		    (struct yaml_word){origin_formats[count]->name, (int)count};
	if (yaml_take_word(yaml, value, "format", words, count, &index))
		reading->origin->format = origin_formats[index];
}

static const struct yaml_key origin_keys[] = {
    {"file", true, take_file},
    {"format", true, take_format},
};

void
config_take_origins(struct yaml *yaml, struct fy_node *value, void *arg)
{
	static const struct config_list list = {.max = CONFIG_ORIGINS_MAX,
	    .what = "sources",
	    .advice = "",
	    .size = sizeof(struct config_origin)};
	struct loader *loader = arg;
	struct config *config = loader->config;
	struct origin_reading reading = {.loader = loader};
	struct fy_node *item;
	void *next = NULL;

	config->origins = config_make_items(yaml, value, loader, &list);
	if (config->origins == NULL)
		return;
	while ((item = fy_node_sequence_iterate(value, &next)) != NULL) {
		reading.origin = &config->origins[config->origin_count++];
		yaml_take_mapping(
		    yaml, item, origin_keys, COUNT(origin_keys), &reading);
	}
}
