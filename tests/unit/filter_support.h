/*
 * filter_support.h - what the tests of the filter share: subjects that are
 * listed, filters that follow them, and what these cover.
 */
#ifndef FILTER_SUPPORT_H
#define FILTER_SUPPORT_H

#include "origin_support.h"

#include "policy/filter.h"

/* ---- filters ---- */

/* Have *FILTER be that of the snapshot's generation, or of the latest one; were
 * all entries read again? *FILTER may be NULL; what it was is freed. */
bool follow_snapshot(struct pol_snapshot *snapshot, struct pol_filter **filter);
bool follow(struct scratch *scratch, struct pol_filter **filter);

struct pol_query query_of_name(const struct pol_name *name);
bool may_cover_name(const struct pol_filter *filter, const char *text);
bool may_cover_address(const struct pol_filter *filter, const char *text);

/* ---- subjects ---- */

struct pol_subject subject_of(const char *text);
void set_subject(struct pol_change *change, const char *text, uint16_t feed);

/* Commit these, with blanks in between, in the feed "one". */
void list_subjects(struct scratch *scratch, const char *subjects);

/* The names nFROM.ZONE, and so on, below nTO.ZONE. */
void set_numbered(struct pol_change *change, uint16_t feed, const char *zone,
    unsigned from, unsigned to);

#endif
