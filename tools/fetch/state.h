/*
 * state.h - what is known of a fetched feed: of its copy in the spool, and of
 * the last fetches.
 *
 * Kept as JSON beside the copy. It only saves work: where it is missing,
 * damaged or does not fit to the copy, the source is fetched anew.
 */
#ifndef FETCH_STATE_H
#define FETCH_STATE_H

#include "tools/fetch/fetch.h"

#define FETCH_HASH_TEXT 33 /* 32 hexadecimal digits and a NUL */

/* Zero or empty: not known. Times in seconds since the epoch. */
struct fetch_state {
	/* Of the copy: */
	char source[FETCH_HASH_TEXT]; /* hash of where it is from */
	char content[FETCH_HASH_TEXT];
	struct fetch_validators validators;
	bool imported;	 /* into the database, whose feed was then */
	int64_t changed; /* last changed at this time */
	/* Of the fetches: */
	int64_t checked;   /* the last one */
	int64_t accepted;  /* the last one that went well, changed or not */
	int64_t due;	   /* the next one */
	unsigned failures; /* since then */
	char error[FETCH_MESSAGE_MAX + 1]; /* of the last, if it failed */
};

/* Read the state at PATH; all zero where there is none that can be read. */
void fetch_state_read(const char *path, struct fetch_state *state);

/* Write it whole or not at all; 0, or an errno code. */
int fetch_state_write(const char *path, const struct fetch_state *state);

/* The hash of SOURCE, where a feed comes from. */
void fetch_hash_source(const struct fetch_source *source, char *hash);

/* The hash of a file's content: 0, or an errno code. */
int fetch_hash_file(const char *path, char *hash);

/* What is set of a check at NOW that went well, or failed with MESSAGE. REFRESH
 * as in struct fetch_result. */
void fetch_state_succeed(struct fetch_state *state,
    const struct fetch_source *source, int64_t now, int64_t refresh);
void fetch_state_fail(struct fetch_state *state,
    const struct fetch_source *source, int64_t now, int64_t refresh,
    const char *message);

/* Seconds between two checks: as configured, else the default. */
int64_t fetch_every(const struct fetch_source *source);

#endif
