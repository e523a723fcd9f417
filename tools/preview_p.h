/*
 * preview_p.h - the parts of sinkbound preview.
 */
#ifndef PREVIEW_P_H
#define PREVIEW_P_H

#include "tools/apply_p.h"
#include "tools/whatif.h"

/* The policy as it would be with the candidate enforced: a copy of the
 * database in a file that has no name, into which the candidate is imported
 * as an apply would. */
struct preview_copy {
	struct config config; /* the candidate is in it; the rest is borrowed */
	struct config_feed *feeds;
	size_t index; /* of the candidate */
	bool is_configured;
	bool was_shadow; /* configured in shadow mode */
	struct apply_guards guards;
	struct apply_feed feed;
	bool is_refused; /* an apply would: feed.refusal says why */
	struct pol_store *store;
	struct pol_snapshot *snapshot;
	struct progress progress;
};

/*
 * Make the copy. NAME is a configured feed's or else a file's, to be read as
 * FORMAT (NULL: found out). BASE is the database; NULL: there is none. All
 * messages are said. End with preview_copy_end() in any case.
 */
enum status preview_copy_make(struct preview_copy *copy,
    const struct config *config, const struct pol_store *base, const char *name,
    const struct feed_format *format, int64_t now);
void preview_copy_end(struct preview_copy *copy);

/* Names of the top list that are met. */
struct preview_rank {
	struct pol_name name;
	unsigned long rank;
	enum outcome outcome;
};
struct preview_top {
	bool is_read;
	uint64_t names;
	uint64_t counts[WHATIF_OUTCOMES];
	struct preview_rank *ranks; /* the first ones */
	size_t shown;
	size_t max;
};

struct preview {
	struct pol_snapshot *base; /* NULL: no database yet */
	struct preview_copy copy;
	int64_t now;
	struct preview_top top;
	struct whatif whatif; /* log.path NULL: no log */
};

/* False where memory was short. */
bool preview_print(struct preview *preview);
bool preview_print_json(struct preview *preview);

#endif
