/*
 * block.h - names that a rule blocks for a time, because of how they behaved.
 *
 * A block covers one name, or a registrable domain and all below it where it
 * was the domain's behaviour that met the rule. It ends by itself. What it does
 * (action, mode) is said by its rule as that is when a query comes; a rule that
 * is gone blocks nothing.
 *
 * Threads: any number may look; the lock is held for a lookup only. For nearly
 * all names that are not blocked none is taken.
 */
#ifndef BEHAVIOUR_BLOCK_H
#define BEHAVIOUR_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "behaviour/rule.h"
#include "policy/name.h"

#define BEH_BLOCKS_MAX 65536	   /* at one time; further ones are not kept */
/* Octets, without the NUL: as much as of a reference. */
#define BEH_BLOCK_EVIDENCE_MAX POL_REFERENCE_MAX

struct beh_block {
	struct pol_name name;
	bool subtree;
	char rule[BEH_RULE_NAME_MAX + 1];
	int64_t since; /* seconds since the epoch, when the rule first held */
	int64_t until; /* first second that is free */
	/* "ttl-max: 60 s; asn-risk-min: AS64500, risk 90" */
	char evidence[BEH_BLOCK_EVIDENCE_MAX + 1];
};

/* Does the block cover NAME at NOW? */
bool beh_block_covers(
    const struct beh_block *block, const struct pol_name *name, int64_t now);

struct beh_blocks;

int beh_blocks_new(struct beh_blocks **blocks);
void beh_blocks_free(struct beh_blocks *blocks);

/* Write a finding's evidence into BEH_BLOCK_EVIDENCE_MAX + 1 octets; what does
 * not fit is left out, at the end of a condition. */
void beh_evidence_text(const struct beh_finding *finding, char *text);

/*
 * Block, or go on blocking: one for the same name, scope and rule keeps its
 * `since`. 1 where nothing was blocked so by that rule before, 0 where it was,
 * POL_EFULL, POL_ENOMEM.
 */
int beh_blocks_put(struct beh_blocks *blocks, const struct beh_block *block);

/* Call VISIT for each block that covers the name (wire format, any case) at
 * NOW, with the lock held; stops at the first that returns other than 0. */
typedef int beh_block_visit(const struct beh_block *block, void *arg);
int beh_blocks_find(struct beh_blocks *blocks, const uint8_t *name, size_t len,
    int64_t now, beh_block_visit *visit, void *arg);

/* Forget those that have ended by NOW; how many. */
size_t beh_blocks_expire(struct beh_blocks *blocks, int64_t now);

size_t beh_blocks_count(const struct beh_blocks *blocks);

#endif
