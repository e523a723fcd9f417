/*
 * config_rules.c - rules and the observing they rest on, in the configuration.
 *
 * What conditions there are, and what each asks for, is the table in
 * behaviour/rule.c; here their values are read.
 */
#include <arpa/inet.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "behaviour/tracker.h"
#include "tools/config_p.h"
#include "tools/when.h"

/* A rule that is being read. */
struct reading {
	struct loader *loader;
	struct beh_rule *rule;
	/* Within a condition: */
	struct beh_condition *condition;
	const struct beh_condition_type *type;
};

/* ---- items of lists ---- */

static void
add_item(const struct reading *reading, enum beh_item_type type,
    const void *octets, size_t len)
{
	struct beh_condition *condition = reading->condition;
	struct beh_item *item = &condition->items[condition->item_count];
	uint8_t *copy = malloc(len);

	if (copy == NULL) {
		reading->loader->no_memory = true;
		return;
	}
	memcpy(copy, octets, len);
	*item = (struct beh_item){type, (uint8_t)len, copy};
	condition->item_count++;
}

static void
add_feed(struct yaml *yaml, struct fy_node *node, const struct reading *reading,
    const char *name)
{
	const struct config *config = reading->loader->config;

	for (size_t i = 0; i < config->feed_count; i++)
		if (strcmp(config->feeds[i].name, name) == 0) {
			add_item(
			    reading, BEH_ITEM_FEED, name, strlen(name));
			return;
		}
	yaml_error(yaml, node, "there is no feed \"%s\"", name);
}

static void
take_feed(struct yaml *yaml, struct fy_node *value, void *arg)
{
	char name[POL_FEED_NAME_MAX + 1];

	if (yaml_take_text(yaml, value, "a feed's name", name, sizeof(name)))
		add_feed(yaml, value, arg, name);
}

static const struct yaml_key feed_keys[] = {{"feed", true, take_feed}};

static bool
add_subject(const struct reading *reading, const char *text,
    enum pol_kind kind, enum beh_item_type type)
{
	struct pol_subject subject;
	struct pol_key key;
	const char *fault;

	if (pol_subject_from_text(text, strlen(text), &subject, &fault) != 0 ||
	    subject.kind != kind)
		return false;
	if (kind == POL_NAME) {
		add_item(
		    reading, type, subject.name.wire, subject.name.len);
	} else {
		pol_subject_key(&subject, &key);
		add_item(reading, type, key.data, key.len);
	}
	return true;
}

static bool
add_asn(const struct reading *reading, const char *text)
{
	uint32_t asn, octets;

	if (pol_asn_from_text(text, strlen(text), &asn) != 0)
		return false;
	octets = htonl(asn);
	add_item(reading, BEH_ITEM_ASN, &octets, sizeof(octets));
	return true;
}

static bool
add_country(const struct reading *reading, const char *text)
{
	if (strlen(text) != 2 ||
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)
		return false;
	add_item(reading, BEH_ITEM_COUNTRY, text, 2);
	return true;
}

static bool
add_qtype(const struct reading *reading, const char *text)
{
	ldns_rr_type type = ldns_get_rr_type_by_name(text);
	uint16_t octets = htons((uint16_t)type);

	if (type == 0)
		return false;
	add_item(reading, BEH_ITEM_QTYPE, &octets, sizeof(octets));
	return true;
}

/* A group of `clients`, which has a name that fits. */
static bool
add_group(const struct reading *reading, const char *text)
{
	const struct pol_clients *clients = reading->loader->config->clients;

	for (size_t i = 0; i < pol_clients_count(clients); i++)
		if (strcmp(pol_clients_group(clients, i)->name, text) == 0) {
			add_item(reading, BEH_ITEM_GROUP, text, strlen(text));
			return true;
		}
	return false;
}

static bool
add_text(const struct reading *reading, const char *text)
{
	switch (reading->type->item) {
	case BEH_ITEM_NAME:
		return add_subject(reading, text, POL_NAME, BEH_ITEM_NAME);
	case BEH_ITEM_PREFIX:
		return add_subject(
		    reading, text, POL_PREFIX, BEH_ITEM_PREFIX);
	case BEH_ITEM_ASN:
		return add_asn(reading, text);
	case BEH_ITEM_COUNTRY:
		return add_country(reading, text);
	case BEH_ITEM_QTYPE:
		return add_qtype(reading, text);
	case BEH_ITEM_GROUP:
		return add_group(reading, text);
	case BEH_ITEM_FEED:
		break;
	}
	return false;
}

static const char *
expected_item(enum beh_item_type type)
{
	static const char *const texts[BEH_ITEM_TYPES] = {
	    [BEH_ITEM_NAME] = "a name, or {feed: NAME}",
	    [BEH_ITEM_FEED] = "a feed's name",
	    [BEH_ITEM_ASN] = "an ASN such as AS64500, or {feed: NAME}",
	    [BEH_ITEM_PREFIX] = "a prefix, or {feed: NAME}",
	    [BEH_ITEM_COUNTRY] = "a country of two capital letters",
	    [BEH_ITEM_QTYPE] = "a type such as A or HTTPS",
	    [BEH_ITEM_GROUP] = "a group of `clients`"};

	return texts[type];
}

static void
take_item(struct yaml *yaml, struct fy_node *node, struct reading *reading)
{
	const struct beh_condition_type *type = reading->type;
	char text[POL_NAME_TEXT_MAX];

	if (type->takes_feeds && type->item != BEH_ITEM_FEED &&
	    fy_node_is_mapping(node))
		yaml_take_mapping(
		    yaml, node, feed_keys, COUNT(feed_keys), reading);
	else if (!yaml_take_text(yaml, node, expected_item(type->item), text,
		     sizeof(text)))
		return;
	else if (type->item == BEH_ITEM_FEED)
		add_feed(yaml, node, reading, text);
	else if (!add_text(reading, text))
		yaml_error(yaml, node, "expected %s, found \"%s\"",
		    expected_item(type->item), text);
}

/* One item, or a list of them. */
static void
take_list(struct yaml *yaml, struct fy_node *node, struct reading *reading)
{
	bool is_list = fy_node_is_sequence(node);
	int count = is_list ? fy_node_sequence_item_count(node) : 1;
	struct fy_node *item;
	void *next = NULL;

	if (count == 0 || count > BEH_ITEMS_MAX) {
		yaml_error(yaml, node, "expected 1 to %d items, found %d",
		    BEH_ITEMS_MAX, count);
		return;
	}
	reading->condition->items =
	    calloc((size_t)count, sizeof(struct beh_item));
	if (reading->condition->items == NULL)
		reading->loader->no_memory = true;
	else if (!is_list)
		take_item(yaml, node, reading);
	else
		while ((item = fy_node_sequence_iterate(node, &next)) != NULL)
			take_item(yaml, item, reading);
}

/* ---- conditions ---- */

/* Seconds, or a duration such as 7d. */
static void
take_seconds(struct yaml *yaml, struct fy_node *node,
    const struct reading *reading)
{
	const struct beh_condition_type *type = reading->type;
	unsigned long number;
	int64_t seconds = 0;

	if (yaml_is_number(node)) {
		if (yaml_take_number(yaml, node, type->min, type->max, &number))
			reading->condition->number = (uint32_t)number;
	} else if (config_take_duration(
		       yaml, node, type->min, type->max, &seconds)) {
		reading->condition->number = (uint32_t)seconds;
	}
}

static void
take_condition(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct reading *reading = arg;
	struct beh_rule *rule = reading->rule;
	unsigned kind = 0;
	unsigned long number;

	while (!yaml_is_word(yaml_key_node(yaml),
	    beh_condition_types[kind].name))
		kind++;
	reading->type = &beh_condition_types[kind];
	reading->condition = &rule->conditions[rule->condition_count++];
	reading->condition->kind = (enum beh_condition_kind)kind;
	switch (reading->type->operand) {
	case BEH_NUMBER:
		if (yaml_take_number(yaml, value, reading->type->min,
			reading->type->max, &number))
			reading->condition->number = (uint32_t)number;
		break;
	case BEH_DURATION:
		take_seconds(yaml, value, reading);
		break;
	case BEH_LIST:
		take_list(yaml, value, reading);
		break;
	}
}

static void
take_when(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct yaml_key keys[BEH_CONDITIONS];
	struct reading *reading = arg;

	for (unsigned i = 0; i < BEH_CONDITIONS; i++)
		keys[i] = (struct yaml_key){
		    beh_condition_types[i].name, false, take_condition};
	if (yaml_take_mapping(yaml, value, keys, BEH_CONDITIONS, reading) &&
	    reading->rule->condition_count == 0)
		yaml_error(yaml, value, "expected a condition at least");
}

/* ---- rules ---- */

static void
take_name(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct reading *reading = arg;
	const struct beh_rules *rules = &reading->loader->config->behaviour;
	char name[BEH_RULE_NAME_MAX + 1];

	if (!yaml_take_text(yaml, value, "a name", name, sizeof(name)))
		return;
	for (size_t i = 0; i + 1 < rules->count; i++)
		if (strcmp(rules->rules[i].name, name) == 0) {
			yaml_error(yaml, value,
			    "another rule has the name \"%s\" too", name);
			return;
		}
	memcpy(reading->rule->name, name, sizeof(name));
}

static void
take_action(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct reading *reading = arg;

	config_take_action(yaml, value, POL_TRUNCATE, &reading->rule->action);
}

static void
take_mode(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct reading *reading = arg;

	config_take_mode(yaml, value, &reading->rule->mode);
}

static void
take_hold(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct reading *reading = arg;
	int64_t seconds;

	if (config_take_duration(
		yaml, value, BEH_HOLD_MIN, BEH_HOLD_MAX, &seconds))
		reading->rule->hold = (uint32_t)seconds;
}

static const struct yaml_key rule_keys[] = {
    {"name", true, take_name},
    {"when", true, take_when},
    {"action", false, take_action},
    {"mode", false, take_mode},
    {"for", false, take_hold},
};

void
config_take_rules(
    struct yaml *yaml, struct fy_node *node, struct loader *loader)
{
	static const struct config_list list = {.max = BEH_RULES_MAX,
	    .what = "rules",
	    .advice = "",
	    .size = sizeof(struct beh_rule)};
	struct beh_rules *rules = &loader->config->behaviour;
	struct reading reading = {.loader = loader};
	struct fy_node *item;
	void *next = NULL;

	rules->rules = config_make_items(yaml, node, loader, &list);
	if (rules->rules == NULL)
		return;
	while ((item = fy_node_sequence_iterate(node, &next)) != NULL) {
		reading.rule = &rules->rules[rules->count++];
		/* To try a rule out comes before to enforce it. */
		*reading.rule = (struct beh_rule){.action = POL_SINKHOLE,
		    .mode = POL_SHADOW,
		    .hold = BEH_HOLD_DEFAULT};
		yaml_take_mapping(
		    yaml, item, rule_keys, COUNT(rule_keys), &reading);
	}
}

/* ---- observing ---- */

static void
take_memory(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct beh_options *options = arg;

	config_take_size(yaml, value, BEH_MEMORY_MIN, BEH_MEMORY_MAX,
	    &options->tracker_memory);
}

static void
take_seen_memory(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct beh_options *options = arg;

	config_take_size(yaml, value, BEH_SEEN_MEMORY_MIN, BEH_SEEN_MEMORY_MAX,
	    &options->seen_memory);
}

static void
take_learning(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct beh_options *options = arg;
	char text[32];
	int64_t seconds;

	if (yaml_is_word(value, "0") || yaml_is_word(value, "none"))
		options->learning = 0;
	else if (!yaml_take_text(yaml, value, "a duration", text, sizeof(text)))
		return;
	else if (when_parse_duration(text, &seconds) != 0 ||
		 seconds > BEH_LEARNING_MAX)
		yaml_error(yaml, value,
		    "expected a duration such as 12h or 7d, up to %dd, or none "
		    "for no learning time, found \"%s\"",
		    BEH_LEARNING_MAX / 86400, text);
	else
		options->learning = (uint32_t)seconds;
}

static const struct yaml_key observe_keys[] = {
    {"memory", false, take_memory},
    {"first-seen-memory", false, take_seen_memory},
    {"learning", false, take_learning},
};

void
config_take_observe(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct loader *loader = arg;

	loader->config->observes = true;
	yaml_take_mapping(yaml, value, observe_keys, COUNT(observe_keys),
	    &loader->config->behaviour.options);
}

void
config_free_rules(struct beh_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		for (size_t j = 0; j < rules->rules[i].condition_count; j++) {
			struct beh_condition *condition =
			    &rules->rules[i].conditions[j];

			for (size_t k = 0; k < condition->item_count; k++)
				free((void *)(uintptr_t)condition->items[k]
					 .octets);
			free(condition->items);
		}
	free(rules->rules);
}
