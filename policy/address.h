/*
 * address.h - IPv4 and IPv6 addresses and prefixes, as text and as keys.
 *
 * A key orders prefixes so that the longest match for an address is found by
 * seeking backwards from it:
 *
 *	key = family (4 or 6), address (4 or 16 octets), length in bits
 *
 * No function here allocates; all are safe in any thread.
 */
#ifndef POL_ADDRESS_H
#define POL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POL_ADDRESS_OCTETS_MAX 16
#define POL_PREFIX_KEY_MAX (1 + POL_ADDRESS_OCTETS_MAX + 1)
#define POL_PREFIX_TEXT_MAX 50 /* octets of a prefix as text, with its NUL */

struct pol_address {
	uint8_t family; /* 4 or 6 */
	uint8_t octets[POL_ADDRESS_OCTETS_MAX]; /* network order; 4 or 16 used */
};

struct pol_prefix {
	struct pol_address address; /* bits behind the length are zero */
	uint8_t length;             /* bits: 0 to 32 or 128 */
};

/* Why a text is not a prefix. */
enum pol_prefix_fault {
	POL_PREFIX_OK = 0,
	POL_PREFIX_NOT_AN_ADDRESS,
	POL_PREFIX_BAD_LENGTH,
	POL_PREFIX_HOST_BITS, /* bits set behind the length: 192.0.2.1/24 */
};
const char *pol_prefix_fault_text(enum pol_prefix_fault fault);

/* Octets of an address of this family: 4 or 16. */
static inline unsigned
pol_address_octets(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

/* Set an address from OCTETS in network order. */
void pol_address_set(struct pol_address *address, uint8_t family,
    const uint8_t *octets);

/* The IPv4 address within the /96 that begins with these 12 octets. */
void pol_address_embedded(struct pol_address *address,
    const struct pol_address *ipv6);

/* Compare by family, then octets, as memcmp() does. */
int pol_address_compare(const struct pol_address *a,
    const struct pol_address *b);

/*
 * Read "192.0.2.0/24", "2001:db8::/32" or a plain address (a /32 or /128):
 * dotted quad and RFC 4291 only, no octal or short forms.
 */
enum pol_prefix_fault pol_prefix_from_text(const char *text, size_t len,
    struct pol_prefix *prefix);

/* Write into POL_PREFIX_TEXT_MAX octets; without "/32" or "/128". RFC 5952. */
char *pol_prefix_to_text(const struct pol_prefix *prefix, char *text);

/* The prefix of LENGTH bits that ADDRESS is in. */
void pol_prefix_of(const struct pol_address *address, unsigned length,
    struct pol_prefix *prefix);

bool pol_prefix_covers(const struct pol_prefix *prefix,
    const struct pol_address *address);

/* Leading bits that both addresses share; -1 for different families. */
int pol_address_common(const struct pol_address *a,
    const struct pol_address *b);

/* The key, of up to POL_PREFIX_KEY_MAX octets at KEY. Returns its length. */
size_t pol_prefix_key(const struct pol_prefix *prefix, uint8_t *key);

/* The prefix of a key. POL_ECORRUPT where the octets are no key. */
int pol_prefix_from_key(const uint8_t *key, size_t len,
    struct pol_prefix *prefix);

#endif
