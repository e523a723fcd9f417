/*
 * apply_report.c - what an apply did, feed by feed.
 */
#include <string.h>

#include "tools/apply_p.h"
#include "tools/output.h"

/* ---- for a person ---- */

/* The reasons why entries were rejected, a line each, with the first entries.
 */
static void
add_faults(struct table *table, const struct feed_parse *parse)
{
	for (int fault = 0; fault < FEED_FAULTS; fault++) {
		const struct feed_fault_count *count = &parse->faults[fault];
		char first[FEED_FAULT_LINES * (FEED_FAULT_TEXT + 32)];
		size_t len = 0;

		if (count->count == 0)
			continue;
		for (uint64_t i = 0; i < count->count && i < FEED_FAULT_LINES;
		     i++)
			len += (size_t)snprintf(first + len,
			    sizeof(first) - len, "   line %lu: %s",
			    count->lines[i], count->texts[i]);
		table_row(table);
		table_cell(table, "    %s %s%s%s",
		    show_number(count->count).text,
		    feed_fault_text((enum feed_fault)fault), first,
		    count->count > FEED_FAULT_LINES ? "   ..." : "");
	}
}

static void
add_feed(struct table *table, const struct apply_feed *feed)
{
	const struct pol_import_result *result = &feed->result;
	uint64_t rejected = feed_parse_rejected(&feed->parse);

	table_row(table);
	table_cell(table, "%s", feed->config->name);
	table_cell(
	    table, "%s read", show_number(feed_parse_read(&feed->parse)).text);
	if (result->added == 0 && result->removed == 0)
		table_cell(table, "no change");
	else
		table_cell(table, "+%s  -%s", show_number(result->added).text,
		    show_number(result->removed).text);
	table_cell(table, "%s unchanged", show_number(result->unchanged).text);
	if (rejected > 0)
		table_cell(table, "%s rejected", show_number(rejected).text);
	else
		table_cell(table, "%s", "");
	add_faults(table, &feed->parse);
}

/* A commit that changed no entry must not look as if it had no reason. */
static bool
only_settings_changed(const struct apply *apply)
{
	for (size_t i = 0; i < apply->config->feed_count; i++)
		if (apply->feeds[i].result.added +
			apply->feeds[i].result.removed >
		    0)
			return false;
	return apply->result.changed && apply->gone_count == 0;
}

bool
apply_print(const struct apply *apply)
{
	struct table *table = table_new("lrrrl");
	bool printed;

	for (size_t i = 0; i < apply->config->feed_count; i++)
		add_feed(table, &apply->feeds[i]);
	printed = table_print(table, stdout);
	for (size_t i = 0; i < apply->gone_count; i++)
		printf("%s is not configured any more: %s removed\n",
		    apply->gone[i].name,
		    show_number(apply->gone[i].entries).text);
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

static json_t *
first_lines(const struct feed_fault_count *count)
{
	json_t *lines = json_array();

	for (uint64_t i = 0; i < count->count && i < FEED_FAULT_LINES; i++)
		json_array_append_new(lines,
		    json_pack("{s:I, s:s}", "line", (json_int_t)count->lines[i],
			"text", count->texts[i]));
	return lines;
}

static json_t *
faults_json(const struct feed_parse *parse)
{
	json_t *faults = json_array();

	for (int fault = 0; fault < FEED_FAULTS; fault++) {
		const struct feed_fault_count *count = &parse->faults[fault];

		if (count->count == 0)
			continue;
		json_array_append_new(faults,
		    json_pack("{s:s, s:I, s:o}", "reason",
			feed_fault_text((enum feed_fault)fault), "count",
			(json_int_t)count->count, "first", first_lines(count)));
	}
	return faults;
}

static json_t *
feeds_json(const struct apply *apply)
{
	json_t *feeds = json_array();

	for (size_t i = 0; i < apply->config->feed_count; i++) {
		const struct apply_feed *feed = &apply->feeds[i];

		json_array_append_new(feeds,
		    json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:o}", "name",
			feed->config->name, "read",
			(json_int_t)feed_parse_read(&feed->parse), "added",
			(json_int_t)feed->result.added, "removed",
			(json_int_t)feed->result.removed, "unchanged",
			(json_int_t)feed->result.unchanged, "rejected",
			(json_int_t)feed_parse_rejected(&feed->parse),
			"reasons", faults_json(&feed->parse)));
	}
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
	return output_json(json_pack("{s:b, s:I, s:f, s:o, s:o}", "changed",
	    apply->result.changed, "generation",
	    (json_int_t)apply->result.generation, "seconds",
	    progress_seconds(&apply->progress), "feeds", feeds_json(apply),
	    "gone", gone_json(apply)));
}
