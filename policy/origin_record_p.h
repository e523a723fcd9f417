/*
 * origin_record_p.h - the octets of origin data in the database.
 *
 *	origin key    = family u8 (4 or 6), last address
 *	origin value  = version u8, first address, asn u32 little-endian
 *	stamp         = 16 octets, drawn by each change of some range
 *	holder key    = asn u32 big-endian
 *	holder value  = version u8, country (2 letters, or 2 zero octets),
 *	                name (the rest, up to POL_HOLDER_MAX octets)
 *
 * Reading checks all of it: octets that writing does not make are
 * POL_ECORRUPT.
 */
#ifndef POL_ORIGIN_RECORD_P_H
#define POL_ORIGIN_RECORD_P_H

#include <lmdb.h>

#include "policy/origin.h"

#define ORIGIN_VERSION 1

#define ORIGIN_KEY_MAX (1 + POL_ADDRESS_OCTETS_MAX)
#define ORIGIN_VALUE_MAX (1 + POL_ADDRESS_OCTETS_MAX + 4)
#define ORIGIN_STAMP_LEN 16
#define HOLDER_KEY_LEN 4
#define HOLDER_VALUE_MAX (1 + 2 + POL_HOLDER_MAX)

/* Write into octets of the sizes above. They return the length. */
size_t origin_write_key(const struct pol_address *last, uint8_t *out);
size_t origin_write_value(const struct pol_origin *origin, uint8_t *octets);
size_t holder_write_key(uint32_t asn, uint8_t *out);
size_t holder_write_value(const struct pol_origin *origin, uint8_t *out);

int origin_read_key(const void *key, size_t len, struct pol_address *last);

/* Set ORIGIN to the range that ends at LAST, the address of the value's key;
 * its country and holder become empty. */
int origin_read_value(const void *data, size_t len,
    const struct pol_address *last, struct pol_origin *origin);

/* Both of an entry. */
int origin_read_entry(
    const MDB_val *key, const MDB_val *value, struct pol_origin *origin);

/* What tells this snapshot's ranges from any others. 1, 0 where there is none
 * because there were never any, or an error. */
int origin_read_stamp(const struct pol_snapshot *snapshot, uint8_t *stamp);

/* Set the country and the holder of ORIGIN. */
int holder_read_value(const void *data, size_t len, struct pol_origin *origin);

#endif
