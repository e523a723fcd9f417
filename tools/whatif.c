/*
 * whatif.c - a log of queries, decided anew.
 */
#include "tools/whatif.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/error.h"

#define REMEMBERED 262144 /* names; a power of two, 24 octets each */

/* By the hash of the name alone, which has a secret seed: two names share one
 * once in 2^64 pairs. */
struct remembered {
	uint64_t hash;
	int64_t since;
	enum outcome outcome;
	bool is_set;
};

struct whatif_memory {
	struct remembered names[REMEMBERED];
};

struct pol_query
whatif_query(const uint8_t *name)
{
	return (struct pol_query){
	    .qname = name, .qname_len = pol_name_length(name)};
}

/* ---- deciding ---- */

static int
decide(struct whatif *whatif, const struct pol_name *name, uint64_t hash,
    struct remembered *decided)
{
	struct pol_query query = whatif_query(name->wire);
	enum outcome outcome = WHATIF_NOTHING;
	struct pol_match match;
	int error = whatif->decide(&query, whatif->arg, &outcome, &match);

	if (error != 0)
		return error;
	decided->hash = hash;
	decided->outcome = outcome;
	decided->since = 0;
	if (outcome != WHATIF_NOTHING && whatif->is_history)
		decided->since = match.indicator.since;
	decided->is_set = true;
	return 0;
}

static bool
is_spared(const struct whatif *whatif, const struct log_record *record)
{
	const struct pol_group *group =
	    record->has_client && whatif->clients != NULL
		? pol_clients_find(whatif->clients, &record->client)
		: NULL;

	return group != NULL && group->mode != POL_CLIENT_ENFORCE;
}

static void
note_time(struct whatif *whatif, int64_t seconds)
{
	if (seconds == 0)
		return;
	if (whatif->first == 0 || seconds < whatif->first)
		whatif->first = seconds;
	if (seconds > whatif->last)
		whatif->last = seconds;
}

static int
take(const struct log_record *record, void *arg)
{
	struct whatif *whatif = arg;
	uint64_t hash = tally_hash(whatif->tally, &record->name);
	struct remembered *decided =
	    &whatif->memory->names[hash & (REMEMBERED - 1)];
	int error;

	whatif->queries[record->kind] += record->count;
	note_time(whatif, record->time);
	if (!decided->is_set || decided->hash != hash) {
		error = decide(whatif, &record->name, hash, decided);
		if (error != 0)
			return error;
	}
	if (decided->outcome < WHATIF_KEPT && is_spared(whatif, record)) {
		whatif->spared[record->kind] += record->count;
		return 0;
	}
	whatif->counts[decided->outcome][record->kind] += record->count;
	if (decided->outcome >= WHATIF_KEPT)
		return 0;
	return tally_add(
	    whatif->tally, decided->outcome, record, hash, decided->since);
}

/* ---- reading ---- */

static void
show_reading(const struct log_reading *reading, void *arg)
{
	struct whatif *whatif = arg;

	progress_show(&whatif->progress, "reading", reading->path,
	    reading->octets, reading->size);
}

int
whatif_read(struct whatif *whatif, const char *path, size_t shown)
{
	int error = tally_new(shown, &whatif->tally);

	if (error != 0)
		return error;
	whatif->memory = calloc(1, sizeof(*whatif->memory));
	if (whatif->memory == NULL)
		return POL_ENOMEM;
	whatif->log.path = path;
	whatif->log.progress = show_reading;
	error = log_read(&whatif->log, (int64_t)time(NULL), take, whatif);
	progress_end(&whatif->progress);
	return error;
}

void
whatif_end(struct whatif *whatif)
{
	tally_free(whatif->tally);
	free(whatif->memory);
}

/* ---- options ---- */

enum status
whatif_option(
    const struct command *command, int option, struct whatif_options *options)
{
	bool is_number;

	if (option == COMMAND_JSON) {
		options->json = true;
		return STATUS_OK;
	}
	options->has_top |= option == WHATIF_OPTION_TOP;
	is_number =
	    option == WHATIF_OPTION_TOP
		? command_number(optarg, 1, TALLY_NAMES_MAX, &options->top)
		: command_number(optarg, 0, TALLY_SHOWN_MAX, &options->shown);
	return is_number ? STATUS_OK
			 : command_misused(
			       command, "\"%s\" is no number of them", optarg);
}

size_t
whatif_top(const struct whatif_options *options)
{
	if (options->has_top)
		return options->top;
	return options->json ? WHATIF_TOP_JSON : WHATIF_TOP_DEFAULT;
}
