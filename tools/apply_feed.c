/*
 * apply_feed.c - one feed of an apply or an update: read, judge, import.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/apply_p.h"
#include "tools/output.h"

enum status
apply_guard(const struct config *config, struct apply_guards *guards)
{
	return guard_new(config, true, &guards->guard) == 0 ? STATUS_OK
							    : STATUS_FAILED;
}

enum status
apply_check_accepted(const struct command *command,
    const struct guard_accepted *accepted, const struct config *config)
{
	const char *unknown = guard_unknown(accepted, config);

	return unknown == NULL
		   ? STATUS_OK
		   : command_misused(command,
			 "--accept=%s: no feed of this name is configured",
			 unknown);
}

void
apply_begin_feed(struct apply_feed *feed, const struct config *config,
    size_t index, const struct apply_guards *guards, struct progress *progress,
    int64_t now)
{
	*feed = (struct apply_feed){.config = &config->feeds[index],
	    .order = (uint16_t)(index + 1),
	    .path = config->feeds[index].file,
	    .guards = guards,
	    .progress = progress,
	    .now = now,
	    .checked = now};
	if (feed->config->fetch.kind == FETCH_NO_SOURCE) {
		strcpy(feed->source, feed->config->file);
		return;
	}
	/* Whoever has just fetched it knows when; a copy is as old as it is. */
	feed->checked = 0;
	fetch_source_text(&feed->config->fetch, feed->source);
}

/* ---- reading ---- */

bool
apply_lacks_copy(struct apply_feed *feed)
{
	feed->lacks_copy = feed->config->fetch.kind != FETCH_NO_SOURCE &&
			   access(feed->path, F_OK) != 0 && errno == ENOENT;
	if (!feed->lacks_copy)
		return false;
	progress_end(feed->progress);
	output_error("note: feed %s was never fetched: run `sinkbound update`",
	    feed->config->name);
	return true;
}

static void
show_reading(const struct feed_parse *parse, uint64_t octets)
{
	const struct apply_feed *feed = (const struct apply_feed *)parse;

	progress_show(feed->progress, "reading", feed->config->name, octets,
	    feed->source_size);
}

/*
 * Was something that the feed states left out? A row of names of columns and
 * what was said before are not. Says so.
 */
static bool
lacks_entries(const struct feed_parse *parse)
{
	bool lacks = false;

	for (int i = 0; i < FEED_FAULTS; i++) {
		const struct fault_count *count = &parse->faults[i];

		if (count->count == 0 || i == FEED_HEADER ||
		    i == FEED_DUPLICATE)
			continue;
		output_error("%s: %s %s, line %lu: %s", parse->path,
		    show_number(count->count).text,
		    feed_fault_text((enum feed_fault)i), count->lines[0],
		    count->texts[0]);
		lacks = true;
	}
	return lacks;
}

enum status
apply_read_feed(struct apply_feed *feed)
{
	const struct config_feed *config = feed->config;
	struct stat st;
	int error;

	feed->parse.progress = show_reading;
	if (stat(feed->path, &st) == 0) {
		feed->source_size = (uint64_t)st.st_size;
		feed->copied = (int64_t)st.st_mtime;
	}
	errno = 0;
	error = feed_read(
	    feed->path, config->format, &config->options, &feed->parse);
	if (error == 0)
		error = guard_judge(feed->guards->guard, config, &feed->parse);
	if (error == 0 && !feed->guards->strict)
		return STATUS_OK;
	progress_end(feed->progress);
	if (error == 0 && !lacks_entries(&feed->parse))
		return STATUS_OK;
	if (error == 0)
		output_error("feed %s: refused by --strict", config->name);
	else
		output_error("feed %s: %s: %s", config->name, feed->path,
		    feed_problem(&feed->parse, error));
	return STATUS_FAILED;
}

/* ---- the change ---- */

bool
apply_is_refused(const struct pol_change *change, struct apply_feed *feed)
{
	if (feed->lacks_copy || !guard_refuses(&feed->guards->accepted, change,
				    feed->config, &feed->parse, feed->refusal))
		return false;
	progress_end(feed->progress);
	output_error(
	    "feed %s: %s: %s", feed->config->name, feed->source, feed->refusal);
	return true;
}

static void
show_writing(uint64_t done, uint64_t total, void *arg)
{
	struct apply_feed *feed = arg;

	progress_show(
	    feed->progress, "writing", feed->config->name, done, total);
}

void
apply_state_feed(const struct apply_feed *feed, struct pol_feed *stated)
{
	const struct config_feed *config = feed->config;

	*stated = (struct pol_feed){.order = feed->order,
	    .action = config->action,
	    .mode = config->mode,
	    .ede = config->ede,
	    .triggers = config->triggers,
	    .risk = config->risk,
	    .expires = (uint32_t)config->expires};
	strcpy(stated->name, config->name);
	strcpy(stated->format, config->format->name);
	strcpy(stated->source, feed->source);
}

void
apply_import_feed(struct pol_change *change, struct apply_feed *feed)
{
	const struct pol_feed *known =
	    pol_change_feed_named(change, feed->config->name);
	int64_t checked_before = known != NULL && known->checked != 0 ?
	    known->checked :
	    feed->copied;
	struct pol_feed stated;
	uint16_t id = 0;

	/* What the database has of a feed without a copy is all there is. */
	if (feed->lacks_copy && known == NULL)
		return;
	apply_state_feed(feed, &stated);
	pol_change_set_feed(change, &stated, &id);
	if (feed->lacks_copy)
		return;
	/* An error stays in the change. */
	pol_import(change, id, feed->parse.list, feed->now, show_writing, feed,
	    &feed->result);
	pol_change_checked(change, id,
	    feed->checked != 0 ? feed->checked : checked_before);
}
