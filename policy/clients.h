/*
 * clients.h - groups of clients, which the policy treats differently.
 *
 * A group is a name, a mode and prefixes. The longest prefix over all groups
 * that covers a client's address says which group it is in; a client that none
 * covers is in no group, and the policy is enforced for it.
 *
 * A struct pol_clients is made by pol_clients_new() and the functions that add
 * to it, sorted once, and does not change after that: then many threads may
 * look clients up in it.
 */
#ifndef POL_CLIENTS_H
#define POL_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/address.h"

#define POL_GROUP_NAME_MAX 63 /* octets, without a NUL */
#define POL_GROUPS_MAX 255
#define POL_GROUP_PREFIXES_MAX 16384 /* of all groups together */

enum pol_client_mode {
	POL_CLIENT_ENFORCE = 0,
	POL_CLIENT_SHADOW =
	    1, /* log what would have happened, change nothing */
	POL_CLIENT_EXEMPT = 2, /* change nothing, log nothing */
};

const char *pol_client_mode_text(enum pol_client_mode mode);

struct pol_group {
	char name[POL_GROUP_NAME_MAX + 1];
	enum pol_client_mode mode;
	size_t prefix_count;
};

struct pol_clients;

/* NULL without memory. Free with pol_clients_free(), which takes NULL. */
struct pol_clients *pol_clients_new(void);
void pol_clients_free(struct pol_clients *clients);

/* Add a group, whose prefixes are added next. POL_EINVAL for a name that is
 * empty or there already, POL_ERANGE for one too many, POL_ENOMEM. */
int pol_clients_add_group(
    struct pol_clients *clients, const char *name, enum pol_client_mode mode);

/* Add a prefix to the group added last. POL_ERANGE, POL_ENOMEM. */
int pol_clients_add_prefix(
    struct pol_clients *clients, const struct pol_prefix *prefix);

/* After the last prefix. POL_EINVAL where two are the same: TWICE is then set
 * to it. */
int pol_clients_sort(struct pol_clients *clients, struct pol_prefix *twice);

size_t pol_clients_count(const struct pol_clients *clients);
const struct pol_group *pol_clients_group(
    const struct pol_clients *clients, size_t i);

/* Has group I of A the prefixes of group J of B? Both are sorted. */
bool pol_clients_same_prefixes(const struct pol_clients *a, size_t i,
    const struct pol_clients *b, size_t j);

/* The group of a client, or NULL: it is in none, or CLIENTS is NULL. An IPv4
 * address within ::ffff:0:0/96 counts as that IPv4 address. */
const struct pol_group *pol_clients_find(
    const struct pol_clients *clients, const struct pol_address *address);

#endif
