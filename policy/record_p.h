/*
 * record_p.h - the octets of database values.
 *
 * All numbers are little-endian. A value begins with a version octet, and one
 * of another version is POL_ECORRUPT: the format version in meta keeps whole
 * databases apart. Reading checks every length against the octets that are
 * there; no octet of the database is trusted.
 *
 *	subject's value = version, indicator...
 *	                  in order of (feed, scope, triggers)
 *	indicator       = feed u16, flags u16, since u32
 *	                  [until u32] [action u8] [triggers u8] [risk u8]
 *	                  [reference: length u8, octets]
 *	                  [category: length u8, octets]
 *	                  [target: length u8, octets]
 *	                  [addresses: IPv4 count u8, IPv6 count u8, octets]
 *	                  [by: length u8, octets]
 *	flags           = scope (2 bits), then one bit each: shadow, until,
 *	                  action, triggers, risk, reference, category, target,
 *	                  addresses, unlisted, by
 *
 * Times are seconds since the epoch in 32 bits without a sign: to 2106.
 */
#ifndef POL_RECORD_P_H
#define POL_RECORD_P_H

#include "policy/indicator.h"

#define RECORD_VERSION 1

/* The most octets that one indicator takes. */
#define RECORD_INDICATOR_MAX \
	(2 + 2 + 4 + 4 + 1 + 1 + 1 + 1 + POL_REFERENCE_MAX + 1 + \
	    POL_CATEGORY_MAX + 1 + POL_NAME_MAX + 2 + \
	    POL_ADDRESSES_MAX * (4 + 16) + 1 + POL_BY_MAX)

#define RECORD_FEED_MAX \
	(1 + 2 + 5 + 4 + 9 * 8 + 1 + POL_FEED_NAME_MAX + 1 + POL_FEED_FORMAT_MAX + \
	    2 + POL_FEED_SOURCE_MAX)
#define RECORD_SETTINGS_MAX (1 + 1 + 4 + 16 + 4 + 1 + 2 + POL_PATH_MAX)

/* ---- the indicators of one subject ---- */

struct record_reader {
	const uint8_t *next;
	const uint8_t *end;
};

/* Begin to read the value at DATA. 0 or POL_ECORRUPT. */
int record_begin(struct record_reader *reader, const void *data, size_t len);

/* 1 and the next indicator, which points into DATA; 0 at the end;
 * POL_ECORRUPT. */
int record_next(struct record_reader *reader, struct pol_indicator *indicator);

/*
 * Write an indicator (without the value's version octet) into the
 * RECORD_INDICATOR_MAX octets at OCTETS. Returns its length, or POL_EINVAL for
 * one that cannot be written: a field out of its range.
 */
int record_write_indicator(
    const struct pol_indicator *indicator, uint8_t *octets);

/* ---- feeds and settings ---- */

/* Write into RECORD_FEED_MAX octets; the id is the key's. Returns the length.
 */
size_t record_write_feed(const struct pol_feed *feed, uint8_t *octets);
int record_read_feed(const void *data, size_t len, struct pol_feed *feed);

size_t record_write_settings(
    const struct pol_settings *settings, uint8_t *octets);
int record_read_settings(const void *data, size_t len,
    struct pol_settings *settings);

#endif
