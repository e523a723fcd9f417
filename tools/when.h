/*
 * when.h - times as people write them.
 */
#ifndef WHEN_H
#define WHEN_H

#include <stdint.h>

/* The latest time that the database can keep: 2106-02-07 06:28:15 UTC. */
#define WHEN_LATEST ((int64_t)UINT32_MAX)

/* The longest duration. */
#define WHEN_YEARS_MAX 50
#define WHEN_SECONDS_MAX ((int64_t)WHEN_YEARS_MAX * 366 * 86400)

/* "90m", "2h", "30d", "1w": a whole number over 0 and a unit (s, m, h, d, w),
 * up to WHEN_SECONDS_MAX. 0 or POL_EINVAL. */
int when_parse_duration(const char *text, int64_t *seconds);

/*
 * "2025-12-13", "2025-12-13 09:12", "2025-12-13T09:12:30Z", with "Z", " UTC" or
 * an offset like "+01:00"; without one it is UTC, and a date without a time
 * begins at midnight. In seconds since the epoch. 0 or POL_EINVAL.
 */
int when_parse_time(const char *text, int64_t *seconds);

#endif
