/*
 * faults.h - how many entries of a file had the same fault, and the first of
 * them.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <jansson.h>
#include <stdint.h>

#include "tools/text.h"

#define FAULT_LINES 3 /* of each fault that are kept for the report */
#define FAULT_TEXT 80 /* octets of the entry that are kept, with the NUL */

struct fault_count {
	uint64_t count;
	unsigned long lines[FAULT_LINES];
	char texts[FAULT_LINES][FAULT_TEXT]; /* printable ASCII */
};

/* Add one more, TEXT on LINE. The first lines are kept, in
 * whichever order they come. */
void fault_add(struct fault_count *count, unsigned long line, struct text text);

/* ---- the report; COUNT is more than none ---- */

/* "3 not a name   line 88: x   line 90: y   line 91: z   ...", into the
 * FAULT_REPORT_MAX octets at REPORT, which is returned. REASON is a few words.
 */
#define FAULT_REPORT_MAX (64 + 128 + FAULT_LINES * (FAULT_TEXT + 32))
char *fault_report(
    const struct fault_count *count, const char *reason, char *report);

json_t *fault_json(const struct fault_count *count, const char *reason);

#endif
