/*
 * fuzz_log.c - any line of a log: what is read of it is a name, a count and a
 * time that the database can keep, and reading it again says the same.
 */
#include "fuzz.h"

#include <string.h>

#include "tools/log/record.h"
#include "tools/when.h"

#define NOW INT64_C(1763802460)

static void
check(const struct log_record *record)
{
	char text[POL_NAME_TEXT_MAX];
	struct pol_name again;

	pol_name_to_text(record->name.wire, text);
	CHECK(pol_name_from_text(text, strlen(text), &again) == POL_NAME_OK);
	CHECK(again.len == record->name.len &&
	      memcmp(again.wire, record->name.wire, again.len) == 0);
	CHECK(record->count >= 1 && record->count <= LOG_COUNT_MAX);
	CHECK(record->time >= 0 && record->time <= WHEN_LATEST);
	CHECK(record->kind == LOG_ASKED || record->has_client);
	CHECK(!record->has_client || record->client.family == 4 ||
	      record->client.family == 6);
}

/* A name by itself, as it was read from a line that has more. */
static void
check_alone(const struct log_record *record)
{
	struct log_clock clock = {.now = NOW};
	struct log_record alone;
	char text[POL_NAME_TEXT_MAX];

	pol_name_to_text(record->name.wire, text);
	if (strpbrk(text, ",]{") != NULL || *text == '#' || *text == '\\' ||
	    strchr(text, ';') != NULL)
		return;
	CHECK(log_read_line(&clock, text, strlen(text), &alone) == LOG_OK);
	CHECK(alone.name.len == record->name.len &&
	      memcmp(alone.name.wire, record->name.wire, alone.name.len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log_clock clock = {.now = NOW};
	const char *line = (const char *)data;

	while (size > 0) {
		const char *end = memchr(line, '\n', size);
		size_t len = end == NULL ? size : (size_t)(end - line);
		struct log_clock fresh = {.now = NOW};
		struct log_record record, again;
		enum log_fault fault =
		    log_read_line(&clock, line, len, &record);
		enum log_fault by_itself =
		    log_read_line(&fresh, line, len, &again);

		CHECK(fault < LOG_FAULTS);
		/* But for a second match of the query before. */
		CHECK(fault == by_itself || fault == LOG_NOTHING);
		if (fault == LOG_OK) {
			check(&record);
			check_alone(&record);
			CHECK(again.time == record.time);
		}
		len += end != NULL;
		line += len;
		size -= len;
	}
	return 0;
}
