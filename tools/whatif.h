/*
 * whatif.h - a log of queries, decided anew: what `preview` and `replay` share.
 *
 * Each query of the log is given to a function that decides on its name; the
 * outcomes are counted, and the names of some are kept in a tally. The log is
 * read once and never held. As long as the policy is the same so is what it
 * says of a name, so a table of fixed size remembers outcomes: of the queries
 * of a log few are for a name that was not asked for just before.
 */
#ifndef WHATIF_H
#define WHATIF_H

#include "policy/evaluate.h"
#include "tools/config.h"
#include "tools/log/source.h"
#include "tools/log/tally.h"
#include "tools/output.h"
#include "tools/progress.h"
#include "tools/verb.h"

/* What becomes of a name. Of the first ones names are kept: they are groups of
 * the tally. */
enum outcome {
	WHATIF_BLOCKED,	  /* preview: that was not blocked before */
	WHATIF_SHADOW,	  /* only logged */
	WHATIF_UNBLOCKED, /* preview: it was blocked before */
	WHATIF_KEPT,	  /* their number */
	WHATIF_ALLOWED = WHATIF_KEPT,
	WHATIF_AS_BEFORE, /* preview: blocked before and after */
	WHATIF_NOTHING,
	WHATIF_OUTCOMES /* their number */
};

/* Decide on the name of QUERY. MATCH, valid as long as the snapshot that it is
 * of, is what decides; not set for WHATIF_NOTHING. 0 or an error. */
typedef int whatif_decide(const struct pol_query *query, void *arg,
    enum outcome *outcome, struct pol_match *match);

struct whatif {
	whatif_decide *decide;
	void *arg;
	/* Groups of clients: where not NULL, what a client that is exempt or in
	 * shadow mode asks for is not kept, only counted as spared. */
	const struct pol_clients *clients;
	struct log_reading log;
	struct tally *tally;
	uint64_t counts[WHATIF_OUTCOMES][LOG_KINDS];
	uint64_t spared[LOG_KINDS];
	uint64_t queries[LOG_KINDS];
	int64_t first, last; /* of all queries; 0: not known */
	size_t top;	     /* names that are shown */
	bool is_history;     /* say what was before a name was listed */
	struct progress progress;
	struct whatif_memory *memory;
};

/* Read the log at PATH with all else of WHATIF that is above `log` set; SHOWN
 * addresses are kept of each name. 0, or an error as log_read() has it. Free
 * with whatif_end(). */
int whatif_read(struct whatif *whatif, const char *path, size_t shown);
void whatif_end(struct whatif *whatif);

/* The query for a name, which must stay valid. */
struct pol_query whatif_query(const uint8_t *name);

/* ---- options that both have ---- */

#define WHATIF_TOP_DEFAULT 20
#define WHATIF_TOP_JSON 10000 /* in JSON, which is held in memory */

struct whatif_options {
	bool json;
	bool has_top;
	unsigned long top;
	unsigned long shown;
};
#define WHATIF_OPTION_TOP 'T'
#define WHATIF_OPTION_SHOWN 'C'
#define WHATIF_GETOPT \
	{"clients", required_argument, NULL, WHATIF_OPTION_SHOWN}, \
	    {"json", no_argument, NULL, COMMAND_JSON}, \
	{ \
		"top", required_argument, NULL, WHATIF_OPTION_TOP \
	}
#define WHATIF_HELP_CLIENTS \
	"  --clients N      addresses that are shown of each name (5)\n"
#define WHATIF_HELP \
	"  --json           print JSON, with 10,000 names at most\n" \
	"  --top N          names that are shown (20)\n"

/* Take one of these options. STATUS_USAGE with a message. */
enum status whatif_option(
    const struct command *command, int option, struct whatif_options *options);

/* How many names are shown. */
size_t whatif_top(const struct whatif_options *options);

/* ---- the report ---- */

/* What the log is, and what could not be read in it. */
void whatif_print_log(const struct whatif *whatif);
json_t *whatif_log_json(const struct whatif *whatif);

/* "12 queries". */
struct shown whatif_queries(const uint64_t counts[LOG_KINDS]);

/* "newly blocked: 3 names, 12 queries of 4 clients", of one outcome. */
void whatif_print_sum(
    const struct whatif *whatif, enum outcome outcome, const char *what);
json_t *whatif_sum_json(const struct whatif *whatif, enum outcome outcome);

/* The names that were kept. False where memory was short. */
bool whatif_print_names(struct whatif *whatif);
json_t *whatif_names_json(struct whatif *whatif);

/* Does the report name all there are, with all their clients counted? */
bool whatif_is_complete(const struct whatif *whatif);

/* What is true of every such report. */
void whatif_print_notes(const struct whatif *whatif);

#endif
