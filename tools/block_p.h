/*
 * block_p.h - the parts of sinkbound block and allow.
 */
#ifndef BLOCK_P_H
#define BLOCK_P_H

#include "policy/store.h"
#include "tools/verb.h"
#include "tools/wait.h"

/* What is to be said, and what came of it. */
struct statement {
	struct pol_subject subject;
	struct pol_indicator indicator;
	struct pol_name target; /* the indicator's */
	char by[POL_BY_MAX + 1];
	int64_t now;
	bool has_action;
	bool has_end;	  /* --for or --until was given */
	int64_t duration; /* --for; 0: not given */
	bool has_start;	  /* --from was given */
	bool force;

	struct wait wait;
	struct pol_store *store;
	bool is_old;	/* the database said the same before */
	char *replaced; /* what it said instead, in words; or NULL */
	size_t replaced_len;
};

/*
 * Read the options and the subject into STATEMENT, which must stay where it is.
 * False: the verb ends with command->status, all is said.
 */
bool block_read(struct command *command, enum pol_action action,
    struct statement *statement);

/* Is it something that no feed could block, without having been forced?
 * STATUS_FAILED with a message. */
enum status block_check_guards(
    const struct config *config, const struct statement *statement);

#endif
