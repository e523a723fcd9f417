/*
 * apply_report.c - what an apply did, feed by feed.
 */
#include <string.h>

#include "tools/apply_p.h"
#include "tools/output.h"

/* ---- for a person ---- */

/* Why some entries were rejected, with the first of them. */
static void
add_fault(
    struct table *table, const struct fault_count *count, const char *reason)
{
	char report[FAULT_REPORT_MAX];

	if (count->count == 0)
		return;
	table_row(table);
	table_cell(table, "    %s", fault_report(count, reason, report));
}

static void
add_change(struct table *table, const struct pol_import_result *result)
{
	if (result->added == 0 && result->removed == 0)
		table_cell(table, "no change");
	else
		table_cell(table, "+%s  -%s", show_number(result->added).text,
		    show_number(result->removed).text);
	table_cell(table, "%s unchanged", show_number(result->unchanged).text);
}

static void
add_rejected(struct table *table, uint64_t rejected)
{
	if (rejected > 0)
		table_cell(table, "%s rejected", show_number(rejected).text);
	else
		table_cell(table, "%s", "");
}

/* What a feed with `expires` lists no more. */
static void
add_ageing(struct table *table, const struct pol_import_result *result)
{
	if (result->lingering > 0) {
		table_row(table);
		table_cell(table, "    %s of the removed stay until they expire",
		    show_number(result->lingering).text);
	}
	if (result->expired > 0) {
		table_row(table);
		table_cell(table, "    %s removed earlier, now expired",
		    show_number(result->expired).text);
	}
}

void
apply_add_feed(struct table *table, const struct apply_feed *feed, int width)
{
	table_row(table);
	table_cell(table, "%-*s", width, feed->config->name);
	table_cell(
	    table, "%s read", show_number(feed_parse_read(&feed->parse)).text);
	add_change(table, &feed->result);
	add_rejected(table, feed_parse_rejected(&feed->parse));
	if (feed->parse.reason[0] != '\0') {
		table_row(table);
		table_cell(table, "    read as %s: %s",
		    feed->parse.format->name, feed->parse.reason);
	}
	for (int fault = 0; fault < FEED_FAULTS; fault++)
		add_fault(table, &feed->parse.faults[fault],
		    feed_fault_text((enum feed_fault)fault));
	/* No fault, but it must not go unseen. */
	add_fault(
	    table, &feed->parse.popular, "in the top list, so in shadow mode");
	add_ageing(table, &feed->result);
}

static void
add_source(struct table *table, const struct apply_source *source)
{
	const char *slash = strrchr(source->config->file, '/');

	table_row(table);
	table_cell(table, "origin %s", slash + 1);
	table_cell(table, "%s read",
	    show_number(origin_parse_read(&source->parse)).text);
	table_cell(table, "%s", "");
	table_cell(table, "%s", "");
	add_rejected(table, origin_parse_rejected(&source->parse));
	for (int fault = 0; fault < ORIGIN_FAULTS; fault++)
		add_fault(table, &source->parse.faults[fault],
		    origin_fault_text((enum origin_fault)fault));
}

/* The sources, then what they are together. */
static void
add_origin(struct table *table, const struct apply *apply)
{
	const struct apply_origin *origin = &apply->origin;

	for (size_t i = 0; i < apply->config->origin_count; i++)
		add_source(table, &origin->sources[i]);
	if (apply->config->origin_count == 0)
		return;
	table_row(table);
	table_cell(table, "origin ranges");
	table_cell(table, "%s kept", show_number(origin->count.stored).text);
	add_change(table, &origin->result.ranges);
	table_cell(table, "%s overlapping, %s not routed",
	    show_number(origin->count.overlaps).text,
	    show_number(origin->count.unrouted).text);
	table_row(table);
	table_cell(table, "origin holders");
	table_cell(table, "%s kept", show_number(origin->count.holders).text);
	add_change(table, &origin->result.holders);
}

/* A commit that changed no entry must not look as if it had no reason. */
static bool
only_settings_changed(const struct apply *apply)
{
	/* A feed that expires is noted to have been checked. */
	for (size_t i = 0; i < apply->config->feed_count; i++)
		if (apply->feeds[i].result.added +
			    apply->feeds[i].result.removed +
			    apply->feeds[i].result.expired >
			0 ||
		    apply->config->feeds[i].expires != 0)
			return false;
	return apply->result.changed && apply->gone_count == 0 &&
	       !apply_changed_origin(apply);
}

bool
apply_print(const struct apply *apply)
{
	struct table *table = table_new("lrrrl");
	bool printed;

	for (size_t i = 0; i < apply->config->feed_count; i++)
		if (!apply->feeds[i].lacks_copy)
			apply_add_feed(table, &apply->feeds[i], 0);
	add_origin(table, apply);
	printed = table_print(table, stdout);
	for (size_t i = 0; i < apply->gone_count; i++)
		printf("%s is not configured any more: %s removed\n",
		    apply->gone[i].name,
		    show_number(apply->gone[i].entries).text);
	if (apply->config->origin_count == 0 && apply_changed_origin(apply))
		printf("origin data is not configured any more: %s ranges "
		       "removed\n",
		    show_number(apply->origin.result.ranges.removed).text);
	if (only_settings_changed(apply))
		puts("the settings changed, the entries did not");
	if (apply->result.changed)
		printf("generation %s committed in %.2f s\n",
		    show_number(apply->result.generation).text,
		    progress_seconds(&apply->progress));
	else
		printf("no change: generation %s stays\n",
		    show_number(apply->result.generation).text);
	return printed;
}

/* ---- for a program ---- */

static void
append_fault(
    json_t *faults, const struct fault_count *count, const char *reason)
{
	if (count->count > 0)
		json_array_append_new(faults, fault_json(count, reason));
}

static json_t *
faults_json(const struct feed_parse *parse)
{
	json_t *faults = json_array();

	for (int fault = 0; fault < FEED_FAULTS; fault++)
		append_fault(faults, &parse->faults[fault],
		    feed_fault_text((enum feed_fault)fault));
	return faults;
}

static json_t *
source_faults_json(const struct origin_parse *parse)
{
	json_t *faults = json_array();

	for (int fault = 0; fault < ORIGIN_FAULTS; fault++)
		append_fault(faults, &parse->faults[fault],
		    origin_fault_text((enum origin_fault)fault));
	return faults;
}

static json_t *
sources_json(const struct apply *apply)
{
	json_t *sources = json_array();

	for (size_t i = 0; i < apply->config->origin_count; i++) {
		const struct apply_source *source = &apply->origin.sources[i];
		const struct origin_parse *parse = &source->parse;

		json_array_append_new(sources,
		    json_pack("{s:s, s:I, s:I, s:o}", "file",
			source->config->file, "read",
			(json_int_t)origin_parse_read(parse), "rejected",
			(json_int_t)origin_parse_rejected(parse), "reasons",
			source_faults_json(parse)));
	}
	return sources;
}

static json_t *
result_json(uint64_t kept, const struct pol_import_result *result)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "kept", (json_int_t)kept,
	    "added", (json_int_t)result->added, "removed",
	    (json_int_t)result->removed, "unchanged",
	    (json_int_t)result->unchanged);
}

static json_t *
origin_json(const struct apply *apply)
{
	const struct apply_origin *origin = &apply->origin;

	return json_pack("{s:o, s:I, s:I, s:o, s:o}", "sources",
	    sources_json(apply), "overlapping",
	    (json_int_t)origin->count.overlaps, "not_routed",
	    (json_int_t)origin->count.unrouted, "ranges",
	    result_json(origin->count.stored, &origin->result.ranges),
	    "holders",
	    result_json(origin->count.holders, &origin->result.holders));
}

json_t *
apply_feed_json(const struct apply_feed *feed)
{
	const struct feed_parse *parse = &feed->parse;
	json_t *object =
	    json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "name",
		feed->config->name, "read", (json_int_t)feed_parse_read(parse),
		"added", (json_int_t)feed->result.added, "removed",
		(json_int_t)feed->result.removed, "unchanged",
		(json_int_t)feed->result.unchanged, "lingering",
		(json_int_t)feed->result.lingering, "expired",
		(json_int_t)feed->result.expired, "rejected",
		(json_int_t)feed_parse_rejected(parse), "reasons",
		faults_json(parse));
	json_t *popular = json_array();

	append_fault(popular, &parse->popular, "in the top list");
	json_object_set_new(object, "shadowed", popular);

	if (parse->reason[0] != '\0')
		json_object_set_new(object, "format",
		    json_pack("{s:s, s:s}", "name", parse->format->name,
			"because", parse->reason));
	return object;
}

static json_t *
feeds_json(const struct apply *apply)
{
	json_t *feeds = json_array();

	for (size_t i = 0; i < apply->config->feed_count; i++)
		if (!apply->feeds[i].lacks_copy)
			json_array_append_new(
			    feeds, apply_feed_json(&apply->feeds[i]));
	return feeds;
}

static json_t *
gone_json(const struct apply *apply)
{
	json_t *gone = json_array();

	for (size_t i = 0; i < apply->gone_count; i++)
		json_array_append_new(
		    gone, json_pack("{s:s, s:I}", "name", apply->gone[i].name,
			      "removed", (json_int_t)apply->gone[i].entries));
	return gone;
}

bool
apply_print_json(const struct apply *apply)
{
	json_t *object = json_pack("{s:b, s:I, s:f, s:o, s:o}", "changed",
	    apply->result.changed, "generation",
	    (json_int_t)apply->result.generation, "seconds",
	    progress_seconds(&apply->progress), "feeds", feeds_json(apply),
	    "gone", gone_json(apply));

	if (apply->config->origin_count > 0 || apply_changed_origin(apply))
		json_object_set_new(object, "origin", origin_json(apply));
	if (apply->wait.is_wanted) {
		json_object_set_new(
		    object, "waited", json_real(apply->wait.seconds));
		json_object_set_new(object, "resolvers",
		    resolvers_json(
			&apply->wait.after, apply->result.generation));
	}
	return output_json(object);
}
