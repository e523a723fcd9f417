/*
 * source.h - a log of queries as a whole: opened, unpacked, line by line.
 *
 * It is never held in memory: a buffer for lines, and what one piece of a
 * compressed log unpacks to.
 */
#ifndef LOG_SOURCE_H
#define LOG_SOURCE_H

#include "tools/feed/format.h"
#include "tools/log/record.h"

#define LOG_PROBLEM_MAX 200

/* One reading of one log. */
struct log_reading {
	const char *path; /* "-": standard input */
	struct log_clock clock;
	uint64_t lines;
	uint64_t records;
	struct fault_count faults[LOG_FAULTS];
	/* Octets of the file that were read, and its size, 0: not known. */
	uint64_t octets;
	uint64_t size;
	char problem[LOG_PROBLEM_MAX]; /* why it ended early; else empty */
	void (*progress)(const struct log_reading *reading, void *arg);
};

/*
 * Read the log at reading->path, which may be packed by gzip, zstd or bzip2,
 * and call TAKE with each query. NOW is in seconds since the epoch. 0; what
 * TAKE returned other than 0, which ends it; POL_ENOMEM; or POL_EIO with
 * reading->problem, where the log cannot be opened or has a damaged or a
 * missing end: what comes before that has been taken.
 */
typedef int log_take(const struct log_record *record, void *arg);
int log_read(
    struct log_reading *reading, int64_t now, log_take *take, void *arg);

#endif
