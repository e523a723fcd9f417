/*
 * fuzz_feed.c - feeds of any octets, in each format.
 *
 * The first octet says the format: d, h or r, and in upper case that the feed
 * has options. What is taken without options must survive being written as a
 * feed of the same format and read again: all of it, and nothing rejected.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/list_p.h"
#include "tools/feed/format.h"

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not: %s\n", __FILE__, \
			    __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* libldns takes no longer text for an owner, "*." in front included. */
#define OWNER_MAX 254

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
count_duplicate(unsigned long line, unsigned long first_line, void *arg)
{
	CHECK(first_line <= line);
	(*(size_t *)arg)++;
}

/* Faults are kept in order, as texts that harm no terminal. */
static void
check_faults(const struct feed_parse *parse)
{
	for (size_t i = 0; i < FEED_FAULTS; i++) {
		const struct feed_fault_count *fault = &parse->faults[i];

		for (size_t j = 0; j < FEED_FAULT_LINES && j < fault->count;
		     j++) {
			CHECK(fault->lines[j] > 0);
			CHECK(j == 0 || fault->lines[j] >= fault->lines[j - 1]);
			CHECK(strlen(fault->texts[j]) < FEED_FAULT_TEXT);
			for (const char *p = fault->texts[j]; *p != '\0'; p++)
				CHECK(*p >= 0x20 && *p < 0x7f);
		}
	}
}

/* Parse TEXT and seal the list. The number of duplicates. */
static size_t
read_feed(const struct feed_format *format, char *text, size_t size,
    struct feed_parse *parse)
{
	FILE *source = fmemopen(text, size, "r");
	size_t duplicates = 0;
	size_t count;

	CHECK(source != NULL);
	CHECK(pol_list_new(&parse->list) == 0);
	CHECK(format->parse(parse, source) == 0);
	fclose(source);
	check_faults(parse);
	count = pol_list_count(parse->list);
	CHECK(pol_list_seal(parse->list, count_duplicate, &duplicates) == 0);
	CHECK(pol_list_count(parse->list) + duplicates == count);
	return duplicates;
}

/* ---- writing a feed ---- */

static void
write_addresses(
    FILE *out, const char *owner, const struct pol_indicator *indicator)
{
	char text[INET6_ADDRSTRLEN];

	CHECK(indicator->ipv4_count + indicator->ipv6_count > 0);
	for (size_t i = 0; i < indicator->ipv4_count; i++)
		fprintf(out, "%s A %s\n", owner,
		    inet_ntop(
			AF_INET, indicator->ipv4 + 4 * i, text, sizeof(text)));
	for (size_t i = 0; i < indicator->ipv6_count; i++)
		fprintf(out, "%s AAAA %s\n", owner,
		    inet_ntop(AF_INET6, indicator->ipv6 + 16 * i, text,
			sizeof(text)));
}

static void
write_record(
    FILE *out, const char *owner, const struct pol_indicator *indicator)
{
	static const char *const targets[] = {
	    [POL_NXDOMAIN] = ".",
	    [POL_NODATA] = "*.",
	    [POL_DROP] = "rpz-drop.",
	    [POL_TRUNCATE] = "rpz-tcp-only.",
	    [POL_ALLOW] = "rpz-passthru.",
	};
	char text[POL_NAME_TEXT_MAX];

	if (indicator->action == POL_SINKHOLE) {
		write_addresses(out, owner, indicator);
	} else if (indicator->action == POL_CNAME) {
		CHECK(indicator->target_len > 1);
		fprintf(out, "%s CNAME %s.\n", owner,
		    pol_name_to_text(indicator->target, text));
	} else {
		CHECK(targets[indicator->action] != NULL);
		fprintf(
		    out, "%s CNAME %s\n", owner, targets[indicator->action]);
	}
}

/* Write an entry as one of the format. False where it cannot be written. */
static bool
write_entry(
    FILE *out, const struct feed_format *format, const struct list_entry *entry)
{
	struct pol_indicator indicator;
	struct pol_name name;
	char text[POL_NAME_TEXT_MAX];
	char owner[POL_NAME_TEXT_MAX + 2];
	const char *star = entry->scope == POL_BELOW ? "*." : "";

	CHECK(pol_key_to_name(entry->octets, entry->key_len, &name) == 0);
	CHECK(list_indicator(entry, &indicator) == 0);
	pol_name_to_text(name.wire, text);
	snprintf(owner, sizeof(owner), "%s%s", star, text);
	if (format == &feed_rpz) {
		CHECK(entry->scope != POL_SUBTREE);
		CHECK(name.len > 1 || entry->scope == POL_BELOW);
		write_record(out, name.len == 1 ? "*" : owner, &indicator);
		return strlen(owner) <= OWNER_MAX;
	}
	CHECK(indicator.action == POL_ACTION_OF_FEED);
	CHECK(pol_name_labels(name.wire) >= 2);
	if (format == &feed_domains)
		fprintf(out, "%s\n", owner);
	else
		fprintf(out, "0.0.0.0 %s\n", owner);
	return true;
}

/* Is what was taken the same when it is written and read again? */
static void
check_again(const struct feed_format *format, struct pol_list *list)
{
	struct feed_parse parse = {.progress = NULL};
	size_t count, again_count, size;
	const struct list_entry *entries = list_entries(list, &count);
	const struct list_entry *again;
	bool writable = true;
	char *text;
	FILE *out = open_memstream(&text, &size);

	CHECK(out != NULL);
	/* All names are absolute in the root's zone. */
	fputs(format == &feed_rpz ? ". SOA . . 1 2 3 4 5\n" : "#\n", out);
	for (size_t i = 0; i < count; i++)
		writable &= write_entry(out, format, &entries[i]);
	CHECK(fclose(out) == 0);
	if (writable) {
		CHECK(read_feed(format, text, size, &parse) == 0);
		CHECK(feed_parse_rejected(&parse) == 0);
		again = list_entries(parse.list, &again_count);
		CHECK(again_count == count);
		for (size_t i = 0; i < count; i++) {
			CHECK(again[i].key_len == entries[i].key_len);
			CHECK(again[i].record_len == entries[i].record_len);
			CHECK(memcmp(again[i].octets, entries[i].octets,
				  entries[i].key_len +
				      (size_t)entries[i].record_len) == 0);
		}
		pol_list_free(parse.list);
	}
	free(text);
}

/* Do the feed's options hold for each entry? */
static void
check_options(const struct feed_format *format, struct pol_list *list,
    const struct feed_options *options)
{
	size_t count;
	const struct list_entry *entries = list_entries(list, &count);

	for (size_t i = 0; i < count; i++) {
		struct pol_indicator indicator;

		CHECK(list_indicator(&entries[i], &indicator) == 0);
		CHECK(indicator.action == POL_ACTION_OF_FEED ||
		      (format == &feed_rpz && indicator.action == POL_ALLOW));
		CHECK(format == &feed_rpz || indicator.scope == options->scope);
		CHECK(indicator.target == NULL);
		CHECK(indicator.ipv4_count + indicator.ipv6_count == 0);
	}
}

static const struct feed_format *
format_of(uint8_t letter)
{
	switch (letter | 0x20) {
	case 'd':
		return &feed_domains;
	case 'h':
		return &feed_hosts;
	default:
		return &feed_rpz;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed_parse parse = {.progress = NULL};
	const struct feed_format *format;
	char *text;

	if (size < 2)
		return 0;
	format = format_of(data[0]);
	if (data[0] >= 'A' && data[0] <= 'Z')
		parse.options = (struct feed_options){
		    .has_scope = true,
		    .scope = POL_BELOW,
		    .has_action = true,
		};
	text = malloc(size - 1);
	CHECK(text != NULL);
	memcpy(text, data + 1, size - 1);
	read_feed(format, text, size - 1, &parse);
	free(text);
	if (parse.options.has_scope)
		check_options(format, parse.list, &parse.options);
	else
		check_again(format, parse.list);
	pol_list_free(parse.list);
	return 0;
}
