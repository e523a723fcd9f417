/*
 * peer.h - a second process that has the database open, as the resolver has it
 * while the tool writes.
 *
 * It is forked before the test opens anything (an open database must not be
 * carried over a fork) and does one thing at a time, when told. Every call
 * waits for its answer, so the tests need no clock.
 */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct peer {
	pid_t pid;
	int to;
	int from;
	char path[96]; /* of the database */
};

/* Fails the running test where the process cannot be made. The database at
 * PATH is not opened yet. */
struct peer peer_start(const char *path);

/* Close all and end; end at once, whatever is open. */
void peer_stop(struct peer *peer);
void peer_kill(struct peer *peer);

/* The same calls as in store.h, there; they return what those return. */
int peer_open(struct peer *peer);
int peer_create(struct peer *peer, size_t map_size);
void peer_close(struct peer *peer);
int peer_check(struct peer *peer);
int peer_begin(struct peer *peer); /* the one snapshot; again: one more */
void peer_release(struct peer *peer);
int peer_renew(struct peer *peer);
void peer_end(struct peer *peer); /* all snapshots */

/* pol_follower_show(), of the follower with this number in words. */
int peer_show(struct peer *peer, const char *number, uint64_t generation);
uint64_t peer_generation(struct peer *peer);

/* pol_followers(): how many, and the generation that the first of them shows.
 */
int peer_followers(struct peer *peer, uint64_t *generation);

/* Is NAME blocked in the snapshot begun first? Indicators in it? */
bool peer_blocked(struct peer *peer, const char *name);
uint64_t peer_count(struct peer *peer);

/* Begin a change in which the operator blocks NAME; in which the rules are
 * these octets of text, "" for none; in which the origin data say nothing but
 * that 192.0.2.0/24 is of ASN. And commit it. */
int peer_change(struct peer *peer, const char *name);
int peer_change_rules(struct peer *peer, const char *rules);
int peer_change_origin(struct peer *peer, uint32_t asn);
int peer_commit(struct peer *peer);

/* Commit without waiting for the answer; peer_commit_wait() gets it. */
void peer_commit_start(struct peer *peer);
int peer_commit_wait(struct peer *peer);

/* Become user ID, of no group but ID. Returns 0 or -1. */
int peer_become(struct peer *peer, unsigned id);

#endif
