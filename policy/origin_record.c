/*
 * origin_record.c - the octets of origin data: see origin_record_p.h.
 */
#include "policy/origin_record_p.h"

#include <string.h>

#include "policy/error.h"
#include "policy/octets_p.h"

size_t
origin_write_key(const struct pol_address *last, uint8_t *out)
{
	unsigned octets = pol_address_octets(last->family);

	out[0] = last->family;
	memcpy(out + 1, last->octets, octets);
	return 1 + octets;
}

int
origin_read_key(const void *key, size_t len, struct pol_address *last)
{
	const uint8_t *octets = key;

	if (len == 0 || (octets[0] != 4 && octets[0] != 6) ||
	    len != 1 + pol_address_octets(octets[0]))
		return POL_ECORRUPT;
	pol_address_set(last, octets[0], octets + 1);
	return 0;
}

size_t
origin_write_value(const struct pol_origin *origin, uint8_t *octets)
{
	struct output out = {.out = octets};

	put_number(&out, ORIGIN_VERSION, 1);
	put_octets(&out, origin->first.octets,
	    pol_address_octets(origin->first.family));
	put_number(&out, origin->asn, 4);
	return out.len;
}

int
origin_read_value(const void *data, size_t len, const struct pol_address *last,
    struct pol_origin *origin)
{
	struct input in = input_of(data, len);
	uint64_t version = get_number(&in, 1);
	const uint8_t *octets =
	    get_octets(&in, pol_address_octets(last->family));
	uint32_t asn = (uint32_t)get_number(&in, 4);
	struct pol_address first;

	if (!input_is_done(&in) || version != ORIGIN_VERSION)
		return POL_ECORRUPT;
	pol_address_set(&first, last->family, octets);
	if (asn == 0 || pol_address_compare(&first, last) > 0)
		return POL_ECORRUPT;
	origin->first = first;
	origin->last = *last;
	origin->asn = asn;
	origin->country[0] = '\0';
	origin->holder[0] = '\0';
	return 0;
}

int
origin_read_entry(
    const MDB_val *key, const MDB_val *value, struct pol_origin *origin)
{
	struct pol_address last;
	int error = origin_read_key(key->mv_data, key->mv_size, &last);

	return error != 0 ? error
			  : origin_read_value(
				value->mv_data, value->mv_size, &last, origin);
}

size_t
holder_write_key(uint32_t asn, uint8_t *out)
{
	put_big_endian(out, asn, HOLDER_KEY_LEN);
	return HOLDER_KEY_LEN;
}

size_t
holder_write_value(const struct pol_origin *origin, uint8_t *out)
{
	size_t len = strlen(origin->holder);

	out[0] = ORIGIN_VERSION;
	out[1] = (uint8_t)origin->country[0];
	out[2] = origin->country[0] != '\0' ? (uint8_t)origin->country[1] : 0;
	memcpy(out + 3, origin->holder, len);
	return 3 + len;
}

static bool
is_country(const uint8_t *octets)
{
	if (octets[0] == 0)
		return octets[1] == 0;
	return octets[0] >= 'A' && octets[0] <= 'Z' && octets[1] >= 'A' &&
	       octets[1] <= 'Z';
}

int
holder_read_value(const void *data, size_t len, struct pol_origin *origin)
{
	const uint8_t *value = data;

	if (len < 3 || len > HOLDER_VALUE_MAX || value[0] != ORIGIN_VERSION ||
	    !is_country(value + 1) || memchr(value + 3, 0, len - 3) != NULL)
		return POL_ECORRUPT;
	memcpy(origin->country, value + 1, 2);
	origin->country[2] = '\0';
	memcpy(origin->holder, value + 3, len - 3);
	origin->holder[len - 3] = '\0';
	return 0;
}
