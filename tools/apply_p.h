/*
 * apply_p.h - what an apply does and what it reports of it.
 */
#ifndef APPLY_P_H
#define APPLY_P_H

#include "policy/import.h"
#include "tools/config.h"
#include "tools/database.h"
#include "tools/guard/guard.h"
#include "tools/output.h"
#include "tools/progress.h"
#include "tools/wait.h"

/* What stands between the feeds and the database. Begun with apply_guard(), and
 * what the operator accepts set by guard_accept(). */
struct apply_guards {
	struct guard *guard;
	struct guard_accepted accepted;
	bool strict; /* refuse a feed that an entry was rejected of */
};
#define APPLY_OPTION_STRICT 'S' /* the option of the verbs that import */

/* A configured feed. */
struct apply_feed {
	struct feed_parse parse; /* first: progress is told of it only */
	const struct config_feed *config;
	uint16_t order;			      /* of the database's feed */
	const char *path;		      /* what is read */
	char source[POL_FEED_SOURCE_MAX + 1]; /* where it is from, for people */
	bool lacks_copy; /* it was never fetched: leave it as it is */
	const struct apply_guards *guards;
	struct progress *progress;
	uint64_t source_size; /* octets; 0: not known */
	int64_t now;
	int64_t copied;	 /* when what is read was written */
	int64_t checked; /* when the source stated what is read; 0: as the
			  * database has it, else when the copy was made */
	struct pol_import_result result;
	char refusal[GUARD_REASON_MAX]; /* why it was refused, if it was */
};

/* A source of origin data. */
struct apply_source {
	struct origin_parse parse; /* first: progress is told of it only */
	const struct config_origin *config;
	struct progress *progress;
	uint64_t source_size; /* octets; 0: not known */
};

/* All origin data. */
struct apply_origin {
	struct apply_source *sources; /* as many as configured, in that order */
	struct pol_ranges *ranges;
	struct pol_ranges_count count;
	struct pol_origin_result result;
};

/* A feed that is not configured any more. */
struct apply_gone {
	char name[POL_FEED_NAME_MAX + 1];
	uint64_t entries;
};

struct apply {
	const struct config *config;
	int64_t now;
	struct apply_guards guards;
	struct apply_feed *feeds; /* as many as configured, in that order */
	struct apply_gone *gone;
	size_t gone_count;
	struct apply_origin origin;
	struct change_result result;
	struct pol_store *store; /* NULL until it is to be changed */
	struct wait wait;
	struct progress progress;
	char told[1024]; /* what becomes of order, rules, clients */
};

/* Put that together, before the change. */
int apply_compare(struct apply *apply);

/* Read what the configuration protects, before any feed is read. STATUS_FAILED
 * with a message. Free with guard_free(guards->guard). */
enum status apply_guard(
    const struct config *config, struct apply_guards *guards);

/* Are the feeds of --accept configured? STATUS_USAGE with a message. */
enum status apply_check_accepted(const struct command *command,
    const struct guard_accepted *accepted, const struct config *config);

/* Begin with the feed that the configuration has at INDEX; free
 * feed->parse.list in the end. */
void apply_begin_feed(struct apply_feed *feed, const struct config *config,
    size_t index, const struct apply_guards *guards, struct progress *progress,
    int64_t now);

/* Is it a feed to be fetched that never was? Says so. */
bool apply_lacks_copy(struct apply_feed *feed);

/* Read feed->path into feed->parse, as far as the guards let it pass.
 * STATUS_FAILED with a message. */
enum status apply_read_feed(struct apply_feed *feed);

/* Within a change: is it more of a change than the guards let pass, so that the
 * feed must stay as it is? Says so. */
bool apply_is_refused(const struct pol_change *change, struct apply_feed *feed);

/* What the configuration says of the feed, as the database keeps it. */
void apply_state_feed(const struct apply_feed *feed, struct pol_feed *stated);

/* Within a change: bring the feed to what was read. A caller that knows that
 * the source said it earlier than now sets feed->checked before. */
void apply_import_feed(struct pol_change *change, struct apply_feed *feed);

/*
 * Read the sources of origin data into apply->origin and resolve them, ready to
 * be imported; say of each that cannot be read why. Free with
 * apply_free_origin() in any case.
 */
enum status apply_read_origin(struct apply *apply);
void apply_free_origin(struct apply *apply);

/* Was anything of the origin data added or removed? */
bool apply_changed_origin(const struct apply *apply);

/* A feed's row of a table "lrrrl", its name as wide as WIDTH at least, and
 * those of what was rejected; the same as JSON. */
void apply_add_feed(
    struct table *table, const struct apply_feed *feed, int width);
json_t *apply_feed_json(const struct apply_feed *feed);

/* Print the report of an apply that went well. False where memory was short. */
bool apply_print(const struct apply *apply);
bool apply_print_json(const struct apply *apply);

#endif
