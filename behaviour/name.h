/*
 * name.h - an owner name, made ready once for all that looks at it.
 *
 * An answer's name is asked for by its registrable domain, by the windows of
 * both and by what was seen before. All of them want it in lower case, and some
 * want to know where its labels begin.
 */
#ifndef BEHAVIOUR_NAME_H
#define BEHAVIOUR_NAME_H

#include <stdint.h>
#include <string.h>

#include "policy/error.h"
#include "policy/name.h"

#define BEH_LABELS_MAX 127

struct beh_name {
	_Alignas(8) uint8_t wire[256]; /* lower case */
	uint8_t len;
	uint8_t labels;			/* without the root */
	uint8_t starts[BEH_LABELS_MAX]; /* of each, its length octet */
};

/* Eight octets at once; those of a label's length are below 'A'. */
static inline uint64_t
beh_lower(uint64_t octets)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t low = octets & 0x7f * each;
	uint64_t from_a = low + (0x80 - 'A') * each;
	uint64_t past_z = low + (0x7f - 'Z') * each;

	return octets | ((from_a ^ past_z) & ~octets & 0x80 * each) >> 2;
}

/* Take a name in wire format. POL_EINVAL where it is malformed. */
static inline int
beh_name_set(struct beh_name *name, const uint8_t *wire, size_t len)
{
	unsigned labels = 0;
	size_t at = 0;

	if (len == 0 || len > POL_NAME_MAX)
		return POL_EINVAL;
	while (at < len && wire[at] != 0) {
		if (wire[at] > POL_LABEL_MAX)
			return POL_EINVAL;
		name->starts[labels++] = (uint8_t)at;
		at += 1u + wire[at];
	}
	if (at + 1 != len)
		return POL_EINVAL;
	memcpy(name->wire, wire, len);
	for (at = 0; at < len; at += 8) {
		uint64_t octets;

		memcpy(&octets, name->wire + at, 8);
		octets = beh_lower(octets);
		memcpy(name->wire + at, &octets, 8);
	}
	name->len = (uint8_t)len;
	name->labels = (uint8_t)labels;
	return 0;
}

#endif
