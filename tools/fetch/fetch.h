/*
 * fetch.h - feeds that are fetched: what a source is, and what a fetch yields.
 *
 * A feed whose configuration says `url` or `axfr` is fetched by `sinkbound
 * update`. A fetch asks the source whether it has changed since the last copy
 * that was accepted, and yields one of three: no; a complete new copy, the
 * candidate; or an error. It writes to the candidate's path and nowhere else.
 * What becomes of a candidate is the update's affair: it is parsed, judged and
 * imported, and only then takes the accepted copy's place
 * (tools/fetch/spool.h).
 *
 * A method of fetching is bounded in time and in octets by what the source
 * says, and tries again by itself where that may help.
 */
#ifndef FETCH_H
#define FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/indicator.h"
#include "tools/transfer/source.h"

/* Seconds between two checks of a source. */
#define FETCH_EVERY_MIN 1
#define FETCH_EVERY_DEFAULT 3600
#define FETCH_EVERY_MAX (366 * 86400)

/* Seconds that one attempt may take as a whole. */
#define FETCH_TIMEOUT_MIN 1
#define FETCH_TIMEOUT_DEFAULT 300
#define FETCH_TIMEOUT_MAX 86400

/* Octets of a copy, not compressed. */
#define FETCH_SIZE_MIN 1
#define FETCH_SIZE_DEFAULT 500000000
#define FETCH_SIZE_MAX 100000000000

enum fetch_kind {
	FETCH_NO_SOURCE, /* the feed is a file of the operator's */
	FETCH_URL,
	FETCH_AXFR,
};

/* Where a feed comes from, as configured. */
struct fetch_source {
	enum fetch_kind kind;
	char
	    url[POL_FEED_SOURCE_MAX + 1]; /* may hold a password: never print */
	char ca_file[POL_PATH_MAX + 1];	  /* empty: the system's */
	struct transfer_source axfr;
	int64_t every;			  /* seconds; 0: not said */
	int64_t timeout;		  /* seconds */
	uint64_t max_size;		  /* octets */
};

/* The source without passwords, for people. TEXT has POL_FEED_SOURCE_MAX + 1
 * octets. */
void fetch_source_text(const struct fetch_source *source, char *text);

/* What a source said of a copy, by which to ask whether there is a newer one.
 * What is empty or zero was not said. */
#define FETCH_VALIDATOR_MAX 255
struct fetch_validators {
	char etag[FETCH_VALIDATOR_MAX + 1];
	char
	    last_modified[FETCH_VALIDATOR_MAX + 1]; /* as the server wrote it */
	bool has_serial;
	uint32_t serial; /* of the SOA */
};

/* One fetch of one source. */
struct fetch_job {
	const struct fetch_source *source;
	/* Of the accepted copy, which is at ACCEPTED. NULL, both: there is none
	 * or it is not to be relied on, so fetch whatever the source has. */
	const struct fetch_validators *known;
	const char *accepted;
	const char *candidate; /* path to write; what is there is of no use */
	/* May be NULL. Called now and then with the octets so far; TOTAL 0: not
	 * known. */
	void (*progress)(uint64_t done, uint64_t total, void *arg);
	void *progress_arg;
};

enum fetch_outcome {
	FETCH_UNCHANGED,
	FETCH_NEW,
	FETCH_FAILED,
};

#define FETCH_MESSAGE_MAX 511
struct fetch_result {
	enum fetch_outcome outcome;
	/* Of the copy that is the source's now; unless it failed. */
	struct fetch_validators validators;
	uint64_t received; /* octets that came over the network */
	/* Seconds after which the source wants to be asked again, as by the
	 * refresh of an SOA or by Retry-After; 0: it did not say. */
	int64_t refresh;
	/* Why it failed: one line without the feed's name, passwords or control
	 * characters. */
	char message[FETCH_MESSAGE_MAX + 1];
};

/* Fetch. RESULT is all zero before. */
typedef void fetch_method(
    const struct fetch_job *job, struct fetch_result *result);
fetch_method fetch_url;
fetch_method fetch_axfr;

/* Say why it failed. */
void fetch_fail(struct fetch_result *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
