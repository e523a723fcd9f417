/*
 * progress.c - how far a long operation is.
 */
#include "tools/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/output.h"

#define QUIET 1.0    /* seconds before the first line */
#define INTERVAL 0.1 /* seconds between two lines */

#define BAR 30 /* columns */

#define ERASE "\r\033[K"

static double
seconds_between(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) +
	       (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

void
progress_begin(struct progress *progress)
{
	const char *terminal = getenv("TERM");

	memset(progress, 0, sizeof(*progress));
	progress->on_terminal = isatty(STDERR_FILENO) == 1 &&
				terminal != NULL &&
				strcmp(terminal, "dumb") != 0;
	clock_gettime(CLOCK_MONOTONIC, &progress->begun);
	progress->drawn = progress->begun;
}

static void
draw_bar(double share)
{
	int full = (int)(share * BAR);

	fprintf(stderr, ": %.0f %% [%.*s%*s]", 100.0 * share, full,
	    "==============================", BAR - full, "");
}

void
progress_show(struct progress *progress, const char *what, const char *who,
    uint64_t done, uint64_t total)
{
	struct timespec now;

	if (!progress->on_terminal)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (seconds_between(&progress->begun, &now) < QUIET ||
	    seconds_between(&progress->drawn, &now) < INTERVAL)
		return;
	progress->drawn = now;
	progress->shown = true;
	fprintf(stderr, ERASE "%s %s", what, who);
	if (total > 0 && done <= total)
		draw_bar((double)done / (double)total);
	else if (done > 0 && total == 0)
		fprintf(stderr, ": %s so far", show_size(done).text);
	fflush(stderr);
}

void
progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs(ERASE, stderr);
	progress->shown = false;
}

double
progress_seconds(const struct progress *progress)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return seconds_between(&progress->begun, &now);
}
