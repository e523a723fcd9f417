/*
 * config_value.c - values that several keys of the configuration have.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/config_p.h"
#include "tools/when.h"

/* ---- texts ---- */

bool
config_take_path(struct yaml *yaml, struct fy_node *node,
    const struct loader *loader, char *path, size_t size)
{
	char text[PATH_MAX];
	char whole[2 * PATH_MAX];
	int len;

	if (!yaml_take_text(yaml, node, "a path", text, sizeof(text)))
		return false;
	if (text[0] == '/')
		len = snprintf(whole, sizeof(whole), "%s", text);
	else
		len = snprintf(
		    whole, sizeof(whole), "%s/%s", loader->folder, text);
	if ((size_t)len >= size) {
		yaml_error(
		    yaml, node, "the path is longer than %zu octets", size - 1);
		return false;
	}
	memcpy(path, whole, (size_t)len + 1);
	return true;
}

void
config_set_path(struct loader *loader, char **kept, const char *path)
{
	free(*kept);
	*kept = strdup(path);
	if (*kept == NULL)
		loader->no_memory = true;
}

void
config_keep_path(
    struct yaml *yaml, struct fy_node *node, struct loader *loader, char **kept)
{
	char path[POL_PATH_MAX + 1];

	if (config_take_path(yaml, node, loader, path, sizeof(path)))
		config_set_path(loader, kept, path);
}

#define NAME_TEXT_MAX 63 /* octets of a feed's or a group's name */

bool
config_take_name(
    struct yaml *yaml, struct fy_node *node, char *name, size_t size)
{
	char text[NAME_TEXT_MAX + 1];

	if (!yaml_take_text(yaml, node, "a name", text,
		size < sizeof(text) ? size : sizeof(text)))
		return false;
	if (text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] !=
	    '\0') {
		yaml_error(yaml, node,
		    "expected a name of letters, digits, '.', '_' and '-', "
		    "found \"%s\"",
		    text);
		return false;
	}
	strcpy(name, text);
	return true;
}

/* ---- numbers with units ---- */

bool
config_take_duration(struct yaml *yaml, struct fy_node *node, int64_t min,
    int64_t max, int64_t *seconds)
{
	char text[32];
	int64_t found;

	if (!yaml_take_text(yaml, node, "a duration", text, sizeof(text)))
		return false;
	if (when_parse_duration(text, &found) != 0)
		yaml_error(yaml, node,
		    "expected a duration such as 90m, 12h or 30d, found \"%s\"",
		    text);
	else if (found < min)
		yaml_error(yaml, node,
		    "expected at least %" PRId64 " seconds, found \"%s\"", min,
		    text);
	else if (found > max)
		yaml_error(yaml, node,
		    "expected at most %" PRId64 " seconds, found \"%s\"", max,
		    text);
	else {
		*seconds = found;
		return true;
	}
	return false;
}

bool
config_take_size(struct yaml *yaml, struct fy_node *node, uint64_t min,
    uint64_t max, uint64_t *size)
{
	static const struct {
		const char *name;
		uint64_t octets;
	} units[] = {{"", 1}, {"kB", 1000}, {"MB", 1000000}, {"GB", 1000000000},
	    {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}};
	char text[32], *end;
	uint64_t number;

	if (!yaml_take_text(yaml, node, "a size", text, sizeof(text)))
		return false;
	number = strtoull(text, &end, 10);
	end += strspn(end, " ");
	for (size_t i = 0; text[0] >= '0' && text[0] <= '9' && i < COUNT(units);
	     i++)
		if (strcasecmp(end, units[i].name) == 0 &&
		    number <= max / units[i].octets &&
		    number * units[i].octets >= min) {
			*size = number * units[i].octets;
			return true;
		}
	yaml_error(yaml, node,
	    "expected a size such as 64MB, from %" PRIu64 " to %" PRIu64
	    " octets, found \"%s\"",
	    min, max, text);
	return false;
}

/* ---- words ---- */

bool
config_take_scope(struct yaml *yaml, struct fy_node *node, enum pol_scope last,
    enum pol_scope *scope)
{
	struct yaml_word words[POL_BELOW + 1];
	size_t count = 0;
	int found;

	for (unsigned i = POL_EXACT; i <= last; i++)
		words[count++] = (struct yaml_word){pol_scope_text(i), (int)i};
	if (!yaml_take_word(yaml, node, "scope", words, count, &found))
		return false;
	*scope = (enum pol_scope)found;
	return true;
}

bool
config_take_action(struct yaml *yaml, struct fy_node *node,
    enum pol_action last, enum pol_action *action)
{
	struct yaml_word words[POL_ALLOW + 1];
	size_t count = 0;
	int found;

	for (unsigned i = POL_SINKHOLE; i <= last; i++)
		if (i != POL_CNAME) /* no key says a target */
			words[count++] =
			    (struct yaml_word){pol_action_text(i), (int)i};
	if (!yaml_take_word(yaml, node, "action", words, count, &found))
		return false;
	*action = (enum pol_action)found;
	return true;
}

bool
config_take_mode(struct yaml *yaml, struct fy_node *node, enum pol_mode *mode)
{
	struct yaml_word words[POL_SHADOW + 1];
	int found;

	for (unsigned i = POL_ENFORCE; i <= POL_SHADOW; i++)
		words[i] = (struct yaml_word){pol_mode_text(i), (int)i};
	if (!yaml_take_word(yaml, node, "mode", words, COUNT(words), &found))
		return false;
	*mode = (enum pol_mode)found;
	return true;
}

/* ---- lists ---- */

bool
config_is_list(struct yaml *yaml, struct fy_node *node)
{
	return !yaml_is_null(node) && yaml_expect_sequence(yaml, node);
}

void *
config_make_items(struct yaml *yaml, struct fy_node *node,
    struct loader *loader, const struct config_list *list)
{
	int count;
	void *items;

	if (!config_is_list(yaml, node))
		return NULL;
	count = fy_node_sequence_item_count(node);
	if (count > list->max) {
		yaml_error(yaml, node, "expected at most %d %s, found %d%s",
		    list->max, list->what, count, list->advice);
		return NULL;
	}
	items = calloc((size_t)count + 1, list->size);
	if (items == NULL)
		loader->no_memory = true;
	return items;
}
