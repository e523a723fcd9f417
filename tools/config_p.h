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
	struct fy_node *rules;	  /* read after the feeds, which they name */
	bool no_memory;
};

/* A feed that is being read. */
struct feed_reading {
	const struct loader *loader;
	struct config_feed *feed;
	/* The values of keys that not every feed has; NULL: not given. */
	struct fy_node *file;
	struct fy_node *url;
	struct fy_node *axfr;
	struct fy_node *every;
	struct fy_node *timeout;
	struct fy_node *max_size;
	struct fy_node *ca_file;
	struct fy_node *format;
	struct fy_node *scope;
	struct fy_node *attributes;
	struct fy_node *triggers;
	struct fy_node *risk;
};

/* Read a path, made absolute, into the SIZE octets at PATH. */
bool config_take_path(struct yaml *yaml, struct fy_node *node,
    const struct loader *loader, char *path, size_t size);

/* Keep a path in allocated memory, in the place of what KEPT has. */
void config_set_path(struct loader *loader, char **kept, const char *path);
void config_keep_path(struct yaml *yaml, struct fy_node *node,
    struct loader *loader, char **kept);

/* Read the name of a feed or a group into the SIZE octets at NAME, which stay
 * as they are where it is none. */
bool config_take_name(
    struct yaml *yaml, struct fy_node *node, char *name, size_t size);

/* Read a duration from MIN to MAX seconds, as in "90m" or "30d". */
bool config_take_duration(struct yaml *yaml, struct fy_node *node, int64_t min,
    int64_t max, int64_t *seconds);

/* "64MB", "16MiB": a whole number and a unit; without one, octets. */
bool config_take_size(struct yaml *yaml, struct fy_node *node, uint64_t min,
    uint64_t max, uint64_t *size);

/* Read a scope or an action of those up to LAST; cname is none of them. */
bool config_take_scope(struct yaml *yaml, struct fy_node *node,
    enum pol_scope last, enum pol_scope *scope);
bool config_take_action(struct yaml *yaml, struct fy_node *node,
    enum pol_action last, enum pol_action *action);
bool config_take_mode(
    struct yaml *yaml, struct fy_node *node, enum pol_mode *mode);

/* Is NODE a sequence? An error where not, but nothing at all is fine: all of it
 * may be commented out. */
bool config_is_list(struct yaml *yaml, struct fy_node *node);

/* What a sequence may hold. */
struct config_list {
	int max;
	const char *what;   /* it holds: "feeds" */
	const char *advice; /* ends the message where there are too many */
	size_t size;	    /* octets that one takes in memory */
};

/* Zeroed memory for the items of the sequence NODE and one more. NULL where it
 * is none, which is fine, or an error that is reported. */
void *config_make_items(struct yaml *yaml, struct fy_node *node,
    struct loader *loader, const struct config_list *list);

/* Read a feed into loader->feed. */
void config_take_feed(
    struct yaml *yaml, struct fy_node *node, const struct loader *loader);

/* Read where a feed comes from; ARG is its struct feed_reading. */
void config_take_url(struct yaml *yaml, struct fy_node *value, void *arg);
void config_take_axfr(struct yaml *yaml, struct fy_node *value, void *arg);
void config_take_every(struct yaml *yaml, struct fy_node *value, void *arg);
void config_take_timeout(struct yaml *yaml, struct fy_node *value, void *arg);
void config_take_max_size(struct yaml *yaml, struct fy_node *value, void *arg);
void config_take_ca_file(struct yaml *yaml, struct fy_node *value, void *arg);
void config_take_expires(struct yaml *yaml, struct fy_node *value, void *arg);

/* Report where the feed NODE has no source, several, or keys that its source
 * has no use for. */
void config_check_source(struct yaml *yaml, struct fy_node *node,
    const struct feed_reading *reading);

/* Give each feed that is fetched the path of its copy in the spool. */
void config_place_copies(struct config *config);

/* Read the name of a list's format. */
void config_take_list_format(struct yaml *yaml, struct fy_node *value,
    const struct feed_format **format);

/* Read what guards against mistakes in a feed; ARG is its struct
 * feed_reading. */
void config_take_max_change(
    struct yaml *yaml, struct fy_node *value, void *arg);
void config_take_trust(struct yaml *yaml, struct fy_node *value, void *arg);

/* Read what is protected, and the top list; ARG is the struct loader. */
void config_take_protected(struct yaml *yaml, struct fy_node *value, void *arg);
void config_take_top_list(struct yaml *yaml, struct fy_node *value, void *arg);

/* Read how much of the journal is kept; ARG is the struct loader. */
void config_take_history(struct yaml *yaml, struct fy_node *value, void *arg);

void config_free_guards(struct config *config);

/* Read the rules, once all else is read. */
void config_take_rules(
    struct yaml *yaml, struct fy_node *node, struct loader *loader);

/* Read how to observe; ARG is the struct loader. */
void config_take_observe(struct yaml *yaml, struct fy_node *value, void *arg);
void config_free_rules(struct beh_rules *rules);

/* Read the groups of clients; ARG is the struct loader. */
void config_take_clients(struct yaml *yaml, struct fy_node *value, void *arg);

/* Read the sources of origin data; ARG is the struct loader. */
void config_take_origins(struct yaml *yaml, struct fy_node *value, void *arg);

#endif
