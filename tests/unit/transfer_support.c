/*
 * transfer_support.c - what a primary says, for tests of transfers.
 */
#include "tests/unit/transfer_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct pol_name
test_name(const char *text)
{
	struct pol_name name;

	assert_int_equal(
	    pol_name_from_text(text, strlen(text), &name), POL_NAME_OK);
	return name;
}

static void
push_records(ldns_pkt *packet, const char *records)
{
	ldns_rdf *origin = ldns_dname_new_frm_str(TEST_ZONE);
	char *text = strdup(records);
	char *rest = text;
	char *line;

	assert_non_null(text);
	while ((line = strsep(&rest, "\n")) != NULL) {
		ldns_rr *rr;

		if (*line == '\0')
			continue;
		assert_int_equal(
		    ldns_rr_new_frm_str(&rr, line, 60, origin, NULL),
		    LDNS_STATUS_OK);
		assert_true(ldns_pkt_push_rr(packet, LDNS_SECTION_ANSWER, rr));
	}
	free(text);
	ldns_rdf_deep_free(origin);
}

static ldns_pkt *
make_packet(ldns_rr_type type, const char *records)
{
	ldns_pkt *packet = ldns_pkt_query_new(
	    ldns_dname_new_frm_str(TEST_ZONE), type, LDNS_RR_CLASS_IN, LDNS_AA);

	assert_non_null(packet);
	ldns_pkt_set_qr(packet, true);
	ldns_pkt_set_id(packet, TEST_ID);
	push_records(packet, records);
	return packet;
}

static void
write_packet(struct test_message *message, ldns_pkt *packet)
{
	uint8_t *wire;

	assert_int_equal(
	    ldns_pkt2wire(&wire, packet, &message->len), LDNS_STATUS_OK);
	assert_true(message->len <= sizeof(message->wire));
	memcpy(message->wire, wire, message->len);
	free(wire);
	ldns_pkt_free(packet);
}

void
make_answer(
    struct test_message *message, ldns_rr_type type, const char *records)
{
	write_packet(message, make_packet(type, records));
}

void
make_signed_answer(struct test_message *message, ldns_rr_type type,
    const char *records, const char *name, const char *base64,
    const char *algorithm, ldns_rdf **mac, bool is_first)
{
	ldns_pkt *packet = make_packet(type, records);

	assert_int_equal(ldns_pkt_tsig_sign_next(packet, name, base64, 300,
			     algorithm, *mac, !is_first),
	    LDNS_STATUS_OK);
	ldns_rdf_deep_free(*mac);
	*mac = ldns_rdf_clone(ldns_rr_rdf(ldns_pkt_tsig(packet), 3));
	write_packet(message, packet);
}
