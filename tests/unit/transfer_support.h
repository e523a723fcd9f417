/*
 * transfer_support.h - what a primary says, for tests of transfers.
 */
#ifndef TRANSFER_SUPPORT_H
#define TRANSFER_SUPPORT_H

#include "tools/transfer/stream.h"

#define TEST_ID 0x1234
#define TEST_ZONE "rpz.example"

struct test_message {
	uint8_t wire[MESSAGE_MAX];
	size_t len;
};

/* Name of a text. */
struct pol_name test_name(const char *text);

/* Make an answer with RECORDS, one a line, in the answer section, to a query
 * of TYPE for the zone. Names are relative to the zone. */
void make_answer(
    struct test_message *message, ldns_rr_type type, const char *records);

/* The same, signed by libldns with the key of NAME and BASE64. MAC is the one
 * before, and becomes this one's. */
void make_signed_answer(struct test_message *message, ldns_rr_type type,
    const char *records, const char *name, const char *base64,
    const char *algorithm, ldns_rdf **mac, bool is_first);

#endif
