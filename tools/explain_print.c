/*
 * explain_print.c - printing what sinkbound explain found.
 */
#include <stdio.h>
#include <string.h>

#include "tools/describe.h"
#include "tools/explain_p.h"
#include "tools/output.h"

/* ---- for a person ---- */

static void
print_verdict(const struct explanation *explanation)
{
	static const char *const heads[] = {[BLOCKED] = "BLOCKED: ",
	    [ALLOWED] = "ALLOWED: ",
	    [SHADOW] = "SHADOW: the real answer; enforced it would be ",
	    [NOT_IN_FORCE] = "NOT IN FORCE: the real answer",
	    [LOW_RISK] = "LOW RISK: the real answer",
	    [NOT_LISTED] = "NOT LISTED: the real answer"};
	const struct pol_verdict *verdict = &explanation->verdict;
	enum outcome what = explain_outcome(explanation);
	char name[POL_NAME_TEXT_MAX];

	printf("%s   %s", pol_subject_to_text(&explanation->subject, name),
	    heads[what]);
	if (what == BLOCKED || what == ALLOWED || what == SHADOW)
		describe_answer(stdout,
		    what == SHADOW ? &verdict->shadow : &verdict->match,
		    &explanation->query, &explanation->snapshot->settings);
	putchar('\n');
}

/* Are these the first and the last address of a prefix of so many bits? */
static bool
is_prefix(const struct pol_origin *origin, unsigned bits)
{
	unsigned octets = pol_address_octets(origin->first.family);

	for (unsigned i = bits; i < 8 * octets; i++) {
		unsigned bit = 0x80U >> (i % 8);

		if ((origin->first.octets[i / 8] & bit) != 0 ||
		    (origin->last.octets[i / 8] & bit) == 0)
			return false;
	}
	return true;
}

/* "192.0.2.0/24", or "192.0.2.0 - 192.0.2.9" where it is no prefix. Ranges are
 * stored as their sources say, merged and without overlaps. */
#define RANGE_TEXT_MAX (2 * POL_PREFIX_TEXT_MAX + 3)
static char *
range_text(const struct pol_origin *origin, char *text)
{
	unsigned bits =
	    (unsigned)pol_address_common(&origin->first, &origin->last);
	unsigned all = 8 * pol_address_octets(origin->first.family);
	struct pol_prefix prefix;
	char first[POL_PREFIX_TEXT_MAX], last[POL_PREFIX_TEXT_MAX];

	if (is_prefix(origin, bits)) {
		pol_prefix_of(&origin->first, bits, &prefix);
		return pol_prefix_to_text(&prefix, text);
	}
	pol_prefix_of(&origin->first, all, &prefix);
	pol_prefix_to_text(&prefix, first);
	pol_prefix_of(&origin->last, all, &prefix);
	snprintf(text, RANGE_TEXT_MAX, "%s - %s", first,
	    pol_prefix_to_text(&prefix, last));
	return text;
}

/* A prefix stands for its first address; another may be decided otherwise. */
static void
print_first_address(const struct pol_prefix *prefix)
{
	unsigned bits = 8 * pol_address_octets(prefix->address.family);
	struct pol_prefix first;
	char text[POL_PREFIX_TEXT_MAX];

	if (describe_is_address(prefix))
		return;
	pol_prefix_of(&prefix->address, bits, &first);
	printf("  decided for its first address, %s\n",
	    pol_prefix_to_text(&first, text));
}

/* Whose network it is. */
static void
print_origin(const struct explanation *explanation)
{
	const struct pol_origin *origin = &explanation->origin;
	char range[RANGE_TEXT_MAX];

	if (explanation->subject.kind == POL_ASN)
		fputs("  holder: ", stdout);
	else if (explanation->has_origin)
		printf("  origin: %s, AS%u, ", range_text(origin, range),
		    (unsigned)origin->asn);
	else
		fputs("  origin: ", stdout);
	if (*origin->holder != '\0')
		output_text(stdout, origin->holder, strlen(origin->holder));
	else
		fputs("unknown", stdout);
	if (*origin->country != '\0')
		printf(", %s", origin->country);
	putchar('\n');
}

/* When it is in force, and its risk where that counts. */
#define DETAILS_MAX (DESCRIBE_PERIOD_MAX + 48)
static void
describe_details(const struct pol_match *match, char *text)
{
	unsigned risk = match->indicator.risk, needed = match->feed->risk;
	size_t len;

	describe_period(&match->indicator, text);
	if (risk == 0 && needed == 0)
		return;
	len = strlen(text);
	len += (size_t)snprintf(text + len, DETAILS_MAX - len, "%srisk %u",
	    len > 0 ? ", " : "", risk);
	if (needed > 0)
		snprintf(
		    text + len, DETAILS_MAX - len, " (feed: from %u)", needed);
}

/* The category and the reference. */
static void
add_remarks(struct table *table, const struct pol_indicator *indicator)
{
	char text[POL_CATEGORY_MAX + 2 + POL_REFERENCE_MAX + 1];
	int len;

	if (indicator->category == NULL) {
		table_text(
		    table, indicator->reference, indicator->reference_len);
		return;
	}
	len = snprintf(text, sizeof(text), "%.*s%s%.*s",
	    (int)indicator->category_len, indicator->category,
	    indicator->reference != NULL ? ": " : "",
	    (int)indicator->reference_len,
	    indicator->reference != NULL ? indicator->reference : "");
	table_text(table, text, (size_t)len);
}

static bool
print_matches(const struct explanation *explanation)
{
	struct table *table = table_new("lllllll");

	for (size_t i = 0; i < explanation->count; i++) {
		const struct pol_match *match = &explanation->matches[i];
		const struct pol_indicator *indicator = &match->indicator;
		const struct pol_subject listed = describe_subject(match);
		char name[POL_NAME_TEXT_MAX];
		char details[DETAILS_MAX];

		describe_details(match, details);
		table_row(table);
		table_cell(table, "  %s", explain_mark(explanation, i));
		table_cell(table, "%s", match->feed->name);
		table_cell(table, "%s", pol_action_text(match->action));
		table_cell(table, "%s",
		    match->kind == POL_NAME ? pol_scope_text(indicator->scope)
					    : pol_kind_text(match->kind));
		table_cell(table, "%s", pol_subject_to_text(&listed, name));
		table_cell(table, "%s", details);
		add_remarks(table, indicator);
	}
	return table_print(table, stdout);
}

bool
explain_print_text(const struct explanation *explanation)
{
	const char *reason = NULL;

	print_verdict(explanation);
	if (explanation->subject.kind == POL_PREFIX)
		print_first_address(&explanation->subject.prefix);
	if (explanation->subject.kind != POL_NAME)
		print_origin(explanation);
	if (explanation->count == 0)
		return true;
	if (!print_matches(explanation))
		return false;
	if (explanation->verdict.enforced)
		reason = explain_why(explanation);
	if (reason != NULL)
		printf("  why: %s\n", reason);
	return true;
}

/* ---- for a program ---- */

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
	char name[POL_NAME_TEXT_MAX];
	json_t *object;

	object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}",
	    "status", explain_mark(explanation, i), "feed", match->feed->name,
	    "trigger", pol_trigger_text(match->trigger), "matched",
	    pol_subject_to_text(&listed, name), "scope",
	    pol_scope_text(indicator->scope), "action",
	    pol_action_text(match->action), "mode", pol_mode_text(match->mode),
	    "since", json_time(indicator->since), "until",
	    json_time(indicator->until), "reference",
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
		? json_string(range_text(origin, text))
		: json_null(),
	    "asn", (json_int_t)origin->asn, "holder",
	    text_or_null(origin->holder), "country",
	    text_or_null(origin->country));
}

bool
explain_print_json(const struct explanation *explanation)
{
	static const char *const words[] = {[BLOCKED] = "blocked",
	    [ALLOWED] = "allowed",
	    [SHADOW] = "shadow",
	    [NOT_IN_FORCE] = "not in force",
	    [LOW_RISK] = "low risk",
	    [NOT_LISTED] = "not listed"};
	const struct pol_verdict *verdict = &explanation->verdict;
	const char *reason =
	    verdict->enforced ? explain_why(explanation) : NULL;
	char name[POL_NAME_TEXT_MAX];
	json_t *object = json_pack("{s:s, s:s, s:I, s:s, s:o, s:o, s:s?, s:o}",
	    pol_kind_text(explanation->subject.kind),
	    pol_subject_to_text(&explanation->subject, name), "at",
	    show_rfc3339(explanation->at).text, "generation",
	    (json_int_t)explanation->snapshot->generation, "verdict",
	    words[explain_outcome(explanation)], "answer",
	    answer_json(explanation, verdict->enforced, &verdict->match),
	    "shadow",
	    answer_json(explanation, verdict->shadowed, &verdict->shadow),
	    "why", reason, "matches", matches_json(explanation));

	if (explanation->subject.kind != POL_NAME)
		json_object_set_new(object, "origin", origin_json(explanation));
	return output_json(object);
}
