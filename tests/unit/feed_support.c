/*
 * feed_support.c - parse a text as a feed and show all that came of it.
 */
#include "feed_support.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/error.h"
#include "policy/list_p.h"

static char shown[1 << 20];
static size_t shown_len;

static void show(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
show(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	shown_len += (size_t)vsnprintf(
	    shown + shown_len, sizeof(shown) - shown_len, format, args);
	va_end(args);
	assert_true(shown_len < sizeof(shown));
}

const char *
write_feed(const char *text, size_t len)
{
	static char path[64];
	int fd;

	strcpy(path, "/tmp/sinkbound-feed-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
	return path;
}

static void
show_addresses(int family, const uint8_t *addresses, size_t count)
{
	size_t size = family == AF_INET ? 4 : 16;
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < count; i++)
		show(" %s", inet_ntop(family, addresses + i * size, text,
				sizeof(text)));
}

static void
show_triggers(unsigned triggers)
{
	for (enum pol_trigger i = POL_ON_QNAME; i <= POL_ON_NSIP; i++)
		if (i != POL_ON_ASN && (triggers & pol_trigger_serves(i)) != 0)
			show(" on:%s", pol_trigger_text(i));
}

static void
show_text(const char *what, const char *text, size_t len)
{
	if (len > 0)
		show(" %s:\"%.*s\"", what, (int)len, text);
}

static void
show_entry(const struct list_entry *entry)
{
	struct pol_indicator indicator;
	struct pol_subject subject;
	char text[POL_NAME_TEXT_MAX];

	assert_int_equal(pol_subject_from_key((enum pol_kind)entry->kind,
			     entry->octets, entry->key_len, &subject),
	    0);
	assert_int_equal(list_indicator(entry, &indicator), 0);
	show("%lu %s", entry->line, pol_subject_to_text(&subject, text));
	if (subject.kind == POL_NAME)
		show(" %s", pol_scope_text(indicator.scope));
	else
		assert_int_equal(indicator.scope, POL_EXACT);
	show_triggers(indicator.triggers);
	if (indicator.action != POL_ACTION_OF_FEED)
		show(" %s", pol_action_text(indicator.action));
	if (indicator.target != NULL)
		show(" %s", pol_name_to_text(indicator.target, text));
	show_addresses(AF_INET, indicator.ipv4, indicator.ipv4_count);
	show_addresses(AF_INET6, indicator.ipv6, indicator.ipv6_count);
	if (indicator.risk > 0)
		show(" risk:%u", (unsigned)indicator.risk);
	show_text("is", indicator.category, indicator.category_len);
	show_text("as", indicator.reference, indicator.reference_len);
	if (indicator.since != 0)
		show(" since:%lld", (long long)indicator.since);
	if (indicator.until != 0)
		show(" until:%lld", (long long)indicator.until);
	show("\n");
}

static void
show_fault(const struct feed_parse *parse, enum feed_fault fault)
{
	const struct fault_count *count = &parse->faults[fault];

	for (size_t i = 0; i < FAULT_LINES && i < count->count; i++)
		show("%lu %s: %s\n", count->lines[i], feed_fault_text(fault),
		    count->texts[i]);
	if (count->count > FAULT_LINES)
		show("%llu %s\n", (unsigned long long)count->count,
		    feed_fault_text(fault));
}

const char *
read_feed(const struct feed_format *format, const struct feed_options *options,
    const char *text, size_t len)
{
	const char *path = write_feed(text, len);
	struct feed_parse parse = {.progress = NULL};
	struct list_entry *entries;
	uint64_t rejected = 0;
	size_t count;

	assert_int_equal(feed_read(path, format, options, &parse), 0);
	unlink(path);
	entries = list_entries(parse.list, &count);
	assert_int_equal(parse.accepted, count);
	shown_len = 0;
	shown[0] = '\0';
	for (size_t i = 0; i < count; i++)
		show_entry(&entries[i]);
	for (int fault = 0; fault < FEED_FAULTS; fault++) {
		show_fault(&parse, (enum feed_fault)fault);
		rejected += parse.faults[fault].count;
	}
	assert_int_equal(feed_parse_rejected(&parse), rejected);
	assert_int_equal(feed_parse_read(&parse), count + rejected);
	pol_list_free(parse.list);
	return shown;
}

void
assert_feed(const struct feed_format *format, const char *text, size_t len,
    const char *expected)
{
	struct feed_options options = {.has_scope = false};

	assert_string_equal(read_feed(format, &options, text, len), expected);
}

void
assert_rpz(const char *text, const char *expected)
{
	assert_feed(&feed_rpz, text, strlen(text), expected);
}

void
assert_zone(const char *records, const char *expected)
{
	char text[8192];

	snprintf(text, sizeof(text), "$ORIGIN rpz.test.\n" SOA "%s", records);
	assert_rpz(text, expected);
}

const char *
refuse_feed(const struct feed_format *format, const char *text)
{
	const char *path = write_feed(text, strlen(text));
	struct feed_options options = {.has_scope = false};
	struct feed_parse parse = {.progress = NULL};

	assert_int_equal(feed_read(path, format, &options, &parse), POL_EINVAL);
	unlink(path);
	pol_list_free(parse.list);
	snprintf(shown, sizeof(shown), "%s", feed_problem(&parse, POL_EINVAL));
	return shown;
}
