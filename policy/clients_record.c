/*
 * clients_record.c - groups of clients as octets in the database.
 */
#include <string.h>

#include "policy/clients_p.h"
#include "policy/error.h"

static uint8_t *
write_prefix(const struct pol_prefix *prefix, uint8_t *out)
{
	size_t octets = pol_address_octets(prefix->address.family);

	*out++ = prefix->address.family;
	*out++ = prefix->length;
	memcpy(out, prefix->address.octets, octets);
	return out + octets;
}

static uint8_t *
write_group(const struct pol_clients *clients, size_t i, uint8_t *out)
{
	const struct pol_group *group = &clients->groups[i];
	size_t len = strlen(group->name);

	*out++ = (uint8_t)group->mode;
	*out++ = (uint8_t)len;
	memcpy(out, group->name, len);
	out += len;
	*out++ = (uint8_t)group->prefix_count;
	*out++ = (uint8_t)(group->prefix_count >> 8);
	for (size_t j = 0; j < clients->member_count; j++)
		if (clients->members[j].group == i)
			out = write_prefix(&clients->members[j].prefix, out);
	return out;
}

size_t
clients_write(const struct pol_clients *clients, uint8_t *out)
{
	uint8_t *start = out;

	*out++ = CLIENTS_VERSION;
	for (size_t i = 0; i < clients->group_count; i++)
		out = write_group(clients, i, out);
	return (size_t)(out - start);
}

/* ---- reading ---- */

struct octets {
	const uint8_t *next;
	size_t left;
};

/* The next LEN octets, or NULL where they are not there. */
static const uint8_t *
take(struct octets *in, size_t len)
{
	const uint8_t *taken = in->next;

	if (in->left < len)
		return NULL;
	in->next += len;
	in->left -= len;
	return taken;
}

static int
read_prefix(struct octets *in, struct pol_clients *clients)
{
	struct pol_address address;
	struct pol_prefix prefix;
	const uint8_t *head = take(in, 2);
	const uint8_t *octets;

	if (head == NULL || (head[0] != 4 && head[0] != 6))
		return POL_ECORRUPT;
	octets = take(in, pol_address_octets(head[0]));
	if (octets == NULL || head[1] > 8 * pol_address_octets(head[0]))
		return POL_ECORRUPT;
	pol_address_set(&address, head[0], octets);
	pol_prefix_of(&address, head[1], &prefix);
	if (pol_address_compare(&prefix.address, &address) != 0)
		return POL_ECORRUPT;
	return pol_clients_add_prefix(clients, &prefix);
}

static int
read_group(struct octets *in, struct pol_clients *clients)
{
	char text[POL_GROUP_NAME_MAX + 1] = {0};
	const uint8_t *head = take(in, 2);
	const uint8_t *name, *count;
	int error;

	if (head == NULL || head[0] > POL_CLIENT_EXEMPT ||
	    head[1] > POL_GROUP_NAME_MAX)
		return POL_ECORRUPT;
	name = take(in, head[1]);
	count = take(in, 2);
	if (name == NULL || count == NULL || memchr(name, 0, head[1]) != NULL)
		return POL_ECORRUPT;
	memcpy(text, name, head[1]);
	error =
	    pol_clients_add_group(clients, text, (enum pol_client_mode)head[0]);
	for (unsigned left = count[0] | (unsigned)count[1] << 8;
	     error == 0 && left > 0; left--)
		error = read_prefix(in, clients);
	return error;
}

int
clients_read(const void *data, size_t len, struct pol_clients **clients)
{
	struct octets in = {.next = data, .left = len};
	const uint8_t *version = take(&in, 1);
	struct pol_prefix twice;
	struct pol_clients *read;
	int error = 0;

	if (version == NULL || *version != CLIENTS_VERSION)
		return POL_ECORRUPT;
	read = pol_clients_new();
	if (read == NULL)
		return POL_ENOMEM;
	while (error == 0 && in.left > 0)
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
