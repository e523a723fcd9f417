/*
 * fuzz_origin.c - origin data of any octets: files, and values of the database.
 *
 * The first octet says what the others are: c, t, p or m for a file of one of
 * the formats, o for an entry of the table of ranges (the length of its key,
 * the key, the value), h for a value of the table of holders.
 *
 * Of a file, what was read adds up; once sealed, the ranges are in order, do
 * not overlap and are merged where they can be, and are the same when they are
 * written as a file and read again. What is read of the database is what is
 * written for it, octet by octet.
 */
#include "fuzz.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "policy/error.h"
#include "policy/origin_record_p.h"
#include "policy/ranges_p.h"
#include "tools/origin/origin.h"

/* ---- files ---- */

/* Read the file that DESCRIPTOR is open for. */
static int
read_file(int descriptor, const struct origin_format *format,
    struct pol_ranges **ranges, struct origin_parse *parse)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
	CHECK(pol_ranges_new(ranges) == 0);
	memset(parse, 0, sizeof(*parse));
	return origin_read(path, format, *ranges, parse);
}

static int
file_of(const void *octets, size_t size)
{
	int descriptor = memfd_create("origin", MFD_CLOEXEC);

	CHECK(descriptor >= 0);
	CHECK(write(descriptor, octets, size) == (ssize_t)size);
	return descriptor;
}

static void
check_text(const char *text, size_t size)
{
	CHECK(memchr(text, '\0', size) != NULL);
	for (; *text != '\0'; text++)
		CHECK(*text >= 0x20 && *text < 0x7f);
}

static void
check_faults(const struct origin_parse *parse)
{
	CHECK(parse->faults[ORIGIN_OK].count == 0);
	CHECK(parse->multi_origin <= parse->accepted);
	CHECK(origin_parse_read(parse) ==
	      parse->accepted + origin_parse_rejected(parse));
	for (size_t i = 0; i < ORIGIN_FAULTS; i++) {
		const struct fault_count *fault = &parse->faults[i];

		for (size_t j = 0; j < FAULT_LINES && j < fault->count; j++) {
			CHECK(fault->lines[j] > 0);
			CHECK(j == 0 || fault->lines[j] > fault->lines[j - 1]);
			check_text(fault->texts[j], sizeof(fault->texts[j]));
		}
	}
}

static void
check_sealed(const struct pol_ranges *ranges)
{
	struct pol_origin before = {.asn = 0}, origin;

	for (size_t i = 0; i < ranges_count(ranges); i++) {
		struct pol_address after = before.last;
		unsigned octet = pol_address_octets(after.family);

		ranges_get(ranges, i, &origin);
		CHECK(origin.asn != 0);
		CHECK(origin.first.family == origin.last.family);
		CHECK(pol_address_compare(&origin.first, &origin.last) <= 0);
		if (i > 0) {
			CHECK(pol_address_compare(&before.last, &origin.first) <
			      0);
			while (octet > 0 && ++after.octets[octet - 1] == 0)
				octet--;
			CHECK(origin.asn != before.asn ||
			      pol_address_compare(&after, &origin.first) != 0);
		}
		before = origin;
	}
}

static void
write_csv(FILE *out, const struct pol_origin *origin)
{
	int family = origin->first.family == 4 ? AF_INET : AF_INET6;
	char first[INET6_ADDRSTRLEN], last[INET6_ADDRSTRLEN];

	CHECK(inet_ntop(family, origin->first.octets, first, sizeof(first)) !=
	      NULL);
	CHECK(
	    inet_ntop(family, origin->last.octets, last, sizeof(last)) != NULL);
	fprintf(out, "%s,%s,%u,\"", first, last, origin->asn);
	for (const char *p = origin->holder; *p != '\0'; p++) {
		if (*p == '"')
			fputc('"', out);
		fputc(*p, out);
	}
	fputs("\"\n", out);
}

/* The name of ASN among the sealed holders, or "". */
static void
find_holder(const struct pol_ranges *ranges, struct pol_origin *origin)
{
	struct pol_origin found;

	for (size_t i = 0; i < holders_count(ranges->holders); i++) {
		holders_get(ranges->holders, i, &found);
		if (found.asn == origin->asn)
			strcpy(origin->holder, found.holder);
	}
}

/* Write all as ip-location-db, and read it again. */
static void
check_rewritten(const struct pol_ranges *ranges)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct pol_ranges_count count;
	struct pol_ranges *again;
	struct origin_parse parse;
	struct pol_origin a, b;
	int descriptor;

	CHECK(out != NULL);
	for (size_t i = 0; i < ranges_count(ranges); i++) {
		ranges_get(ranges, i, &a);
		find_holder(ranges, &a);
		write_csv(out, &a);
	}
	CHECK(fclose(out) == 0);
	descriptor = file_of(text, size);
	CHECK(
	    read_file(descriptor, &origin_ip_location_db, &again, &parse) == 0);
	CHECK(origin_parse_rejected(&parse) == 0);
	CHECK(pol_ranges_seal(again, &count) == 0);
	CHECK(count.overlaps == 0 && count.unrouted == 0);
	CHECK(ranges_count(again) == ranges_count(ranges));
	for (size_t i = 0; i < ranges_count(ranges); i++) {
		ranges_get(ranges, i, &a);
		ranges_get(again, i, &b);
		find_holder(ranges, &a);
		find_holder(again, &b);
		CHECK(memcmp(&a.first, &b.first, sizeof(a.first)) == 0);
		CHECK(memcmp(&a.last, &b.last, sizeof(a.last)) == 0);
		CHECK(a.asn == b.asn && strcmp(a.holder, b.holder) == 0);
	}
	pol_ranges_free(again);
	close(descriptor);
	free(text);
}

static void
fuzz_file(const struct origin_format *format, const uint8_t *data, size_t size)
{
	int descriptor = file_of(data, size);
	struct pol_ranges_count count;
	struct pol_ranges *ranges;
	struct origin_parse parse;
	int error = read_file(descriptor, format, &ranges, &parse);

	check_faults(&parse);
	CHECK((error == 0) == (parse.problem[0] == '\0'));
	if (error == 0) {
		CHECK(parse.accepted > 0);
		CHECK(pol_ranges_seal(ranges, &count) == 0);
		CHECK(count.added == parse.accepted);
		CHECK(count.stored <= 2 * count.added);
		check_sealed(ranges);
		if (count.stored > 0)
			check_rewritten(ranges);
	} else {
		check_text(parse.problem, sizeof(parse.problem));
	}
	pol_ranges_free(ranges);
	close(descriptor);
}

/* ---- values ---- */

static void
fuzz_origin(const uint8_t *data, size_t size)
{
	size_t key_len = size > 0 ? data[0] : 0;
	uint8_t key[ORIGIN_KEY_MAX], value[ORIGIN_VALUE_MAX];
	struct pol_address last;
	struct pol_origin origin;
	size_t value_len;

	if (size < 1 + key_len)
		return;
	data++;
	value_len = size - 1 - key_len;
	if (origin_read_key(data, key_len, &last) != 0)
		return;
	CHECK(origin_write_key(&last, key) == key_len);
	CHECK(memcmp(key, data, key_len) == 0);
	if (origin_read_value(data + key_len, value_len, &last, &origin) != 0)
		return;
	CHECK(origin.asn != 0 && origin.country[0] == '\0' &&
	      origin.holder[0] == '\0');
	CHECK(pol_address_compare(&origin.first, &origin.last) <= 0);
	CHECK(memcmp(&origin.last, &last, sizeof(last)) == 0);
	CHECK(origin_write_value(&origin, value) == value_len);
	CHECK(memcmp(value, data + key_len, value_len) == 0);
}

static void
fuzz_holder(const uint8_t *data, size_t size)
{
	uint8_t value[HOLDER_VALUE_MAX];
	struct pol_origin origin;

	if (holder_read_value(data, size, &origin) != 0)
		return;
	CHECK(memchr(origin.country, '\0', sizeof(origin.country)) != NULL);
	CHECK(memchr(origin.holder, '\0', sizeof(origin.holder)) != NULL);
	CHECK(holder_write_value(&origin, value) == size);
	CHECK(memcmp(value, data, size) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	switch (data[0]) {
	case 'c':
		fuzz_file(&origin_ip_location_db, data + 1, size - 1);
		break;
	case 't':
		fuzz_file(&origin_ip2asn, data + 1, size - 1);
		break;
	case 'p':
		fuzz_file(&origin_pyasn, data + 1, size - 1);
		break;
	case 'm':
		fuzz_file(&origin_mmdb, data + 1, size - 1);
		break;
	case 'o':
		fuzz_origin(data + 1, size - 1);
		break;
	case 'h':
		fuzz_holder(data + 1, size - 1);
		break;
	}
	return 0;
}
