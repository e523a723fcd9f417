/*
 * explain_json.c - what sinkbound explain found, for a program.
 */
#include <string.h>

#include "tools/describe.h"
#include "tools/explain_p.h"
#include "tools/output.h"

/* What only some indicators have. */
static void
add_risk_json(json_t *object, const struct pol_match *match)
{
	const struct pol_indicator *indicator = &match->indicator;

	if (indicator->risk > 0 || match->feed->risk > 0) {
		json_object_set_new(
		    object, "risk", json_integer(indicator->risk));
		json_object_set_new(
		    object, "feed_risk", json_integer(match->feed->risk));
	}
	if (indicator->category != NULL)
		json_object_set_new(object, "category",
		    json_text(indicator->category, indicator->category_len));
}

static json_t *
match_json(const struct explanation *explanation, size_t i)
{
	const struct pol_match *match = &explanation->matches[i];
	const struct pol_indicator *indicator = &match->indicator;
	const struct pol_subject listed = describe_subject(match);
	bool is_rule = match->trigger == POL_ON_RULE;
	char name[POL_NAME_TEXT_MAX];
	json_t *object;

	object = json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:b, s:o, s:o}",
	    "status", explain_mark(explanation, i), is_rule ? "rule" : "feed",
	    match->feed->name, "trigger", pol_trigger_text(match->trigger),
	    "matched", pol_subject_to_text(&listed, name), "scope",
	    pol_scope_text(indicator->scope), "action",
	    pol_action_text(match->action), "mode", pol_mode_text(match->mode),
	    "since", json_time(indicator->since), "until",
	    json_time(pol_indicator_end(indicator, match->feed)), "unlisted",
	    indicator->unlisted, "by",
	    json_text(indicator->by, indicator->by_len),
	    is_rule ? "conditions" : "reference",
	    json_text(indicator->reference, indicator->reference_len));
	add_risk_json(object, match);
	return object;
}

static json_t *
matches_json(const struct explanation *explanation)
{
	json_t *matches = json_array();

	for (size_t i = 0; i < explanation->count; i++)
		json_array_append_new(matches, match_json(explanation, i));
	return matches;
}

static json_t *
answer_json(const struct explanation *explanation, bool decided,
    const struct pol_match *match)
{
	if (!decided)
		return json_null();
	return describe_answer_json(
	    match, &explanation->query, &explanation->snapshot->settings);
}

static json_t *
text_or_null(const char *text)
{
	return *text != '\0' ? json_text(text, strlen(text)) : json_null();
}

static json_t *
origin_json(const struct explanation *explanation)
{
	const struct pol_origin *origin = &explanation->origin;
	char text[RANGE_TEXT_MAX];

	if (!explanation->has_origin)
		return json_null();
	return json_pack("{s:o, s:I, s:o, s:o}", "range",
	    explanation->subject.kind == POL_PREFIX
		? json_string(explain_range(origin, text))
		: json_null(),
	    "asn", (json_int_t)origin->asn, "holder",
	    text_or_null(origin->holder), "country",
	    text_or_null(origin->country));
}

/* The members that every role has. */
static json_t *
verdict_json(const struct explanation *explanation)
{
	static const char *const words[] = {[BLOCKED] = "blocked",
	    [ALLOWED] = "allowed",
	    [SHADOW] = "shadow",
	    [SHADOW_CLIENT] = "shadow",
	    [EXEMPT] = "exempt",
	    [NOT_IN_FORCE] = "not in force",
	    [LOW_RISK] = "low risk",
	    [NOT_LISTED] = "not listed"};
	const struct pol_verdict *verdict = &explanation->verdict;
	enum outcome what = explain_outcome(explanation);
	bool is_spared = what == SHADOW_CLIENT || what == EXEMPT;
	/* To a client in shadow mode what is enforced is a shadow match. */
	bool is_shadow = what == SHADOW_CLIENT || verdict->shadowed;

	return json_pack("{s:s, s:o, s:o, s:s?, s:o}", "verdict", words[what],
	    "answer",
	    answer_json(
		explanation, verdict->enforced && !is_spared, &verdict->match),
	    "shadow",
	    answer_json(explanation, is_shadow && what != EXEMPT,
		what == SHADOW_CLIENT ? &verdict->match : &verdict->shadow),
	    "why", verdict->enforced ? explain_why(explanation) : NULL,
	    "matches", matches_json(explanation));
}

static void
add_verdict(json_t *object, const struct explanation *explanation)
{
	json_t *verdict = verdict_json(explanation);

	json_object_update(object, verdict);
	json_decref(verdict);
}

/* As which other triggers the subject is listed. */
static json_t *
elsewhere_json(const struct roles *roles)
{
	json_t *elsewhere = json_array();

	for (size_t i = 1; i < roles->count; i++) {
		const struct explanation *role = &roles->at[i];
		json_t *object = json_pack(
		    "{s:s}", "trigger", pol_trigger_text(role->trigger));

		add_verdict(object, role);
		json_array_append_new(elsewhere, object);
	}
	return elsewhere;
}

static json_t *
client_json(const struct asking *client)
{
	char text[POL_PREFIX_TEXT_MAX];
	const struct pol_group *group = client->group;

	return json_pack("{s:s, s:s?, s:s}", "address",
	    pol_prefix_to_text(&client->address, text), "group",
	    group != NULL ? group->name : NULL, "mode",
	    pol_client_mode_text(
		group != NULL ? group->mode : POL_CLIENT_ENFORCE));
}

bool
explain_print_json(const struct roles *roles)
{
	const struct explanation *first = &roles->at[0];
	char name[POL_NAME_TEXT_MAX];
	json_t *object =
	    json_pack("{s:s, s:s, s:I}", pol_kind_text(first->subject.kind),
		pol_subject_to_text(&first->subject, name), "at",
		show_rfc3339(first->at).text, "generation",
		(json_int_t)first->snapshot->generation);

	if (first->client.is_given)
		json_object_set_new(
		    object, "client", client_json(&first->client));
	add_verdict(object, first);
	json_object_set_new(object, "protected",
	    roles->guarded[0] != '\0' ? json_string(roles->guarded)
				      : json_null());
	json_object_set_new(object, "elsewhere", elsewhere_json(roles));
	if (first->subject.kind != POL_NAME)
		json_object_set_new(object, "origin", origin_json(first));
	return output_json(object);
}
