/*
 * clients_record.c - groups of clients as octets in the database.
 */
#include "policy/clients_p.h"
#include "policy/error.h"
#include "policy/octets_p.h"

static void
write_prefix(const struct pol_prefix *prefix, struct output *out)
{
	const struct pol_address *address = &prefix->address;

	put_number(out, address->family, 1);
	put_number(out, prefix->length, 1);
	put_octets(out, address->octets, pol_address_octets(address->family));
}

static void
write_group(const struct pol_clients *clients, size_t i, struct output *out)
{
	const struct pol_group *group = &clients->groups[i];

	put_number(out, group->mode, 1);
	put_text(out, 1, group->name);
	put_number(out, group->prefix_count, 2);
	for (size_t j = 0; j < clients->member_count; j++)
		if (clients->members[j].group == i)
			write_prefix(&clients->members[j].prefix, out);
}

size_t
clients_write(const struct pol_clients *clients, uint8_t *octets)
{
	struct output out = {.out = octets};

	put_number(&out, CLIENTS_VERSION, 1);
	for (size_t i = 0; i < clients->group_count; i++)
		write_group(clients, i, &out);
	return out.len;
}

/* ---- reading ---- */

static int
read_prefix(struct input *in, struct pol_clients *clients)
{
	struct pol_address address;
	struct pol_prefix prefix;
	uint8_t family = (uint8_t)get_number(in, 1);
	uint8_t length = (uint8_t)get_number(in, 1);
	const uint8_t *octets;

	if (family != 4 && family != 6)
		return POL_ECORRUPT;
	octets = get_octets(in, pol_address_octets(family));
	if (octets == NULL || length > 8 * pol_address_octets(family))
		return POL_ECORRUPT;
	pol_address_set(&address, family, octets);
	pol_prefix_of(&address, length, &prefix);
	if (pol_address_compare(&prefix.address, &address) != 0)
		return POL_ECORRUPT;
	return pol_clients_add_prefix(clients, &prefix);
}

static int
read_group(struct input *in, struct pol_clients *clients)
{
	char name[POL_GROUP_NAME_MAX + 1];
	uint64_t mode = get_number(in, 1), left;
	int error;

	get_text(in, 1, name, sizeof(name));
	left = get_number(in, 2);
	if (in->failed || mode > POL_CLIENT_EXEMPT)
		return POL_ECORRUPT;
	error =
	    pol_clients_add_group(clients, name, (enum pol_client_mode)mode);
	for (; error == 0 && left > 0; left--)
		error = read_prefix(in, clients);
	return error;
}

int
clients_read(const void *data, size_t len, struct pol_clients **clients)
{
	struct input in = input_of(data, len);
	struct pol_prefix twice;
	struct pol_clients *read;
	int error = 0;

	if (get_number(&in, 1) != CLIENTS_VERSION)
		return POL_ECORRUPT;
	read = pol_clients_new();
	if (read == NULL)
		return POL_ENOMEM;
	while (error == 0 && in.next < in.end)
		error = read_group(&in, read);
	if (error == 0)
		error = pol_clients_sort(read, &twice);
	if (error != 0) {
		pol_clients_free(read);
		return error == POL_ENOMEM ? error : POL_ECORRUPT;
	}
	*clients = read;
	return 0;
}
