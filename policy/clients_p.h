/*
 * clients_p.h - groups of clients in memory, and as octets in the database.
 *
 *	value  = version u8, group...
 *	group  = mode u8, name: length u8, octets,
 *	         prefixes: count u16, prefix...
 *	prefix = family u8 (4 or 6), length u8, address: 4 or 16 octets
 *
 * Numbers are little-endian. Reading checks all of it: octets that writing does
 * not make are POL_ECORRUPT.
 */
#ifndef POL_CLIENTS_P_H
#define POL_CLIENTS_P_H

#include "policy/clients.h"

struct member {
	struct pol_prefix prefix;
	uint8_t group;
	uint32_t around; /* the nearest one that covers this one's prefix */
};

struct pol_clients {
	struct pol_group *groups;
	size_t group_count;
	struct member *members; /* sorted by prefix */
	size_t member_count;
	size_t member_size; /* room for so many */
};

#define CLIENTS_VERSION 1
#define CLIENTS_OCTETS_MAX \
	(1 + POL_GROUPS_MAX * (1 + 1 + POL_GROUP_NAME_MAX + 2) + \
	    POL_GROUP_PREFIXES_MAX * (1 + 1 + POL_ADDRESS_OCTETS_MAX))

/* Write sorted groups into CLIENTS_OCTETS_MAX octets. Returns the length. */
size_t clients_write(const struct pol_clients *clients, uint8_t *octets);

/* Make groups of octets; free with pol_clients_free(). */
int clients_read(const void *data, size_t len, struct pol_clients **clients);

#endif
