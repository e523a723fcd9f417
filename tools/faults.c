/*
 * faults.c - how many entries of a file had the same fault, and the first of
 * them.
 */
#include "tools/faults.h"

#include <string.h>

/* Keep an entry, cut and without what a terminal might obey. */
static void
keep_text(char *kept, struct text text)
{
	static const char ellipsis[] = "...";
	size_t max = FAULT_TEXT - 1;
	size_t i;

	for (i = 0; i < text.len && i < max; i++) {
		char c = text.text[i];

		kept[i] = c >= 0x20 && c < 0x7f ? c : '?';
	}
	kept[i] = '\0';
	if (text.len > max)
		memcpy(kept + max - (sizeof(ellipsis) - 1), ellipsis,
		    sizeof(ellipsis));
}

void
fault_add(struct fault_count *count, unsigned long line, struct text text)
{
	size_t kept = count->count < FAULT_LINES ? count->count : FAULT_LINES;
	size_t at = kept;

	count->count++;
	/* Some are found in the order of names. */
	while (at > 0 && count->lines[at - 1] > line)
		at--;
	if (at == FAULT_LINES)
		return;
	if (kept == FAULT_LINES)
		kept--;
	memmove(count->lines + at + 1, count->lines + at,
	    (kept - at) * sizeof(count->lines[0]));
	memmove(count->texts + at + 1, count->texts + at,
	    (kept - at) * sizeof(count->texts[0]));
	count->lines[at] = line;
	keep_text(count->texts[at], text);
}
