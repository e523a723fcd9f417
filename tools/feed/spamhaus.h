/*
 * spamhaus.h - what the lists of the Spamhaus Project have in common.
 *
 * Each is published as lines of JSON, the last of which describes the list,
 * and was published as text; the text's comments hold what JSON has fields
 * for.
 */
#ifndef FEED_SPAMHAUS_H
#define FEED_SPAMHAUS_H

#include "tools/feed/json.h"
#include "tools/feed/network.h"

struct spamhaus_list {
	const char *key; /* of the JSON field that names the entry */
	bool (*read)(struct text text, struct pol_subject *subject,
	    enum feed_fault *fault);
	/* Write what the list says of an entry into the POL_REFERENCE_MAX
	 * octets at REFERENCE, from its other fields or from its comment.
	 * Return the length. */
	size_t (*from_fields)(const json_t *fields, char *reference);
	size_t (*from_comment)(struct text comment, char *reference);
};

int spamhaus_parse(
    struct feed_parse *parse, FILE *source, const struct spamhaus_list *list);

#endif
