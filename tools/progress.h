/*
 * progress.h - how far a long operation is: one line on stderr, rewritten in
 * place, where stderr is a terminal and the operation takes over a second.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct progress {
	bool on_terminal;
	bool shown; /* a line is there to be erased */
	struct timespec begun;
	struct timespec drawn;
};

void progress_begin(struct progress *progress);

/* WHAT and WHO as in "reading urlhaus: 45 % [====   ]". TOTAL 0: not known. */
void progress_show(struct progress *progress, const char *what, const char *who,
    uint64_t done, uint64_t total);

/* Erase the line. To be called before anything else is printed. */
void progress_end(struct progress *progress);

/* Seconds since the begin. */
double progress_seconds(const struct progress *progress);

#endif
