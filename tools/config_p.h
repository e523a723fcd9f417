/*
 * config_p.h - what the parts of the configuration's loader share.
 */
#ifndef CONFIG_P_H
#define CONFIG_P_H

#include <limits.h>
#include <stdbool.h>

#include "tools/config.h"
#include "tools/yaml.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct loader {
	struct config *config;
	char folder[PATH_MAX];	  /* of the configuration file, absolute */
	struct config_feed *feed; /* that is being read */
	bool no_memory;
};

/* Read a path, made absolute, into the SIZE octets at PATH. */
bool config_take_path(struct yaml *yaml, struct fy_node *node,
    const struct loader *loader, char *path, size_t size);

/* Read a feed into loader->feed. */
void config_take_feed(
    struct yaml *yaml, struct fy_node *node, const struct loader *loader);

/* Read the sources of origin data. */
void config_take_origins(
    struct yaml *yaml, struct fy_node *node, struct loader *loader);

#endif
