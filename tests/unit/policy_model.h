/*
 * policy_model.h - a policy as an array of statements that is scanned from end
 * to end, with names compared as text: too naive to be wrong.
 */
#ifndef POLICY_MODEL_H
#define POLICY_MODEL_H

#include "policy_support.h"

#define FEEDS 6 /* the operator among them */
#define STATEMENTS 600
#define NAME_SIZE 64

struct statement {
	char name[NAME_SIZE]; /* lower case, without a final dot */
	unsigned feed;	      /* place in model.feeds */
	enum pol_scope scope;
	enum pol_action action;
	bool shadow;
	int64_t since;
	int64_t until;
	char reference[8];
};

struct model_feed {
	bool exists;
	uint16_t id;
	uint16_t order;
	enum pol_action action;
	enum pol_mode mode;
};

struct model {
	struct model_feed feeds[FEEDS];
	struct statement statements[STATEMENTS];
	size_t count;
};

/* Do both have the same name, feed and scope? Do they say the same of it? */
bool same_identity(const struct statement *a, const struct statement *b);
bool same_saying(const struct statement *a, const struct statement *b);

/* The statement of the same identity, or NULL. */
struct statement *model_find(struct model *model, const struct statement *like);

/* Add a statement, or replace the one of the same identity. */
void model_set(struct model *model, const struct statement *statement);

/* Remove what FEED says, at NAME or, where that is NULL, anywhere. Returns the
 * number of statements removed. */
size_t model_remove(struct model *model, unsigned feed, const char *name);

/* Is the dot at PLACE in NAME one between two labels? */
bool is_border(const char *name, const char *place);

/* Labels of a name, none for the root. */
unsigned count_labels(const char *name);

bool covers(const struct statement *statement, const char *name);
bool is_shadow(const struct model *model, const struct statement *statement);

/* The order of evaluate.h. */
bool model_before(const struct model *model, const struct statement *a,
    const struct statement *b);

/* The first in order of those that cover NAME and are in force at NOW, in
 * shadow mode or (SHADOW false) enforced; NULL where there is none. */
const struct statement *model_best(
    const struct model *model, const char *name, int64_t now, bool shadow);

/* The statement as the library takes it; it points into STATEMENT. */
struct pol_indicator to_indicator(
    const struct model *model, const struct statement *statement);

/* Names of few labels, so that they share their ends. */
const char *random_label(struct rng *rng);
void random_name(struct rng *rng, char *name);

#endif
