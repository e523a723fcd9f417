/*
 * behaviour.c - what verbs read of rules and of what the resolver has learned.
 */
#include "tools/behaviour.h"

#include <string.h>

#include "policy/error.h"
#include "tools/output.h"

static int
read_rules(const struct pol_snapshot *snapshot, struct behaviour *behaviour)
{
	const uint8_t *octets;
	size_t len;
	int found = pol_snapshot_rules(snapshot, &octets, &len);

	if (found == 1)
		found = beh_rules_decode(octets, len, &behaviour->rules);
	if (found < 0)
		output_error("the rules cannot be read: %s. Run `sinkbound "
			     "apply` to write them again.",
		    pol_strerror(found));
	return found < 0 ? found : 0;
}

int
behaviour_begin(const struct config *config,
    const struct pol_snapshot *snapshot, struct behaviour *behaviour)
{
	int error;

	memset(behaviour, 0, sizeof(*behaviour));
	error = read_rules(snapshot, behaviour);
	if (error != 0 || !beh_observed_path(config->database, behaviour->path,
			      sizeof(behaviour->path)))
		return error;
	error = beh_observed_open(behaviour->path, &behaviour->observed);
	if (error == 0 || error == POL_ENOENT)
		return 0;
	output_error("%s: %s: what the resolver has learned is not known",
	    behaviour->path, pol_strerror(error));
	return error;
}

void
behaviour_end(struct behaviour *behaviour)
{
	beh_observed_close(behaviour->observed);
	beh_rules_free(behaviour->rules);
	memset(behaviour, 0, sizeof(*behaviour));
}

struct search {
	const struct pol_name *name;
	int64_t at;
	struct beh_question question;
};

static int
take_block(const struct beh_block *block, void *arg)
{
	struct search *search = arg;

	return beh_block_covers(block, search->name, search->at)
		   ? beh_standing_take(block, &search->question)
		   : 0;
}

int
behaviour_standing(const struct behaviour *behaviour,
    const struct pol_name *name, const struct beh_client *client, int64_t at,
    struct beh_standing *standing)
{
	struct search search = {.name = name,
	    .at = at,
	    .question = {.rules = behaviour->rules,
		.name = name->wire,
		.len = name->len,
		.client = client,
		.standing = standing}};

	beh_standing_clear(standing);
	if (behaviour->rules == NULL || behaviour->observed == NULL)
		return 0;
	return beh_observed_each_block(
	    behaviour->observed, take_block, &search);
}
