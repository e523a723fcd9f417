/*
 * replay.c - what the shipped code makes of a recorded sequence of answers.
 *
 *	replay DATABASE < SEQUENCE > RESULT
 *
 * Each line of the sequence is an answer, in order of time:
 *
 *	time qname type ttl aa address...
 *
 * time in seconds since the epoch, aa 0 or 1. Lines of type NS give the
 * addresses of the name's servers instead. Other types than A, AAAA and NS are
 * passed over; '#' begins a comment. The policy database says the rules, what
 * is known of networks, and how long to learn.
 *
 * A line of the result for each name that had an answer after learning, times
 * in seconds from there, with tabs:
 *
 *	qname answers rule answers-until seconds-until
 *	      holz-answers-until normalised-answers-until
 *
 * "-" and 0 where a name was not flagged.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "behaviour/observer.h"
#include "policy/error.h"
#include "policy/origin_table.h"

#define LINE_SIZE 8192
#define BUCKETS 65536
#define SEED 1 /* results are the same each time */

/* What became of one name. */
struct outcome {
	struct outcome *next;
	char *qname;
	struct pol_name name;
	int64_t first;			  /* answer after learning */
	unsigned answers;		  /* since then */
	char rule[BEH_RULE_NAME_MAX + 1]; /* "": not flagged */
	unsigned rule_answers, holz_answers, normalised_answers;
	int64_t rule_time;
	struct pol_address servers[BEH_SERVERS_MAX];
	size_t server_count;
};

struct replay {
	struct pol_snapshot *snapshot;
	struct pol_origin_table *origins;
	struct beh_rules *rules;
	struct beh_observer *observer;
	char folder[64]; /* of what is observed, gone at the end */
	char path[96];
	struct beh_observed *observed;
	struct outcome *buckets[BUCKETS];
	unsigned long line;
	int64_t time; /* of the last one */
};

static void
fail(const char *what, const char *why)
{
	fprintf(stderr, "replay: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void
fail_at(const struct replay *replay, const char *why)
{
	fprintf(stderr, "replay: line %lu: %s\n", replay->line, why);
	exit(EXIT_FAILURE);
}

/* ---- names ---- */

static struct outcome *
outcome_of(struct replay *replay, const char *qname)
{
	unsigned hash = 5381;
	struct outcome *outcome;

	for (const char *p = qname; *p != '\0'; p++)
		hash = hash * 33 + (unsigned char)*p;
	outcome = replay->buckets[hash % BUCKETS];
	while (outcome != NULL && strcmp(outcome->qname, qname) != 0)
		outcome = outcome->next;
	if (outcome != NULL)
		return outcome;
	outcome = calloc(1, sizeof(*outcome));
	if (outcome == NULL || (outcome->qname = strdup(qname)) == NULL)
		fail("names", strerror(ENOMEM));
	if (pol_name_from_text(qname, strlen(qname), &outcome->name) !=
	    POL_NAME_OK)
		fail_at(replay, "not a name");
	outcome->next = replay->buckets[hash % BUCKETS];
	replay->buckets[hash % BUCKETS] = outcome;
	return outcome;
}

/* ---- answers ---- */

/* The line's next address; false at its end. */
static bool
read_address(const struct replay *replay, struct pol_address *address)
{
	const char *word = strtok(NULL, " \t\r\n");
	uint8_t octets[16];

	if (word == NULL)
		return false;
	if (inet_pton(AF_INET, word, octets) == 1)
		pol_address_set(address, 4, octets);
	else if (inet_pton(AF_INET6, word, octets) == 1)
		pol_address_set(address, 6, octets);
	else
		fail_at(replay, "not an address");
	return true;
}

static size_t
read_addresses(const struct replay *replay, struct beh_address *addresses)
{
	size_t count = 0;

	while (count < BEH_ADDRESSES_MAX &&
	       read_address(replay, &addresses[count].address)) {
		addresses[count].asn = pol_origin_table_find(
		    replay->origins, &addresses[count].address);
		count++;
	}
	return count;
}

static void
note_baselines(struct outcome *outcome, const struct beh_signals *signals)
{
	struct beh_scores scores;

	beh_scores(&signals->owner, &scores);
	if (scores.holz_flags && outcome->holz_answers == 0)
		outcome->holz_answers = outcome->answers;
	if (scores.normalised_flags && outcome->normalised_answers == 0)
		outcome->normalised_answers = outcome->answers;
}

/* An answer that is held against the rules. */
struct judging {
	struct replay *replay;
	struct outcome *outcome;
	struct beh_observation observation;
};

static int
note_finding(const struct beh_finding *finding, void *arg)
{
	const struct judging *judging = arg;
	struct replay *replay = judging->replay;
	struct outcome *outcome = judging->outcome;
	struct beh_block block;

	if (finding->rule->mode == POL_SHADOW)
		return 0;
	if (beh_observer_block(replay->observer, &judging->observation, finding,
		replay->snapshot, &block) < 0)
		fail_at(replay, "cannot block");
	if (outcome->rule[0] != '\0')
		return 0;
	strcpy(outcome->rule, finding->rule->name);
	outcome->rule_answers = outcome->answers;
	outcome->rule_time = judging->observation.signals.now - outcome->first;
	return 0;
}

static void
note_answer(struct replay *replay, struct outcome *outcome,
    const struct beh_response *response)
{
	static struct judging judging;
	const struct beh_observer *observer = replay->observer;
	struct beh_observation *observation = &judging.observation;
	int error = beh_observer_begin(observer, response, observation);

	judging.replay = replay;
	judging.outcome = outcome;
	if (error != 0)
		fail_at(replay, pol_strerror(error));
	beh_observer_note(replay->observer, observation);
	/* For the baselines: most answers are judged without. */
	error = beh_observation_complete(observation, replay->snapshot);
	if (response->time >= observer->began + (int64_t)observer->learning) {
		if (outcome->answers++ == 0)
			outcome->first = response->time;
		note_baselines(outcome, &observation->signals);
		if (error == 0)
			error =
			    beh_observation_judge(observation, replay->rules,
				replay->snapshot, note_finding, &judging);
	}
	if (error != 0)
		fail_at(replay, pol_strerror(error));
}

/* The observer begins with the first answer. */
static void
begin(struct replay *replay, int64_t now)
{
	int error;

	strcpy(replay->folder, "/tmp/sinkbound-replay.XXXXXX");
	if (mkdtemp(replay->folder) == NULL)
		fail(replay->folder, strerror(errno));
	snprintf(replay->path, sizeof(replay->path), "%s/observed.mdb",
	    replay->folder);
	error = beh_observed_create(replay->path, now, &replay->observed);
	if (error == 0)
		error = beh_observer_new(
		    &replay->rules->options, SEED, now, &replay->observer);
	if (error != 0)
		fail("observer", pol_strerror(error));
	beh_seen_ready(replay->observer->seen);
}

static void
end(struct replay *replay)
{
	char lock[sizeof(replay->path) + 8];

	beh_observer_free(replay->observer);
	beh_observed_close(replay->observed);
	snprintf(lock, sizeof(lock), "%s-lock", replay->path);
	unlink(replay->path);
	unlink(lock);
	rmdir(replay->folder);
}

/* What a background thread does in a resolver. */
static void
keep(const struct replay *replay, int64_t now)
{
	beh_seen_keep(replay->observer->seen, replay->observed, now);
	if (beh_observed_commit(replay->observed) != 0)
		fail_at(replay, "what was seen cannot be kept");
	beh_blocks_expire(replay->observer->blocks, now);
}

static uint64_t
read_number(const struct replay *replay, const char *word, uint64_t max)
{
	char *end;
	uint64_t number;

	errno = 0;
	number = strtoull(word, &end, 10);
	if (word[0] < '0' || word[0] > '9' || *end != '\0' || errno != 0 ||
	    number > max)
		fail_at(replay, "not a number, or out of range");
	return number;
}

static uint16_t
read_type(const struct replay *replay, const char *word)
{
	ldns_rr_type type = ldns_get_rr_type_by_name(word);

	if (type == 0)
		fail_at(replay, "not a type");
	return (uint16_t)type;
}

static void
take_line(struct replay *replay, char *line)
{
	struct beh_address addresses[BEH_ADDRESSES_MAX];
	struct beh_response response = {.addresses = addresses};
	const char *time = strtok(line, " \t\r\n");
	const char *qname = strtok(NULL, " \t\r\n");
	const char *type = strtok(NULL, " \t\r\n");
	const char *ttl = strtok(NULL, " \t\r\n");
	const char *aa = strtok(NULL, " \t\r\n");
	struct outcome *outcome;

	if (time == NULL || time[0] == '#')
		return;
	if (aa == NULL)
		fail_at(replay, "expected time qname type ttl aa address...");
	outcome = outcome_of(replay, qname);
	response.time = (int64_t)read_number(replay, time, UINT32_MAX);
	if (response.time < replay->time)
		fail_at(replay, "earlier than the line before");
	replay->time = response.time;
	response.name = outcome->name.wire;
	response.name_len = outcome->name.len;
	response.qtype = read_type(replay, type);
	response.ttl = (uint32_t)read_number(replay, ttl, INT32_MAX);
	response.authoritative = read_number(replay, aa, 1) == 1;
	if (replay->observer == NULL)
		begin(replay, response.time);
	if (replay->line % 1024 == 0)
		keep(replay, response.time);
	if (response.qtype == LDNS_RR_TYPE_NS) {
		outcome->server_count = 0;
		while (outcome->server_count < BEH_SERVERS_MAX &&
		       read_address(
			   replay, &outcome->servers[outcome->server_count]))
			outcome->server_count++;
		return;
	}
	if (response.qtype != LDNS_RR_TYPE_A &&
	    response.qtype != LDNS_RR_TYPE_AAAA)
		return;
	response.servers = outcome->servers;
	response.server_count = outcome->server_count;
	response.address_count = read_addresses(replay, addresses);
	note_answer(replay, outcome, &response);
}

/* ---- the policy and the result ---- */

static void
open_policy(struct replay *replay, const char *path, struct pol_store **store)
{
	const uint8_t *octets;
	size_t len;
	int error = pol_store_open(path, store);

	if (error == 0)
		error = pol_snapshot_begin(*store, &replay->snapshot);
	if (error != 0)
		fail(path, pol_strerror(error));
	error = pol_origin_table_begin(&replay->origins);
	if (error == 0)
		error = pol_origin_table_fill(
		    replay->origins, replay->snapshot, SIZE_MAX);
	if (error != 0)
		fail(path, pol_strerror(error));
	if (pol_snapshot_rules(replay->snapshot, &octets, &len) != 1)
		fail(path, "there are no rules");
	error = beh_rules_decode(octets, len, &replay->rules);
	if (error != 0)
		fail(path, pol_strerror(error));
}

static void
print_outcomes(const struct replay *replay)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct outcome *outcome = replay->buckets[i];
		     outcome != NULL; outcome = outcome->next)
			if (outcome->answers > 0)
				printf("%s\t%u\t%s\t%u\t%" PRId64 "\t%u\t%u\n",
				    outcome->qname, outcome->answers,
				    outcome->rule[0] != '\0' ? outcome->rule
							     : "-",
				    outcome->rule_answers, outcome->rule_time,
				    outcome->holz_answers,
				    outcome->normalised_answers);
}

static void
free_all(struct replay *replay, struct pol_store *store)
{
	for (size_t i = 0; i < BUCKETS; i++)
		while (replay->buckets[i] != NULL) {
			struct outcome *outcome = replay->buckets[i];

			replay->buckets[i] = outcome->next;
			free(outcome->qname);
			free(outcome);
		}
	if (replay->observer != NULL)
		end(replay);
	beh_rules_free(replay->rules);
	pol_origin_table_free(replay->origins);
	pol_snapshot_end(replay->snapshot);
	pol_store_close(store);
}

int
main(int argc, char **argv)
{
	static struct replay replay;
	static char line[LINE_SIZE];
	struct pol_store *store;

	if (argc != 2) {
		fputs("usage: replay DATABASE < SEQUENCE > RESULT\n", stderr);
		return 2;
	}
	open_policy(&replay, argv[1], &store);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		replay.line++;
		if (strchr(line, '\n') == NULL && !feof(stdin))
			fail_at(&replay, "too long");
		take_line(&replay, line);
	}
	print_outcomes(&replay);
	free_all(&replay, store);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
