/*
 * when.c - times as people write them.
 */
#include "tools/when.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "policy/error.h"

/* Read exactly COUNT digits and move *TEXT behind them. */
static bool
take_digits(const char **text, int count, int *value)
{
	int number = 0;

	for (int i = 0; i < count; i++, (*text)++) {
		if (**text < '0' || **text > '9')
			return false;
		number = number * 10 + (**text - '0');
	}
	*value = number;
	return true;
}

static bool
take(const char **text, char c)
{
	if (**text != c)
		return false;
	(*text)++;
	return true;
}

int
when_parse_duration(const char *text, int64_t *seconds)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = {
	    {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	int64_t number = 0;
	int digit;

	while (*text >= '0' && *text <= '9') {
		take_digits(&text, 1, &digit);
		number = number * 10 + digit;
		if (number > WHEN_SECONDS_MAX)
			return POL_EINVAL;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (*text != units[i].letter || text[1] != '\0')
			continue;
		if (number == 0 || number > WHEN_SECONDS_MAX / units[i].seconds)
			return POL_EINVAL;
		*seconds = number * units[i].seconds;
		return 0;
	}
	return POL_EINVAL;
}

/* ":SS" is optional. */
static bool
take_clock(const char **text, struct tm *parts)
{
	if (!take_digits(text, 2, &parts->tm_hour) || !take(text, ':') ||
	    !take_digits(text, 2, &parts->tm_min))
		return false;
	if (take(text, ':') && !take_digits(text, 2, &parts->tm_sec))
		return false;
	return parts->tm_hour < 24 && parts->tm_min < 60 && parts->tm_sec < 60;
}

/* The offset from UTC in seconds, up to the end of the text. */
static bool
take_zone(const char *text, int64_t *offset)
{
	int sign = *text == '-' ? -1 : 1;
	int hours, minutes;

	*offset = 0;
	if (*text == '\0' || strcmp(text, "Z") == 0 ||
	    strcmp(text, " UTC") == 0)
		return true;
	if (*text != '+' && *text != '-')
		return false;
	text++;
	if (!take_digits(&text, 2, &hours) || !take(&text, ':') ||
	    !take_digits(&text, 2, &minutes) || *text != '\0' || hours > 23 ||
	    minutes > 59)
		return false;
	*offset = sign * (hours * 3600 + minutes * 60);
	return true;
}

int
when_parse_time(const char *text, int64_t *seconds)
{
	struct tm parts = {0}, again;
	int64_t offset = 0;
	time_t time;

	if (!take_digits(&text, 4, &parts.tm_year) || !take(&text, '-') ||
	    !take_digits(&text, 2, &parts.tm_mon) || !take(&text, '-') ||
	    !take_digits(&text, 2, &parts.tm_mday))
		return POL_EINVAL;
	if (*text != '\0') {
		if (!take(&text, 'T') && !take(&text, ' '))
			return POL_EINVAL;
		if (!take_clock(&text, &parts) || !take_zone(text, &offset))
			return POL_EINVAL;
	}
	parts.tm_year -= 1900;
	parts.tm_mon -= 1;
	again = parts;
	time = timegm(&again);
	/* timegm() makes March 2 of February 30. */
	if (again.tm_mday != parts.tm_mday || again.tm_mon != parts.tm_mon)
		return POL_EINVAL;
	*seconds = (int64_t)time - offset;
	return 0;
}
