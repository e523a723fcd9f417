/*
 * clients.c - groups of clients, which the policy treats differently.
 *
 * Prefixes are sorted as keys are (address.h): a prefix comes before all that
 * lie within it. So whatever covers an address also covers the last prefix that
 * is not behind it, and is that prefix or one of those around it.
 */
#include "policy/clients_p.h"

#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "policy/grow.h"

#define NONE UINT32_MAX
#define MEMBERS_FIRST 16

const char *
pol_client_mode_text(enum pol_client_mode mode)
{
	static const char *const texts[] = {[POL_CLIENT_ENFORCE] = "enforce",
	    [POL_CLIENT_SHADOW] = "shadow",
	    [POL_CLIENT_EXEMPT] = "exempt"};

	return texts[mode];
}

/* ---- making ---- */

struct pol_clients *
pol_clients_new(void)
{
	return calloc(1, sizeof(struct pol_clients));
}

void
pol_clients_free(struct pol_clients *clients)
{
	if (clients == NULL)
		return;
	free(clients->groups);
	free(clients->members);
	free(clients);
}

static bool
has_group(const struct pol_clients *clients, const char *name)
{
	for (size_t i = 0; i < clients->group_count; i++)
		if (strcmp(clients->groups[i].name, name) == 0)
			return true;
	return false;
}

int
pol_clients_add_group(
    struct pol_clients *clients, const char *name, enum pol_client_mode mode)
{
	size_t len = strlen(name);
	struct pol_group *groups;

	if (len == 0 || len > POL_GROUP_NAME_MAX || has_group(clients, name))
		return POL_EINVAL;
	if (clients->group_count == POL_GROUPS_MAX)
		return POL_ERANGE;
	groups = realloc(
	    clients->groups, (clients->group_count + 1) * sizeof(*groups));
	if (groups == NULL)
		return POL_ENOMEM;
	clients->groups = groups;
	groups += clients->group_count++;
	memset(groups, 0, sizeof(*groups));
	memcpy(groups->name, name, len);
	groups->mode = mode;
	return 0;
}

int
pol_clients_add_prefix(
    struct pol_clients *clients, const struct pol_prefix *prefix)
{
	struct member *members;

	if (clients->member_count == POL_GROUP_PREFIXES_MAX)
		return POL_ERANGE;
	members = pol_grow(clients->members, &clients->member_size,
	    clients->member_count + 1, sizeof(*members), MEMBERS_FIRST);
	if (members == NULL)
		return POL_ENOMEM;
	clients->members = members;
	members[clients->member_count++] = (struct member){
	    .prefix = *prefix, .group = (uint8_t)(clients->group_count - 1)};
	clients->groups[clients->group_count - 1].prefix_count++;
	return 0;
}

static int
compare_prefixes(const struct pol_prefix *a, const struct pol_prefix *b)
{
	int order = pol_address_compare(&a->address, &b->address);

	return order != 0 ? order : (int)a->length - (int)b->length;
}

static int
compare_members(const void *a, const void *b)
{
	const struct member *first = a, *second = b;

	return compare_prefixes(&first->prefix, &second->prefix);
}

int
pol_clients_sort(struct pol_clients *clients, struct pol_prefix *twice)
{
	struct member *members = clients->members;

	if (clients->member_count == 0)
		return 0;
	qsort(
	    members, clients->member_count, sizeof(*members), compare_members);
	members[0].around = NONE;
	for (size_t i = 1; i < clients->member_count; i++) {
		uint32_t around = (uint32_t)(i - 1);

		if (compare_members(&members[i - 1], &members[i]) == 0) {
			*twice = members[i].prefix;
			return POL_EINVAL;
		}
		while (around != NONE &&
		       !pol_prefix_covers(
			   &members[around].prefix, &members[i].prefix.address))
			around = members[around].around;
		members[i].around = around;
	}
	return 0;
}

/* ---- looking up ---- */

size_t
pol_clients_count(const struct pol_clients *clients)
{
	return clients == NULL ? 0 : clients->group_count;
}

const struct pol_group *
pol_clients_group(const struct pol_clients *clients, size_t i)
{
	return &clients->groups[i];
}

/* The next member of GROUP from *AT on, which moves past it; NULL: no more. */
static const struct member *
next_member(const struct pol_clients *clients, size_t group, size_t *at)
{
	while (*at < clients->member_count) {
		const struct member *member = &clients->members[(*at)++];

		if (member->group == group)
			return member;
	}
	return NULL;
}

bool
pol_clients_same_prefixes(const struct pol_clients *a, size_t i,
    const struct pol_clients *b, size_t j)
{
	const struct member *mine, *other;
	size_t at = 0, other_at = 0;

	do {
		mine = next_member(a, i, &at);
		other = next_member(b, j, &other_at);
	} while (mine != NULL && other != NULL &&
	    mine->prefix.length == other->prefix.length &&
	    pol_address_compare(
		&mine->prefix.address, &other->prefix.address) == 0);
	return mine == NULL && other == NULL;
}

/* An IPv4 client of a socket for both families, or of a proxy. */
static struct pol_address
unmapped(const struct pol_address *address)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct pol_address ipv4 = *address;

	if (address->family == 6 &&
	    memcmp(address->octets, mapped, sizeof(mapped)) == 0)
		pol_address_embedded(&ipv4, address);
	return ipv4;
}

/* The last member that is not behind ADDRESS as a prefix of its full length. */
static uint32_t
last_before(
    const struct pol_clients *clients, const struct pol_address *address)
{
	size_t low = 0, high = clients->member_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (pol_address_compare(
			&clients->members[middle].prefix.address, address) > 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low > 0 ? (uint32_t)(low - 1) : NONE;
}

const struct pol_group *
pol_clients_find(
    const struct pol_clients *clients, const struct pol_address *address)
{
	struct pol_address client;
	uint32_t i;

	if (clients == NULL)
		return NULL;
	client = unmapped(address);
	for (i = last_before(clients, &client); i != NONE;
	     i = clients->members[i].around)
		if (pol_prefix_covers(&clients->members[i].prefix, &client))
			return &clients->groups[clients->members[i].group];
	return NULL;
}
