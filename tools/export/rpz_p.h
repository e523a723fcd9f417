/*
 * rpz_p.h - the triggers of a response policy zone that is written.
 */
#ifndef EXPORT_RPZ_P_H
#define EXPORT_RPZ_P_H

#include "policy/evaluate.h"
#include "tools/export/rpz.h"

/* Where in a zone a trigger stands. */
enum rpz_place {
	RPZ_QNAME,
	RPZ_NSDNAME,
	RPZ_IP,
	RPZ_NSIP,
};
#define RPZ_PLACES 2 /* of one kind of subject */

struct rpz_writer {
	FILE *out;
	const struct pol_settings *settings;
	size_t zone_len; /* octets of the zone's name */
	struct export_rpz_count *count;
};

/* Write a trigger for NAME, or for all names below it. */
void rpz_write_name(struct rpz_writer *writer, enum rpz_place place,
    const struct pol_name *name, bool is_below, const struct pol_match *match);

void rpz_write_prefix(struct rpz_writer *writer, enum rpz_place place,
    const struct pol_prefix *prefix, const struct pol_match *match);

/* Do both make the same records? */
bool rpz_same_action(const struct pol_match *a, const struct pol_match *b);

/* Can a trigger for NAME be told from what RPZ has special names for, which are
 * also the zone's own, and what covers no more than SCOPE does? */
bool rpz_can_name(const struct pol_name *name, enum pol_scope scope);

#endif
