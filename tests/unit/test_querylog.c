/*
 * test_querylog.c - records, lines and queues of the query log, one by one.
 */
#include "querylog_support.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"

/* The line of a sample, without its line feed; valid until the next call. */
static const char *
line_of(const struct sample *sample, uint64_t seq, uint64_t dropped)
{
	static char text[QUERYLOG_LINE_MAX + 1];
	struct querylog_clock clock = {0};
	struct querylog_record record;
	size_t len;

	querylog_record_set(&record, &sample->query, &sample->match);
	len = querylog_line(&clock, &record, seq, dropped, text);
	assert_true(len > 0 && len <= QUERYLOG_LINE_MAX);
	assert_int_equal(text[len - 1], '\n');
	text[len - 1] = '\0';
	return text;
}

/* One value of that line, as a JSON reader sees it; to be freed. */
static char *
value_of(const struct sample *sample, const char *key)
{
	json_error_t error;
	json_t *line =
	    json_loads(line_of(sample, 1, 0), JSON_ALLOW_NUL, &error);
	const char *value;
	char *copy;

	if (line == NULL)
		fail_msg("%s: %s", error.text, line_of(sample, 1, 0));
	value = json_string_value(json_object_get(line, key));
	assert_non_null(value);
	copy = strdup(value);
	json_decref(line);
	return copy;
}

static void
assert_value(const struct sample *sample, const char *key, const char *expected)
{
	char *value = value_of(sample, key);

	assert_string_equal(value, expected);
	free(value);
}

static void
set_reference(struct sample *sample, const char *text, size_t len)
{
	sample->match.indicator.reference = text;
	sample->match.indicator.reference_len = len;
}

/* ---- lines ---- */

static void
golden_line(void **state)
{
	struct sample sample;

	(void)state;
	sample_make(&sample, "WWW.bad.example", "Bad.Example");
	set_reference(&sample, "Endgame 2025-11-13, no more", 18);
	assert_string_equal(line_of(&sample, 17, 0),
	    "{\"time\":\"2026-11-22T05:20:31.123Z\",\"seq\":17,"
	    "\"client\":\"192.0.2.7\",\"qname\":\"WWW.bad.example\","
	    "\"qtype\":\"A\",\"trigger\":\"qname\",\"matched\":\"bad.example\","
	    "\"scope\":\"subtree\",\"feed\":\"operator\","
	    "\"reference\":\"Endgame 2025-11-13\",\"action\":\"sinkhole\","
	    "\"mode\":\"enforce\"}");
}

static void
golden_line_after_dropped_ones(void **state)
{
	struct sample sample;

	(void)state;
	sample_make(&sample, "bad.example", "bad.example");
	strcpy(sample.feed.name, "urlhaus");
	sample.query.time.tv_sec = 951782399;
	sample.query.time.tv_usec = 0;
	sample.query.qtype = 65;
	sample.match.indicator.scope = POL_EXACT;
	sample.match.action = POL_NXDOMAIN;
	sample.match.mode = POL_SHADOW;
	assert_string_equal(line_of(&sample, UINT64_MAX, 1203),
	    "{\"time\":\"2000-02-28T23:59:59.000Z\","
	    "\"seq\":18446744073709551615,\"client\":\"192.0.2.7\","
	    "\"qname\":\"bad.example\",\"qtype\":\"HTTPS\","
	    "\"trigger\":\"qname\",\"matched\":\"bad.example\","
	    "\"scope\":\"exact\",\"feed\":\"urlhaus\","
	    "\"action\":\"nxdomain\",\"mode\":\"shadow\",\"dropped\":1203}");
}

/* Neither a reference nor the holder of the ASN is known. */
static void
nothing_is_empty(void **state)
{
	struct pol_origin origin = {.asn = 64496};
	struct sample sample;
	struct pol_item item = {.trigger = POL_ON_IP,
	    .address = {.family = 4, .octets = {192, 0, 2, 1}}};
	const char *line;

	(void)state;
	sample_make(&sample, "bad.example", "bad.example");
	sample.query.origin = &origin;
	sample.match.trigger = POL_ON_IP;
	sample.match.item = &item;
	line = line_of(&sample, 1, 0);
	assert_non_null(strstr(line, "\"address\":\"192.0.2.1\",\"feed\""));
	assert_non_null(strstr(line, "\"asn\":64496"));
	assert_null(strstr(line, "\"\""));
}

/* The text of a second is kept: it must not outlive its second. */
static void
time_moves_on(void **state)
{
	struct querylog_clock clock = {0};
	struct querylog_record record;
	struct sample sample;
	char text[QUERYLOG_LINE_MAX];

	(void)state;
	sample_make(&sample, "bad.example", "bad.example");
	querylog_record_set(&record, &sample.query, &sample.match);
	querylog_line(&clock, &record, 1, 0, text);
	record.ms = 7;
	querylog_line(&clock, &record, 2, 0, text);
	assert_memory_equal(text, "{\"time\":\"2026-11-22T05:20:31.007Z\"", 34);
	record.second++;
	querylog_line(&clock, &record, 3, 0, text);
	assert_memory_equal(text, "{\"time\":\"2026-11-22T05:20:32.007Z\"", 34);
	record.second = 0;
	querylog_line(&clock, &record, 4, 0, text);
	assert_memory_equal(text, "{\"time\":\"1970-01-01T00:00:00.007Z\"", 34);
}

static void
clients(void **state)
{
	static const char *const addresses[] = {
	    "::1", "2001:db8::53", "::ffff:192.0.2.7", "2001:db8:1:2:3:4:5:6"};
	_Alignas(8) uint8_t odd[sizeof(struct sockaddr_in6) + 1];
	struct sockaddr_in6 client = {.sin6_family = AF_INET6};
	struct sample sample;

	(void)state;
	sample_make(&sample, "bad.example", "bad.example");
	inet_pton(AF_INET, "255.0.10.100", &sample.client.sin_addr);
	assert_value(&sample, "client", "255.0.10.100");
	sample.query.client_len = sizeof(client);
	sample.query.client = (const void *)(odd + 1);
	for (size_t i = 0; i < COUNT(addresses); i++) {
		inet_pton(AF_INET6, addresses[i], &client.sin6_addr);
		memcpy(odd + 1, &client, sizeof(client));
		assert_value(&sample, "client", addresses[i]);
	}
}

static void
types(void **state)
{
	static const struct {
		uint16_t type;
		const char *text;
	} cases[] = {{0, "TYPE0"}, {1, "A"}, {2, "NS"}, {5, "CNAME"},
	    {6, "SOA"}, {12, "PTR"}, {15, "MX"}, {16, "TXT"}, {28, "AAAA"},
	    {33, "SRV"}, {35, "NAPTR"}, {43, "DS"}, {46, "RRSIG"}, {47, "NSEC"},
	    {48, "DNSKEY"}, {51, "NSEC3PARAM"}, {52, "TLSA"}, {54, "TYPE54"},
	    {64, "SVCB"}, {65, "HTTPS"}, {255, "ANY"}, {257, "CAA"},
	    {262, "WALLET"}, {263, "TYPE263"}, {65280, "TYPE65280"},
	    {65535, "TYPE65535"}};
	struct sample sample;

	(void)state;
	sample_make(&sample, "bad.example", "bad.example");
	for (size_t i = 0; i < COUNT(cases); i++) {
		sample.query.qtype = cases[i].type;
		assert_value(&sample, "qtype", cases[i].text);
	}
}

static void
root(void **state)
{
	struct sample sample;

	(void)state;
	sample_make(&sample, "bad.example", "bad.example");
	sample.query.qname = sample.match.name = (const uint8_t *)"";
	sample.query.qname_len = 1;
	assert_value(&sample, "qname", ".");
	assert_value(&sample, "matched", ".");
}

/* Every octet in a name: the reader gets what pol_name_to_text() wrote. */
static void
names_of_any_octet(void **state)
{
	struct sample sample;
	uint8_t wire[] = {3, 'X', 0, 'y', 1, 'Z', 0};
	char text[POL_NAME_TEXT_MAX];

	(void)state;
	sample_make(&sample, "bad.example", "bad.example");
	sample.query.qname = wire;
	sample.query.qname_len = sizeof(wire);
	for (unsigned octet = 0; octet < 256; octet++) {
		wire[2] = (uint8_t)octet;
		assert_value(&sample, "qname", pol_name_to_text(wire, text));
	}
}

/* ---- text from feeds ---- */

static void
references(void **state)
{
	static const struct {
		const char *text;
		const char *expected;
	} cases[] = {
	    {"tab\tquote\" \\ line\nbell\a\x7f",
		"tab\tquote\" \\ line\nbell\a\x7f"},
	    {"Zürich € \xf0\x9f\x90\x9d", "Zürich € \xf0\x9f\x90\x9d"},
	    {"Z\xfcrich", "Z\xef\xbf\xbdrich"},
	    {"\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd"},
	    {"\xe0\x9f\xbf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	    {"\xe0\xa0\x80", "\xe0\xa0\x80"},
	    {"\xed\x9f\xbf", "\xed\x9f\xbf"},
	    {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	    {"\xf0\x90\x80\x80", "\xf0\x90\x80\x80"},
	    {"\xf0\x8f\xbf\xbf",
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	    {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
	    {"\xf4\x90\x80\x80",
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	    {"\xf5", "\xef\xbf\xbd"},
	    {"cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd"},
	    {"cut \xe2\x82.", "cut \xef\xbf\xbd\xef\xbf\xbd."},
	};
	struct sample sample;

	(void)state;
	sample_make(&sample, "bad.example", "bad.example");
	for (size_t i = 0; i < COUNT(cases); i++) {
		set_reference(&sample, cases[i].text, strlen(cases[i].text));
		assert_value(&sample, "reference", cases[i].expected);
	}
	/* A terminal must not be sent control characters. */
	set_reference(&sample, "\x1b[31m\x7f", 6);
	assert_null(strpbrk(line_of(&sample, 1, 0), "\x1b\x7f"));
}

/* Whatever octets a reference has, the line is JSON: value_of() sees to it. */
static void
references_of_random_octets(void **state)
{
	struct sample sample;
	uint8_t octets[POL_REFERENCE_MAX];
	uint32_t random = 1;

	(void)state;
	sample_make(&sample, "bad.example", "bad.example");
	for (unsigned round = 0; round < 2000; round++) {
		for (size_t i = 0; i < sizeof(octets); i++) {
			random = random * 1664525 + 1013904223;
			octets[i] = (uint8_t)(random >> 24);
			/* Leads and continuations, so that some do fit. */
			if (round % 2 == 1)
				octets[i] |= 0x80;
		}
		set_reference(&sample, (const char *)octets, 1 + round % 255);
		free(value_of(&sample, "reference"));
	}
}

/* A name of 255 octets, all 0x00: the longest text that there is. */
static void
make_longest(uint8_t wire[POL_NAME_MAX])
{
	memset(wire, 0, POL_NAME_MAX);
	wire[0] = wire[64] = wire[128] = 63;
	wire[192] = 61;
}

static void
group_of_the_client(void **state)
{
	struct sample sample;

	(void)state;
	sample_make(&sample, "www.bad.example", "bad.example");
	assert_null(strstr(line_of(&sample, 1, 0), "\"group\""));
	assert_value(&sample, "mode", "enforce");
	sample.query.group = "office";
	assert_value(&sample, "group", "office");
	assert_value(&sample, "mode", "enforce");
	sample.query.is_shadow = true;
	assert_value(&sample, "mode", "shadow");
}

static void
longest_line_fits(void **state)
{
	uint8_t wire[POL_NAME_MAX];
	char reference[POL_REFERENCE_MAX];
	struct sockaddr_in6 client = {.sin6_family = AF_INET6};
	struct sample sample;

	(void)state;
	sample_make(&sample, "bad.example", "bad.example");
	make_longest(wire);
	memset(reference, 1, sizeof(reference));
	memset(sample.feed.name, 1, POL_FEED_NAME_MAX);
	memset(&client.sin6_addr, 0xff, sizeof(client.sin6_addr));
	sample.query.client = (const struct sockaddr *)&client;
	sample.query.client_len = sizeof(client);
	sample.query.qname = sample.match.name = wire;
	sample.query.qname_len = sizeof(wire);
	sample.query.qtype = 65535;
	set_reference(&sample, reference, sizeof(reference));
	assert_true(strlen(line_of(&sample, UINT64_MAX, UINT64_MAX)) > 4500);
}

/* ---- queues ---- */

static void
make_record(struct querylog_record *record, unsigned number)
{
	struct sample sample;
	char reference[POL_REFERENCE_MAX];

	memset(reference, 'a' + (int)(number % 26), sizeof(reference));
	sample_make(&sample, "www.bad.example", "bad.example");
	set_reference(&sample, reference, number * 7 % 256);
	sample.query.time.tv_sec = number;
	querylog_record_set(record, &sample.query, &sample.match);
	record->target = number;
}

/* Records of many lengths pass the end of the ring at many places. */
static void
queue_keeps_order_and_octets(void **state)
{
	struct querylog_queue queue;
	struct querylog_record put, got;
	unsigned next = 0, taken = 0;

	(void)state;
	assert_int_equal(querylog_queue_init(&queue, QUERYLOG_QUEUE_MIN), 0);
	assert_false(querylog_queue_peek(&queue, &got));
	while (next < 5000) {
		unsigned burst = 1 + next * 13 % 40;

		for (; burst > 0; burst--) {
			make_record(&put, next++);
			querylog_queue_put(&queue, &put);
		}
		for (; querylog_queue_peek(&queue, &got); taken++) {
			make_record(&put, taken);
			assert_int_equal(got.size, put.size);
			assert_memory_equal(got.data, put.data,
			    put.size - offsetof(struct querylog_record, data));
			assert_int_equal(got.second, taken);
			querylog_queue_take(&queue, &got);
		}
	}
	assert_int_equal(taken, next);
	assert_int_equal(atomic_load(&queue.dropped), 0);
	querylog_queue_free(&queue);
}

/* The writer is woken once, when a queue gets half full; a full one drops. */
static void
queue_gets_full(void **state)
{
	struct querylog_queue queue;
	struct querylog_record record;
	unsigned put = 0, woken = 0;

	(void)state;
	assert_int_equal(querylog_queue_init(&queue, QUERYLOG_QUEUE_MIN), 0);
	make_record(&record, 0);
	for (; atomic_load(&queue.dropped) == 0; put++) {
		assert_int_equal(querylog_queue_half_full(&queue), woken);
		woken += querylog_queue_put(&queue, &record);
	}
	assert_int_equal(woken, 1);
	assert_true(put - 1 >= QUERYLOG_QUEUE_MIN);
	assert_true((put - 1) * record.size <= queue.size);
	assert_true(put * record.size > queue.size);

	/* One that is taken makes room for one. */
	assert_true(querylog_queue_peek(&queue, &record));
	querylog_queue_take(&queue, &record);
	assert_false(querylog_queue_put(&queue, &record));
	assert_int_equal(atomic_load(&queue.dropped), 1);
	assert_false(querylog_queue_put(&queue, &record));
	assert_int_equal(atomic_load(&queue.dropped), 2);
	querylog_queue_free(&queue);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(golden_line),
	    cmocka_unit_test(golden_line_after_dropped_ones),
	    cmocka_unit_test(nothing_is_empty),
	    cmocka_unit_test(time_moves_on),
	    cmocka_unit_test(clients),
	    cmocka_unit_test(types),
	    cmocka_unit_test(root),
	    cmocka_unit_test(names_of_any_octet),
	    cmocka_unit_test(references),
	    cmocka_unit_test(references_of_random_octets),
	    cmocka_unit_test(group_of_the_client),
	    cmocka_unit_test(longest_line_fits),
	    cmocka_unit_test(queue_keeps_order_and_octets),
	    cmocka_unit_test(queue_gets_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
