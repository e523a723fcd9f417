/*
 * config_axfr.c - a feed that is a zone of a primary, in the configuration.
 */
#include <string.h>

#include "tools/config_p.h"
#include "tools/transfer/tsig.h"

/* A zone that is being read. */
struct axfr_reading {
	const struct loader *loader;
	struct transfer_source *source;
};

/* ---- values ---- */

/* Read a name; WHAT it is for the error. */
static void
take_name(struct yaml *yaml, struct fy_node *value, const char *what,
    struct pol_name *name)
{
	char text[POL_NAME_TEXT_MAX];
	struct pol_name found;
	enum pol_name_fault fault;

	if (!yaml_take_text(yaml, value, what, text, sizeof(text)))
		return;
	fault = pol_name_from_text(text, strlen(text), &found);
	if (fault != POL_NAME_OK)
		yaml_error(yaml, value, "expected %s, found \"%s\": %s", what,
		    text, pol_name_fault_text(fault));
	else
		*name = found;
}

static void
take_zone(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct axfr_reading *reading = arg;

	take_name(yaml, value, "a zone's name", &reading->source->zone);
}

static void
take_primary(struct yaml *yaml, struct fy_node *value, void *arg)
{
	static const char what[] = "an IPv4 or IPv6 address";
	const struct axfr_reading *reading = arg;
	uint8_t address[16];
	char text[INET6_ADDRSTRLEN];

	if (!yaml_take_text(yaml, value, what, text, sizeof(text)))
		return;
	if (inet_pton(AF_INET, text, address) == 1 ||
	    inet_pton(AF_INET6, text, address) == 1)
		strcpy(reading->source->primary, text);
	else
		yaml_error(
		    yaml, value, "expected %s, found \"%s\"", what, text);
}

static void
take_port(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct axfr_reading *reading = arg;
	unsigned long port;

	if (yaml_take_number(yaml, value, 1, UINT16_MAX, &port))
		reading->source->port = (uint16_t)port;
}

/* ---- tsig ---- */

static void
take_key_name(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct axfr_reading *reading = arg;

	take_name(yaml, value, "a key's name", &reading->source->key);
}

static void
take_algorithm(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct axfr_reading *reading = arg;
	struct yaml_word words[YAML_KEYS_MAX];
	size_t count;
	int index;

	for (count = 0; tsig_algorithms[count].name != NULL; count++)
		words[count] =
		    (struct yaml_word){tsig_algorithms[count].name, (int)count};
	if (yaml_take_word(yaml, value, "algorithm", words, count, &index))
		reading->source->algorithm = &tsig_algorithms[index];
}

static void
take_key_file(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct axfr_reading *reading = arg;

	config_take_path(yaml, value, reading->loader,
	    reading->source->key_file, sizeof(reading->source->key_file));
}

static const struct yaml_key tsig_keys[] = {
    {"name", true, take_key_name},
    {"algorithm", false, take_algorithm},
    {"key-file", true, take_key_file},
};

static void
take_tsig(struct yaml *yaml, struct fy_node *value, void *arg)
{
	const struct axfr_reading *reading = arg;

	reading->source->algorithm = tsig_algorithm_named("hmac-sha256");
	yaml_take_mapping(yaml, value, tsig_keys, COUNT(tsig_keys), arg);
}

/* ---- the zone ---- */

static const struct yaml_key axfr_keys[] = {
    {"zone", true, take_zone},
    {"primary", true, take_primary},
    {"port", false, take_port},
    {"tsig", false, take_tsig},
};

void
config_take_axfr(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct feed_reading *reading = arg;
	struct fetch_source *source = &reading->feed->fetch;
	struct axfr_reading axfr = {
	    .loader = reading->loader, .source = &source->axfr};

	reading->axfr = value;
	source->kind = FETCH_AXFR;
	source->axfr.port = TRANSFER_PORT_DEFAULT;
	yaml_take_mapping(yaml, value, axfr_keys, COUNT(axfr_keys), &axfr);
}
