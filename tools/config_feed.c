/*
 * config_feed.c - one feed of the configuration.
 */
#include <string.h>

#include "tools/config_p.h"

static const struct yaml_word edes[] = {
    {"blocked", POL_EDE_BLOCKED},
    {"censored", POL_EDE_CENSORED},
    {"filtered", POL_EDE_FILTERED},
    {"none", POL_EDE_NONE},
};

static void
take_name(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct feed_reading *reading = arg;
	const struct config_feed *feed = reading->feed;
	const struct config_feed *other;
	char name[POL_FEED_NAME_MAX + 1];

	if (!config_take_name(yaml, value, name, sizeof(name)))
		return;
	if (strcmp(name, POL_OPERATOR_NAME) == 0) {
		yaml_error(yaml, value,
		    "the name \"%s\" is taken: it is that of the names "
		    "blocked and allowed by hand",
		    name);
		return;
	}
	for (other = reading->loader->config->feeds; other < feed; other++)
		if (strcmp(other->name, name) == 0) {
			yaml_error(yaml, value,
			    "the feed on line %u has the name \"%s\" too",
			    other->line, name);
			return;
		}
	memcpy(reading->feed->name, name, sizeof(name));
}

static void
take_file(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct feed_reading *reading = arg;

	reading->file = value;
	/* The database keeps it as the feed's source. */
	config_take_path(yaml, value, reading->loader, reading->feed->file,
	    POL_FEED_SOURCE_MAX + 1);
}

void
config_take_list_format(
    struct yaml *yaml, struct fy_node *value, const struct feed_format **format)
{
	struct yaml_word words[YAML_KEYS_MAX];
	size_t count;
	int index;

	for (count = 0; feed_formats[count] != NULL; count++)
		words[count] =
		    (struct yaml_word){feed_formats[count]->name, (int)count};
	if (yaml_take_word(yaml, value, "format", words, count, &index))
		*format = feed_formats[index];
}

static void
take_format(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct feed_reading *reading = arg;

	reading->format = value;
	config_take_list_format(yaml, value, &reading->feed->format);
}

static void
take_scope(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct feed_reading *reading = arg;
	struct feed_options *options = &reading->feed->options;

	if (!config_take_scope(yaml, value, POL_BELOW, &options->scope))
		return;
	options->has_scope = true;
	reading->scope = value;
}

static void
take_action(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct feed_reading *reading = arg;
	struct config_feed *feed = reading->feed;

	if (yaml_is_word(value, "cname")) {
		yaml_error(yaml, value,
		    "a feed cannot have the action \"cname\": only the records "
		    "of an rpz feed say a target");
		return;
	}
	if (config_take_action(yaml, value, POL_ALLOW, &feed->action))
		feed->options.has_action = true;
}

static void
take_mode(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct feed_reading *reading = arg;

	config_take_mode(yaml, value, &reading->feed->mode);
}

static void
take_ede(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct feed_reading *reading = arg;
	int ede;

	if (yaml_take_word(yaml, value, "ede", edes, COUNT(edes), &ede))
		reading->feed->ede = (enum pol_ede)ede;
}

/* Add the trigger that NODE names to the feed's. */
static void
take_trigger(
    struct yaml *yaml, struct fy_node *node, struct feed_reading *reading)
{
	struct yaml_word words[POL_TRIGGERS];
	size_t count = 0;
	int bit;

	for (unsigned i = 0; i < POL_TRIGGERS; i++)
		if (i != POL_ON_ASN) /* is an "ip" */
			words[count++] = (struct yaml_word){
			    pol_trigger_text(i), (int)pol_trigger_serves(i)};
	if (yaml_take_word(yaml, node, "trigger", words, count, &bit))
		reading->feed->triggers |= (uint8_t)bit;
}

static void
take_triggers(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct feed_reading *reading = arg;
	struct fy_node *item;
	void *next = NULL;

	reading->triggers = value;
	if (yaml_is_null(value) || !fy_node_is_sequence(value)) {
		take_trigger(yaml, value, reading);
		return;
	}
	if (fy_node_sequence_item_count(value) == 0)
		yaml_error(yaml, value, "expected a trigger or more");
	while ((item = fy_node_sequence_iterate(value, &next)) != NULL)
		take_trigger(yaml, item, reading);
}

static void
take_risk(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct feed_reading *reading = arg;
	unsigned long risk;

	reading->risk = value;
	if (yaml_take_number(yaml, value, 0, POL_RISK_MAX, &risk))
		reading->feed->risk = (uint8_t)risk;
}

/* Which attributes of MISP are indicators. */
static void
take_attributes(struct yaml *yaml, struct fy_node *value, void *arg)
{
	static const struct yaml_word words[] = {{"flagged", 0}, {"all", 1}};
	struct feed_reading *reading = arg;
	int all;

	reading->attributes = value;
	if (yaml_take_word(
		yaml, value, "attributes", words, COUNT(words), &all))
		reading->feed->options.all_attributes = all != 0;
}

static const struct yaml_key feed_keys[] = {
    {"name", true, take_name},
    {"file", false, take_file},
    {"url", false, config_take_url},
    {"axfr", false, config_take_axfr},
    {"every", false, config_take_every},
    {"timeout", false, config_take_timeout},
    {"max-size", false, config_take_max_size},
    {"ca-file", false, config_take_ca_file},
    {"expires", false, config_take_expires},
    {"max-change", false, config_take_max_change},
    {"trust", false, config_take_trust},
    {"format", true, take_format},
    {"scope", false, take_scope},
    {"attributes", false, take_attributes},
    {"triggers", false, take_triggers},
    {"risk", false, take_risk},
    {"action", false, take_action},
    {"mode", false, take_mode},
    {"ede", false, take_ede},
};

/* Report what the feed's format has no use for. */
static void
check_format(struct yaml *yaml, const struct feed_reading *reading)
{
	const struct config_feed *feed = reading->feed;
	const char *format = feed->format->name;
	unsigned possible = feed->format->triggers;

	if (possible == 0 && reading->scope != NULL)
		yaml_error(yaml, reading->scope,
		    "the records of an %s feed say their scope themselves: "
		    "expected no scope",
		    format);
	if (possible == 0 && reading->triggers != NULL)
		yaml_error(yaml, reading->triggers,
		    "the records of an %s feed say their triggers themselves: "
		    "expected no triggers",
		    format);
	if (possible == POL_SERVES_ADDRESSES && reading->scope != NULL)
		yaml_error(yaml, reading->scope,
		    "a feed of the format \"%s\" lists no names: expected no "
		    "scope",
		    format);
	if (possible != 0 &&
	    (feed->triggers & ~(possible | POL_SERVES_RULES)) != 0)
		yaml_error(yaml, reading->triggers,
		    possible == POL_SERVES_NAMES
			? "a feed of the format \"%s\" lists names: expected "
			  "qname, cname or nsdname as triggers"
			: "a feed of the format \"%s\" lists networks: "
			  "expected ip or nsip as triggers",
		    format);
	if ((possible & POL_SERVES_ADDRESSES) == 0 && reading->risk != NULL)
		yaml_error(yaml, reading->risk,
		    "the entries of a feed of the format \"%s\" have no risk: "
		    "expected no risk",
		    format);
	if (feed->format != &feed_misp && reading->attributes != NULL)
		yaml_error(yaml, reading->attributes,
		    "a feed of the format \"%s\" has no attributes: expected "
		    "none of the key \"attributes\"",
		    format);
	if (feed->format->protects && feed->action != POL_ALLOW)
		yaml_error(yaml, reading->format,
		    "a feed of the format \"%s\" lists what must not be "
		    "blocked: expected the action \"allow\"",
		    format);
}

void
config_take_feed(
    struct yaml *yaml, struct fy_node *node, const struct loader *loader)
{
	struct config_feed *feed = loader->feed;
	struct feed_reading reading = {.loader = loader, .feed = feed};

	*feed = (struct config_feed){
	    .line = yaml_line(yaml, node),
	    .action = POL_SINKHOLE,
	    .mode = POL_ENFORCE,
	    .ede = POL_EDE_BLOCKED,
	    .max_change = CONFIG_CHANGE_DEFAULT,
	    .fetch = {.timeout = FETCH_TIMEOUT_DEFAULT,
		.max_size = FETCH_SIZE_DEFAULT},
	};
	if (!yaml_take_mapping(
		yaml, node, feed_keys, COUNT(feed_keys), &reading))
		return;
	config_check_source(yaml, node, &reading);
	if (feed->format != NULL)
		check_format(yaml, &reading);
}
