/*
 * fuzz_record.c - database values, and keys, of any octets.
 *
 * They give an error or something that can be: enumerations in range, texts
 * ended, targets that are names. And what was read can be written, and is the
 * same when it is read again: a change writes the other feeds' indicators of a
 * name back as it found them.
 */
#include "fuzz.h"

#include <string.h>

#include "policy/clients_p.h"
#include "policy/error.h"
#include "policy/record_p.h"
#include "policy/subject.h"

static void
check_octets(const void *a, size_t a_len, const void *b, size_t b_len)
{
	CHECK(a_len == b_len);
	CHECK(a_len == 0 || memcmp(a, b, a_len) == 0);
}

static void
check_same(const struct pol_indicator *a, const struct pol_indicator *b)
{
	CHECK(a->feed == b->feed && a->scope == b->scope);
	CHECK(a->action == b->action && a->shadow == b->shadow);
	CHECK(a->unlisted == b->unlisted);
	check_octets(a->by, a->by_len, b->by, b->by_len);
	check_octets(
	    a->category, a->category_len, b->category, b->category_len);
	CHECK(a->since == b->since && a->until == b->until);
	check_octets(
	    a->reference, a->reference_len, b->reference, b->reference_len);
	check_octets(a->target, a->target_len, b->target, b->target_len);
	check_octets(a->ipv4, 4 * a->ipv4_count, b->ipv4, 4 * b->ipv4_count);
	check_octets(a->ipv6, 16 * a->ipv6_count, b->ipv6, 16 * b->ipv6_count);
}

/* All of [AT, AT + LEN) must lie within the value. */
static void
check_within(const void *at, size_t len, const uint8_t *data, size_t size)
{
	const uint8_t *start = at;

	CHECK(len == 0 ||
	      (start >= data && len <= size && start + len <= data + size));
}

static void
check_indicator(
    const struct pol_indicator *indicator, const uint8_t *data, size_t size)
{
	struct pol_name name;

	CHECK(indicator->scope <= POL_BELOW);
	CHECK(indicator->action <= POL_ALLOW);
	CHECK(indicator->since >= 0 && indicator->until >= 0);
	CHECK(indicator->reference_len <= POL_REFERENCE_MAX);
	CHECK(indicator->category_len <= POL_CATEGORY_MAX);
	CHECK(indicator->by_len <= POL_BY_MAX);
	check_within(indicator->category, indicator->category_len, data, size);
	check_within(indicator->by, indicator->by_len, data, size);
	CHECK(indicator->ipv4_count <= POL_ADDRESSES_MAX);
	CHECK(indicator->ipv6_count <= POL_ADDRESSES_MAX);
	check_within(
	    indicator->reference, indicator->reference_len, data, size);
	check_within(indicator->target, indicator->target_len, data, size);
	check_within(indicator->ipv4, 4 * indicator->ipv4_count, data, size);
	check_within(indicator->ipv6, 16 * indicator->ipv6_count, data, size);
	if (indicator->action == POL_CNAME)
		CHECK(pol_name_from_wire(indicator->target,
			  indicator->target_len, &name) == 0);
}

static void
check_rewritten(const struct pol_indicator *indicator)
{
	uint8_t value[1 + RECORD_INDICATOR_MAX] = {RECORD_VERSION};
	uint8_t again[RECORD_INDICATOR_MAX];
	struct record_reader reader;
	struct pol_indicator read;
	int len = record_write_indicator(indicator, value + 1);

	CHECK(len > 0 && len <= RECORD_INDICATOR_MAX);
	CHECK(record_begin(&reader, value, 1 + (size_t)len) == 0);
	CHECK(record_next(&reader, &read) == 1);
	check_same(&read, indicator);
	CHECK(record_write_indicator(&read, again) == len);
	CHECK(memcmp(again, value + 1, (size_t)len) == 0);
	CHECK(record_next(&reader, &read) == 0);
}

static void
fuzz_name_value(const uint8_t *data, size_t size)
{
	struct record_reader reader;
	struct pol_indicator indicator, before;
	int status = record_begin(&reader, data, size);

	if (status != 0) {
		CHECK(status == POL_ECORRUPT);
		return;
	}
	for (;;) {
		memset(&indicator, 0x55, sizeof(indicator));
		memset(&before, 0x55, sizeof(before));
		status = record_next(&reader, &indicator);
		if (status != 1)
			break;
		check_indicator(&indicator, data, size);
		check_rewritten(&indicator);
	}
	CHECK(status == 0 || status == POL_ECORRUPT);
	CHECK(memcmp(&indicator, &before, sizeof(before)) == 0);
}

static void
fuzz_feed(const uint8_t *data, size_t size)
{
	static struct pol_feed feed, read;
	uint8_t octets[RECORD_FEED_MAX], again[RECORD_FEED_MAX];
	int status = record_read_feed(data, size, &feed);
	size_t len;

	if (status != 0) {
		CHECK(status == POL_ECORRUPT);
		return;
	}
	CHECK(feed.action >= POL_SINKHOLE && feed.action <= POL_ALLOW);
	CHECK(feed.mode <= POL_SHADOW);
	CHECK(memchr(feed.name, 0, sizeof(feed.name)) != NULL);
	CHECK(memchr(feed.format, 0, sizeof(feed.format)) != NULL);
	CHECK(memchr(feed.source, 0, sizeof(feed.source)) != NULL);
	len = record_write_feed(&feed, octets);
	CHECK(len <= sizeof(octets));
	CHECK(record_read_feed(octets, len, &read) == 0);
	CHECK(record_write_feed(&read, again) == len);
	CHECK(memcmp(octets, again, len) == 0);
}

static void
fuzz_settings(const uint8_t *data, size_t size)
{
	static struct pol_settings settings, read;
	uint8_t octets[RECORD_SETTINGS_MAX], again[RECORD_SETTINGS_MAX];
	int status = record_read_settings(data, size, &settings);
	size_t len;

	if (status != 0) {
		CHECK(status == POL_ECORRUPT);
		return;
	}
	CHECK(settings.on_error <= POL_ON_ERROR_SERVFAIL);
	CHECK(settings.ttl >= POL_SINKHOLE_TTL_MIN);
	CHECK(settings.ttl <= POL_SINKHOLE_TTL_MAX);
	CHECK(memchr(settings.log, 0, sizeof(settings.log)) != NULL);
	len = record_write_settings(&settings, octets);
	CHECK(len <= sizeof(octets));
	CHECK(record_read_settings(octets, len, &read) == 0);
	CHECK(record_write_settings(&read, again) == len);
	CHECK(memcmp(octets, again, len) == 0);
}

static void
fuzz_clients(const uint8_t *data, size_t size)
{
	static uint8_t octets[CLIENTS_OCTETS_MAX], again[CLIENTS_OCTETS_MAX];
	struct pol_clients *clients, *read;
	int status = clients_read(data, size, &clients);
	size_t len;

	if (status != 0) {
		CHECK(status == POL_ECORRUPT);
		return;
	}
	len = clients_write(clients, octets);
	CHECK(len == size);
	CHECK(clients_read(octets, len, &read) == 0);
	CHECK(clients_write(read, again) == len);
	CHECK(memcmp(octets, again, len) == 0);
	pol_clients_free(clients);
	pol_clients_free(read);
}

/* Keys of each kind of subject: one that is taken is the only one of its
 * subject. */
static void
fuzz_key(const uint8_t *data, size_t size)
{
	for (int kind = 0; kind < POL_KINDS; kind++) {
		char text[POL_NAME_TEXT_MAX];
		struct pol_subject subject;
		struct pol_key key;
		int status = pol_subject_from_key(
		    (enum pol_kind)kind, data, size, &subject);

		if (status != 0) {
			CHECK(status == POL_ECORRUPT);
			continue;
		}
		CHECK((int)subject.kind == kind);
		pol_subject_key(&subject, &key);
		check_octets(key.data, key.len, data, size);
		CHECK(strlen(pol_subject_to_text(&subject, text)) > 0);
	}
}

/* The first octet says which kind of value the others are. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const kinds[])(const uint8_t *data, size_t size) = {
	    fuzz_name_value, fuzz_feed, fuzz_settings, fuzz_clients, fuzz_key};

	if (size > 0)
		kinds[data[0] % 5](data + 1, size - 1);
	return 0;
}
