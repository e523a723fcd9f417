/*
 * standing.h - what blocks and rules make of a name, in the shape of a verdict.
 *
 * The module and the command both decide with it, so they cannot disagree. Of
 * the blocks that cover a name, that of the rule which comes first decides; of
 * one rule's, the one for the longer name.
 */
#ifndef BEHAVIOUR_STANDING_H
#define BEHAVIOUR_STANDING_H

#include "behaviour/block.h"
#include "policy/evaluate.h"

struct beh_match {
	const struct beh_rule *rule; /* NULL: none */
	struct pol_match match; /* points into this structure, and the name */
	struct pol_feed feed;	/* of the rule's name */
	char evidence[BEH_BLOCK_EVIDENCE_MAX + 1];
};

struct beh_standing {
	struct beh_match enforced;
	struct beh_match shadow; /* would be, were its rule enforced */
	bool is_for_others; /* an enforced rule blocks it for other clients */
};

/* Who asks. */
struct beh_client {
	const char *group; /* NULL: in none */
};

/* What is asked: how NAME (wire format, any case) stands for CLIENT (NULL: for
 * somebody, which is what a cache asks). STANDING points into it. */
struct beh_question {
	const struct beh_rules *rules;
	const uint8_t *name;
	size_t len;
	const struct beh_client *client;
	struct beh_standing *standing;
};

/* Nothing is known of it yet. */
void beh_standing_clear(struct beh_standing *standing);

/* Take a block that covers the name into account; a beh_block_visit, ARG is the
 * question. */
int beh_standing_take(const struct beh_block *block, void *arg);

#endif
