/*
 * update_p.h - what an update does and what it reports of it.
 */
#ifndef UPDATE_P_H
#define UPDATE_P_H

#include "tools/apply_p.h"
#include "tools/fetch/state.h"

enum update_outcome {
	UPDATE_FAILED,	  /* all stays as it was */
	UPDATE_UNCHANGED, /* the source has what was imported before */
	UPDATE_IMPORTED,
};

/* An update as a whole. */
struct update {
	const struct config *config;
	bool force;
	struct apply_guards guards;
	struct pol_store *store;
	struct progress progress;
};

/* One feed of it. */
struct update_feed {
	struct apply_feed import; /* first, as progress wants it */
	struct update *update;
	size_t index; /* in the configuration */
	struct fetch_state state;
	struct fetch_result fetched;
	bool has_copy; /* an accepted one, and as the state says */
	char content[FETCH_HASH_TEXT]; /* of what is imported */
	int64_t checked;	       /* when it was, by the database */
	enum update_outcome outcome;
	struct change_result change; /* where imported */
	char error[FETCH_MESSAGE_MAX + 1];
};

/* Fetch the feed at FEED->index and bring what has come into the database.
 * Errors are said on stderr. Free import.parse.list. */
void update_feed(struct update *update, struct update_feed *feed);

/* Fill what a report of other feeds needs too: zero but for the names. */
void update_begin_feed(
    struct update *update, size_t index, struct update_feed *feed);

/* Print the line of a feed, its name as wide as WIDTH. False where memory was
 * short. */
bool update_print(const struct update_feed *feed, int width);
json_t *update_json(const struct update_feed *feed);

#endif
