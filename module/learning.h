/*
 * learning.h - behaviour as the resolver's threads see it.
 *
 * Workers note what comes from upstream and ask whether a name is blocked by
 * how it behaved; both work in memory only. A thread of its own keeps
 * observed.mdb: it loads what was learned before, and every few seconds writes
 * what is new. Where that file cannot be used it is said once in the resolver's
 * log, and learning goes on in memory.
 *
 * Nothing is observed, and nothing kept, until the policy has rules.
 *
 * This file knows no Unbound header, so that it can be tested alone.
 */
#ifndef LEARNING_H
#define LEARNING_H

#include <stdbool.h>

#include "behaviour/observer.h"
#include "behaviour/standing.h"

#define LEARNING_WRITE_INTERVAL 2    /* seconds between two batches */
#define LEARNING_STATES_INTERVAL 10  /* of which states of names are in some */
#define LEARNING_PURGE_INTERVAL 3600 /* and what is past goes */

struct learning;

/* What it tells: from its thread. */
struct learning_events {
	void (*complain)(const char *message);
	void *arg;
};

/* Start the thread (signals blocked in it, but for SIGBUS). observed.mdb is in
 * the folder of the policy database at POLICY_PATH. POL_ENOMEM, POL_EIO. */
int learning_start(const char *policy_path,
    const struct learning_events *events, struct learning **learning);

/* Writes what is new. No worker may be using it. */
void learning_stop(struct learning *learning);

/* By the database's keeper: the policy in force, whose rules these are. */
void learning_follow(
    struct learning *learning, const struct pol_snapshot *snapshot);

/* Is anything observed? Costs no lock. */
bool learning_is_on(const struct learning *learning);

/* May some name be blocked by its behaviour? Costs no lock. */
bool learning_has_blocks(const struct learning *learning);

/* May some name be so in shadow mode? Costs no lock. */
bool learning_has_trials(const struct learning *learning);

/* Is NAME (wire format, any case) blocked for somebody, in whatever mode? Costs
 * a lock for hardly any name that is not. */
bool learning_knows(
    struct learning *learning, const uint8_t *name, size_t len, int64_t now);

/*
 * What came from upstream: begin with it, note it, and then judge it: a name
 * that a rule holds of is blocked from now on, for as long as the rule says;
 * where the rule is in shadow mode, that is what learning_find() says of it.
 * IS_NEW: a name is blocked by an enforced rule that was not before. As
 * beh_observer_begin(), beh_observer_note() and beh_observation_judge().
 */
int learning_begin(const struct learning *learning,
    const struct beh_response *response, struct beh_observation *observation);
void learning_note(
    struct learning *learning, struct beh_observation *observation);
int learning_judge(struct learning *learning,
    struct beh_observation *observation, struct pol_snapshot *snapshot,
    bool *is_new);

/* How NAME (wire format, any case) stands at NOW with CLIENT (NULL: with
 * somebody). STANDING's matches point into NAME. */
void learning_find(struct learning *learning, const uint8_t *name, size_t len,
    const struct beh_client *client, int64_t now,
    struct beh_standing *standing);

/* Octets of memory. */
size_t learning_memory(const struct learning *learning);

#endif
