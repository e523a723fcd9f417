/*
 * status_rules.c - what sinkbound status says of rules and of what was learned.
 */
#include "tools/status_rules.h"

#include <stdio.h>

#include "tools/output.h"

/* How many names each rule blocks, or would. */
struct count {
	const struct beh_rules *rules;
	int64_t now;
	size_t names[BEH_RULES_MAX];
};

static int
count_block(const struct beh_block *block, void *arg)
{
	struct count *count = arg;
	const struct beh_rule *rule = beh_rules_find(count->rules, block->rule);

	if (rule != NULL && block->until > count->now)
		count->names[rule - count->rules->rules]++;
	return 0;
}

static void
count_blocks(
    const struct behaviour *behaviour, int64_t now, struct count *count)
{
	*count = (struct count){.rules = behaviour->rules, .now = now};
	if (behaviour->observed != NULL)
		(void)beh_observed_each_block(
		    behaviour->observed, count_block, count);
}

static uint64_t
seen_max(const struct behaviour *behaviour)
{
	return beh_seen_max(behaviour->rules->options.seen_memory);
}

static void
print_observed(const struct behaviour *behaviour, int64_t now)
{
	struct beh_observed_stat stat;
	int64_t began, until;

	if (behaviour->observed == NULL ||
	    beh_observed_stat(behaviour->observed, &stat) != 0) {
		puts("observed  nothing yet");
		return;
	}
	began = beh_observed_began(behaviour->observed);
	until = began + (int64_t)behaviour->rules->options.learning;
	printf("observed  since %s: %s domains and networks, %s of names, %s\n",
	    show_time(began).text, show_number(stat.seen).text,
	    show_count(stat.states, "window").text, show_size(stat.size).text);
	if (stat.seen >= seen_max(behaviour))
		puts("          as many as `first-seen-memory` allows: what "
		     "comes beyond them is\n"
		     "          first seen again after a restart");
	if (until > now)
		printf("          learning until %s: until then nothing is "
		       "first seen\n",
		    show_time(until).text);
}

void
status_rules_print(const struct behaviour *behaviour, int64_t now)
{
	const struct beh_rules *rules = behaviour->rules;
	struct count count;

	if (rules == NULL)
		return;
	count_blocks(behaviour, now, &count);
	for (size_t i = 0; i < rules->count; i++)
		printf("rule      %s: %s, %s %s\n", rules->rules[i].name,
		    pol_mode_text(rules->rules[i].mode),
		    rules->rules[i].mode == POL_SHADOW ? "would block"
						       : "blocks",
		    show_count(count.names[i], "name").text);
	print_observed(behaviour, now);
}

static json_t *
rules_json(const struct behaviour *behaviour, int64_t now)
{
	const struct beh_rules *rules = behaviour->rules;
	json_t *array = json_array();
	struct count count;

	if (rules == NULL)
		return array;
	count_blocks(behaviour, now, &count);
	for (size_t i = 0; i < rules->count; i++) {
		const struct beh_rule *rule = &rules->rules[i];

		json_array_append_new(
		    array, json_pack("{s:s, s:s, s:s, s:I}", "name", rule->name,
			       "mode", pol_mode_text(rule->mode), "action",
			       pol_action_text(rule->action), "names",
			       (json_int_t)count.names[i]));
	}
	return array;
}

static json_t *
observed_json(const struct behaviour *behaviour)
{
	struct beh_observed_stat stat;
	int64_t began;

	if (behaviour->rules == NULL || behaviour->observed == NULL ||
	    beh_observed_stat(behaviour->observed, &stat) != 0)
		return json_null();
	began = beh_observed_began(behaviour->observed);
	return json_pack("{s:o, s:o, s:I, s:I, s:I, s:I}", "since",
	    json_time(began), "learning-until",
	    json_time(began + (int64_t)behaviour->rules->options.learning),
	    "seen", (json_int_t)stat.seen, "seen-max",
	    (json_int_t)seen_max(behaviour), "windows", (json_int_t)stat.states,
	    "size", (json_int_t)stat.size);
}

void
status_rules_json(
    json_t *object, const struct behaviour *behaviour, int64_t now)
{
	json_object_set_new(object, "rules", rules_json(behaviour, now));
	json_object_set_new(object, "observed", observed_json(behaviour));
}
