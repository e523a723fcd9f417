/*
 * clock.c - the times of a log's lines.
 */
#include "tools/log/record.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/when.h"

#define ASCII_LEN (sizeof("Nov 22 09:47:40") - 1)
#define SECOND_LEN (sizeof("2025-11-22T09:47:40") - 1)
#define AHEAD 86400 /* a log's clock may be ahead of ours by that */

static int64_t
read_epoch(const char *text)
{
	int64_t seconds = 0;

	for (text++; *text >= '0' && *text <= '9'; text++) {
		seconds = 10 * seconds + (*text - '0');
		if (seconds > WHEN_LATEST)
			return 0;
	}
	return *text == ']' ? seconds : 0;
}

/* In local time and without a year: the last such time that is not to come. */
static int64_t
read_ascii(int64_t now, const char *text)
{
	time_t today = (time_t)now;
	struct tm then = {.tm_isdst = -1};
	struct tm date;

	if (strptime(text, "%b %d %H:%M:%S", &then) == NULL ||
	    localtime_r(&today, &date) == NULL)
		return 0;
	for (int years = 0; years < 2; years++) {
		struct tm copy = then;
		time_t seconds;

		copy.tm_year = date.tm_year - years;
		seconds = mktime(&copy);
		if (seconds != (time_t)-1 && (int64_t)seconds <= now + AHEAD)
			return (int64_t)seconds;
	}
	return 0;
}

/* Without the fraction of a second, which is of no use here. */
static int64_t
read_rfc3339(const char *text)
{
	char plain[LOG_TIME_MAX];
	const char *rest = text + SECOND_LEN;
	int64_t seconds;

	if (strlen(text) < SECOND_LEN)
		return 0;
	if (*rest == '.')
		for (rest++; *rest >= '0' && *rest <= '9'; rest++)
			;
	snprintf(plain, sizeof(plain), "%.*s%s", (int)SECOND_LEN, text, rest);
	return when_parse_time(plain, &seconds) == 0 ? seconds : 0;
}

/* How much of HEAD is the time. */
static size_t
time_length(struct text head)
{
	const char *end;

	if (head.len == 0)
		return 0;
	if (head.text[0] >= 'A' && head.text[0] <= 'Z')
		return head.len < ASCII_LEN ? head.len : ASCII_LEN;
	end = memchr(head.text, ' ', head.len);
	return end == NULL ? head.len : (size_t)(end - head.text);
}

int64_t
log_read_time(struct log_clock *clock, struct text head)
{
	size_t len = time_length(head);

	if (len == 0 || len >= sizeof(clock->text))
		return 0;
	if (len == clock->len && memcmp(head.text, clock->text, len) == 0)
		return clock->seconds;
	memcpy(clock->text, head.text, len);
	clock->text[len] = '\0';
	clock->len = len;
	if (clock->text[0] == '[')
		clock->seconds = read_epoch(clock->text);
	else if (clock->text[0] >= 'A' && clock->text[0] <= 'Z')
		clock->seconds = read_ascii(clock->now, clock->text);
	else
		clock->seconds = read_rfc3339(clock->text);
	if (clock->seconds < 0 || clock->seconds > WHEN_LATEST)
		clock->seconds = 0;
	return clock->seconds;
}
