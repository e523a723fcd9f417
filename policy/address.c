/*
 * address.c - IPv4 and IPv6 addresses and prefixes, as text and as keys.
 */
#include "policy/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "policy/error.h"

const char *
pol_prefix_fault_text(enum pol_prefix_fault fault)
{
	switch (fault) {
	case POL_PREFIX_OK:
		return "a prefix";
	case POL_PREFIX_NOT_AN_ADDRESS:
		return "no IP address";
	case POL_PREFIX_BAD_LENGTH:
		return "a prefix length that is not from 0 to 32 (IPv4) or 128";
	case POL_PREFIX_HOST_BITS:
		return "bits set behind the prefix length";
	}
	return "unknown fault";
}

static unsigned
bits_of(uint8_t family)
{
	return 8 * pol_address_octets(family);
}

/* The octets of an address. Their number is known in each case, so that no
 * function is called. */
static void
copy_octets(uint8_t *to, const uint8_t *from, uint8_t family)
{
	if (family == 4)
		memcpy(to, from, 4);
	else
		memcpy(to, from, 16);
}

void
pol_address_set(struct pol_address *address, uint8_t family,
    const uint8_t *octets)
{
	memset(address, 0, sizeof(*address));
	address->family = family;
	copy_octets(address->octets, octets, family);
}

void
pol_address_embedded(struct pol_address *address,
    const struct pol_address *ipv6)
{
	pol_address_set(address, 4, ipv6->octets + 12);
}

int
pol_address_compare(const struct pol_address *a, const struct pol_address *b)
{
	if (a->family != b->family)
		return (int)a->family - (int)b->family;
	return memcmp(a->octets, b->octets, pol_address_octets(a->family));
}

/* ---- text ---- */

/* Digits only, up to three of them. */
static bool
read_length(const char *text, unsigned *length)
{
	unsigned value = 0;
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 3 || text[digits] != '\0')
		return false;
	while (*text != '\0')
		value = 10 * value + (unsigned)(*text++ - '0');
	*length = value;
	return true;
}

enum pol_prefix_fault
pol_prefix_from_text(const char *text, size_t len, struct pol_prefix *prefix)
{
	char copy[POL_PREFIX_TEXT_MAX];
	uint8_t octets[POL_ADDRESS_OCTETS_MAX];
	struct pol_address address;
	struct pol_prefix found;
	unsigned length;
	char *slash;

	if (len >= sizeof(copy) || memchr(text, '\0', len) != NULL)
		return POL_PREFIX_NOT_AN_ADDRESS;
	memcpy(copy, text, len);
	copy[len] = '\0';
	slash = strchr(copy, '/');
	if (slash != NULL)
		*slash = '\0';
	if (inet_pton(AF_INET, copy, octets) == 1)
		pol_address_set(&address, 4, octets);
	else if (inet_pton(AF_INET6, copy, octets) == 1)
		pol_address_set(&address, 6, octets);
	else
		return POL_PREFIX_NOT_AN_ADDRESS;
	length = bits_of(address.family);
	if (slash != NULL &&
	    (!read_length(slash + 1, &length) ||
		length > bits_of(address.family)))
		return POL_PREFIX_BAD_LENGTH;
	pol_prefix_of(&address, length, &found);
	if (pol_address_compare(&found.address, &address) != 0)
		return POL_PREFIX_HOST_BITS;
	*prefix = found;
	return POL_PREFIX_OK;
}

char *
pol_prefix_to_text(const struct pol_prefix *prefix, char *text)
{
	size_t used;

	inet_ntop(prefix->address.family == 4 ? AF_INET : AF_INET6,
	    prefix->address.octets, text, POL_PREFIX_TEXT_MAX);
	used = strlen(text);
	if (prefix->length < bits_of(prefix->address.family))
		snprintf(text + used, POL_PREFIX_TEXT_MAX - used, "/%u",
		    prefix->length);
	return text;
}

/* ---- bits ---- */

void
pol_prefix_of(const struct pol_address *address, unsigned length,
    struct pol_prefix *prefix)
{
	unsigned whole = length / 8;

	prefix->address = *address;
	prefix->length = (uint8_t)length;
	if (whole >= POL_ADDRESS_OCTETS_MAX)
		return;
	prefix->address.octets[whole] &= (uint8_t)(0xff00 >> length % 8);
	memset(prefix->address.octets + whole + 1, 0,
	    POL_ADDRESS_OCTETS_MAX - whole - 1);
}

bool
pol_prefix_covers(
    const struct pol_prefix *prefix, const struct pol_address *address)
{
	return pol_address_common(&prefix->address, address) >=
	    (int)prefix->length;
}

int
pol_address_common(const struct pol_address *a, const struct pol_address *b)
{
	unsigned octets = pol_address_octets(a->family);
	unsigned i = 0;
	uint8_t differing;
	int bits;

	if (a->family != b->family)
		return -1;
	while (i < octets && a->octets[i] == b->octets[i])
		i++;
	bits = (int)(8 * i);
	if (i == octets)
		return bits;
	for (differing = a->octets[i] ^ b->octets[i]; differing < 0x80;
	     differing = (uint8_t)(differing << 1))
		bits++;
	return bits;
}

/* ---- keys ---- */

size_t
pol_prefix_key(const struct pol_prefix *prefix, uint8_t *key)
{
	unsigned octets = pol_address_octets(prefix->address.family);

	key[0] = prefix->address.family;
	copy_octets(key + 1, prefix->address.octets, key[0]);
	key[1 + octets] = prefix->length;
	return 1 + octets + 1;
}

int
pol_prefix_from_key(const uint8_t *key, size_t len, struct pol_prefix *prefix)
{
	struct pol_address address;
	struct pol_prefix found;
	unsigned octets;

	if (len == 0 || (key[0] != 4 && key[0] != 6))
		return POL_ECORRUPT;
	octets = pol_address_octets(key[0]);
	if (len != 1 + octets + 1 || key[1 + octets] > 8 * octets)
		return POL_ECORRUPT;
	pol_address_set(&address, key[0], key + 1);
	pol_prefix_of(&address, key[1 + octets], &found);
	if (pol_address_compare(&found.address, &address) != 0)
		return POL_ECORRUPT;
	*prefix = found;
	return 0;
}
