/*
 * config_clients.c - the groups of clients in the configuration.
 */
#include <string.h>

#include "policy/error.h"
#include "tools/config_p.h"

/* A group that is being read. Its keys may come in any order. */
struct group_reading {
	char name[POL_GROUP_NAME_MAX + 1];
	int mode;
	struct fy_node *prefixes; /* NULL: not given */
};

static const struct yaml_word modes[] = {
    {"enforce", POL_CLIENT_ENFORCE},
    {"shadow", POL_CLIENT_SHADOW},
    {"exempt", POL_CLIENT_EXEMPT},
};

static void
take_name(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct group_reading *group = arg;

	config_take_name(yaml, value, group->name, sizeof(group->name));
}

static void
take_mode(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct group_reading *group = arg;

	yaml_take_word(yaml, value, "mode", modes, COUNT(modes), &group->mode);
}

static void
take_prefixes(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct group_reading *group = arg;

	if (yaml_expect_sequence(yaml, value))
		group->prefixes = value;
}

static const struct yaml_key group_keys[] = {
    {"name", true, take_name},
    {"prefixes", true, take_prefixes},
    {"mode", false, take_mode},
};

/* Report what the library refuses. */
static void
check_error(
    struct yaml *yaml, struct fy_node *node, struct loader *loader, int error)
{
	if (error == POL_ENOMEM)
		loader->no_memory = true;
	else if (error == POL_ERANGE)
		yaml_error(yaml, node,
		    "expected at most %d groups with %d prefixes in all",
		    POL_GROUPS_MAX, POL_GROUP_PREFIXES_MAX);
	else if (error != 0)
		yaml_error(yaml, node, "another group has the same name");
}

static int
take_prefix(struct yaml *yaml, struct fy_node *node, struct loader *loader)
{
	char text[POL_PREFIX_TEXT_MAX];
	struct pol_prefix prefix;
	enum pol_prefix_fault fault;
	int error;

	if (!yaml_take_text(yaml, node, "a prefix", text, sizeof(text)))
		return 0;
	fault = pol_prefix_from_text(text, strlen(text), &prefix);
	if (fault != POL_PREFIX_OK) {
		yaml_error(yaml, node,
		    "expected a prefix like 192.0.2.0/24, found \"%s\": %s",
		    text, pol_prefix_fault_text(fault));
		return 0;
	}
	error = pol_clients_add_prefix(loader->config->clients, &prefix);
	check_error(yaml, node, loader, error);
	return error;
}

static int
take_group(struct yaml *yaml, struct fy_node *node, struct loader *loader)
{
	struct group_reading group = {.mode = POL_CLIENT_ENFORCE};
	struct fy_node *item;
	void *next = NULL;
	int error;

	if (!yaml_take_mapping(
		yaml, node, group_keys, COUNT(group_keys), &group) ||
	    group.name[0] == '\0')
		return 0;
	error = pol_clients_add_group(loader->config->clients, group.name,
	    (enum pol_client_mode)group.mode);
	check_error(yaml, node, loader, error);
	if (group.prefixes == NULL)
		return error;
	while (error == 0 &&
	       (item = fy_node_sequence_iterate(group.prefixes, &next)) != NULL)
		error = take_prefix(yaml, item, loader);
	return error;
}

void
config_take_clients(struct yaml *yaml, struct fy_node *value, void *arg)
{
	struct loader *loader = arg;
	char text[POL_PREFIX_TEXT_MAX];
	struct pol_prefix twice;
	struct fy_node *item;
	void *next = NULL;
	int error = 0;

	if (!config_is_list(yaml, value))
		return;
	loader->config->clients = pol_clients_new();
	if (loader->config->clients == NULL) {
		loader->no_memory = true;
		return;
	}
	/* Stop where there are too many, or memory is short. */
	while (error != POL_ERANGE && error != POL_ENOMEM &&
	       (item = fy_node_sequence_iterate(value, &next)) != NULL)
		error = take_group(yaml, item, loader);
	if (pol_clients_sort(loader->config->clients, &twice) != 0)
		yaml_error(yaml, value, "the prefix %s is given twice",
		    pol_prefix_to_text(&twice, text));
}
