/*
 * preview_report.c - what a preview found.
 */
#include <string.h>

#include "tools/preview_p.h"

static const char *
outcome_text(enum outcome outcome)
{
	static const char *const texts[WHATIF_KEPT] = {
	    [WHATIF_BLOCKED] = "newly blocked",
	    [WHATIF_SHADOW] = "only logged",
	    [WHATIF_UNBLOCKED] = "no longer blocked"};

	return texts[outcome];
}

/* ---- for a person ---- */

static bool
print_candidate(const struct preview_copy *copy)
{
	struct table *table = table_new("lrrrl");

	if (table == NULL)
		return false;
	apply_add_feed(table, &copy->feed, 0);
	if (!table_print(table, stdout))
		return false;
	if (copy->was_shadow)
		puts("configured in shadow mode; this is as if it were "
		     "enforced");
	if (copy->is_refused)
		printf("an apply would refuse it: %s\n", copy->feed.refusal);
	return true;
}

static bool
print_ranks(const struct preview_top *top)
{
	struct table *table;

	if (top->shown == 0)
		return true;
	table = table_new("rll");
	if (table == NULL)
		return false;
	for (size_t i = 0; i < top->shown; i++) {
		char text[POL_NAME_TEXT_MAX];

		table_row(table);
		table_cell(table, "%s", show_number(top->ranks[i].rank).text);
		pol_name_to_text(top->ranks[i].name.wire, text);
		table_text(table, text, strlen(text));
		table_cell(table, "%s", outcome_text(top->ranks[i].outcome));
	}
	return table_print(table, stdout);
}

static bool
print_top(const struct preview *preview)
{
	const struct preview_top *top = &preview->top;

	if (!top->is_read)
		return true;
	printf("\ntop list: %s, of which %s newly blocked, %s only "
	       "logged, %s no longer blocked\n",
	    show_count(top->names, "name").text,
	    show_number(top->counts[WHATIF_BLOCKED]).text,
	    show_number(top->counts[WHATIF_SHADOW]).text,
	    show_number(top->counts[WHATIF_UNBLOCKED]).text);
	return print_ranks(top);
}

static void
print_others(const struct whatif *whatif)
{
	const uint64_t *before = whatif->counts[WHATIF_AS_BEFORE];

	if (tally_count(before) > 0)
		printf("blocked before and after: %s\n",
		    whatif_queries(before).text);
	if (tally_count(whatif->spared) > 0)
		printf("of clients that are exempt or in shadow mode: %s, not "
		       "in the above\n",
		    whatif_queries(whatif->spared).text);
}

static bool
print_log(struct preview *preview)
{
	struct whatif *whatif = &preview->whatif;

	if (whatif->log.path == NULL)
		return true;
	putchar('\n');
	whatif_print_log(whatif);
	whatif_print_sum(whatif, WHATIF_BLOCKED, "newly blocked");
	if (tally_sum(whatif->tally, WHATIF_SHADOW)->names > 0)
		whatif_print_sum(whatif, WHATIF_SHADOW,
		    "only logged, as the feed is not trusted with names of "
		    "the top list");
	if (tally_sum(whatif->tally, WHATIF_UNBLOCKED)->names > 0)
		whatif_print_sum(whatif, WHATIF_UNBLOCKED, "no longer blocked");
	print_others(whatif);
	if (!whatif_print_names(whatif))
		return false;
	whatif_print_notes(whatif);
	return true;
}

bool
preview_print(struct preview *preview)
{
	return print_candidate(&preview->copy) && print_top(preview) &&
	       print_log(preview);
}

/* ---- for a program ---- */

static json_t *
top_json(const struct preview_top *top)
{
	json_t *names;

	if (!top->is_read)
		return json_null();
	names = json_array();
	for (size_t i = 0; i < top->shown; i++) {
		char text[POL_NAME_TEXT_MAX];

		json_array_append_new(
		    names, json_pack("{s:I, s:s, s:s}", "rank",
			       (json_int_t)top->ranks[i].rank, "name",
			       pol_name_to_text(top->ranks[i].name.wire, text),
			       "verdict", outcome_text(top->ranks[i].outcome)));
	}
	return json_pack("{s:I, s:I, s:I, s:I, s:o}", "names",
	    (json_int_t)top->names, "newly-blocked",
	    (json_int_t)top->counts[WHATIF_BLOCKED], "only-logged",
	    (json_int_t)top->counts[WHATIF_SHADOW], "no-longer-blocked",
	    (json_int_t)top->counts[WHATIF_UNBLOCKED], "first", names);
}

static json_t *
log_json(struct preview *preview)
{
	struct whatif *whatif = &preview->whatif;

	if (whatif->log.path == NULL)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:I, s:b, s:o}", "log",
	    whatif_log_json(whatif), "newly-blocked",
	    whatif_sum_json(whatif, WHATIF_BLOCKED), "only-logged",
	    whatif_sum_json(whatif, WHATIF_SHADOW), "no-longer-blocked",
	    whatif_sum_json(whatif, WHATIF_UNBLOCKED), "queries-as-before",
	    (json_int_t)tally_count(whatif->counts[WHATIF_AS_BEFORE]),
	    "queries-spared", (json_int_t)tally_count(whatif->spared),
	    "complete", whatif_is_complete(whatif), "names",
	    whatif_names_json(whatif));
}

bool
preview_print_json(struct preview *preview)
{
	const struct preview_copy *copy = &preview->copy;

	return output_json(json_pack("{s:o, s:b, s:b, s:s?, s:o, s:o}", "feed",
	    apply_feed_json(&copy->feed), "configured", copy->is_configured,
	    "shadow", copy->was_shadow, "refusal",
	    copy->is_refused ? copy->feed.refusal : NULL, "top-list",
	    top_json(&preview->top), "against", log_json(preview)));
}
