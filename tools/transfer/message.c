/*
 * message.c - DNS messages: the queries of a secondary, and what is answered.
 */
#include "tools/transfer/message.h"

#include <string.h>

#include "policy/error.h"

/* Octets that a TSIG record takes at most: two names and a long MAC. */
#define SIGNATURE_ROOM (2 * POL_NAME_MAX + 128)

int
message_name(const ldns_rdf *rdf, struct pol_name *name)
{
	if (rdf == NULL || ldns_rdf_get_type(rdf) != LDNS_RDF_TYPE_DNAME)
		return POL_EINVAL;
	return pol_name_from_wire(ldns_rdf_data(rdf), ldns_rdf_size(rdf), name);
}

/* ---- reading ---- */

static int
error_of(ldns_status status)
{
	if (status == LDNS_STATUS_OK)
		return 0;
	return status == LDNS_STATUS_MEM_ERR ? POL_ENOMEM : POL_EINVAL;
}

/* Read the record at AT, and move AT behind it. */
static int
read_record(
    struct message *message, size_t *at, ldns_pkt_section section, ldns_rr **rr)
{
	return error_of(
	    ldns_wire2rr(rr, message->wire, message->len, at, section));
}

static int
read_question(struct message *message, size_t *at)
{
	unsigned count = LDNS_QDCOUNT(message->wire);

	if (count > 1)
		return POL_EINVAL;
	return count == 0 ? 0
			  : read_record(message, at, LDNS_SECTION_QUESTION,
				&message->question);
}

static int
read_answer(struct message *message, size_t *at)
{
	unsigned count = LDNS_ANCOUNT(message->wire);

	message->answer = ldns_rr_list_new();
	if (message->answer == NULL)
		return POL_ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		ldns_rr *rr;
		int rc = read_record(message, at, LDNS_SECTION_ANSWER, &rr);

		if (rc != 0)
			return rc;
		if (!ldns_rr_list_push_rr(message->answer, rr)) {
			ldns_rr_free(rr);
			return POL_ENOMEM;
		}
	}
	return 0;
}

/* Read what follows the answer: nothing in there matters but a TSIG record,
 * which must be the last. */
static int
read_rest(struct message *message, size_t *at)
{
	unsigned count =
	    (unsigned)LDNS_NSCOUNT(message->wire) + LDNS_ARCOUNT(message->wire);

	for (unsigned i = 0; i < count; i++) {
		size_t start = *at;
		ldns_rr *rr;
		int rc = read_record(message, at, LDNS_SECTION_ADDITIONAL, &rr);

		if (rc != 0)
			return rc;
		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_TSIG) {
			ldns_rr_free(rr);
			continue;
		}
		message->tsig = rr;
		message->tsig_at = start;
		if (i + 1 < count || LDNS_ARCOUNT(message->wire) == 0)
			return POL_EINVAL;
	}
	return *at == message->len ? 0 : POL_EINVAL;
}

int
message_read(const uint8_t *wire, size_t len, struct message *message)
{
	struct message read = {.wire = wire, .len = len};
	size_t at = MESSAGE_HEADER;
	int rc;

	if (len < MESSAGE_HEADER || len > MESSAGE_MAX)
		return POL_EINVAL;
	read.id = LDNS_ID_WIRE(wire);
	read.rcode = (ldns_pkt_rcode)LDNS_RCODE_WIRE(wire);
	read.opcode = (ldns_pkt_opcode)LDNS_OPCODE_WIRE(wire);
	read.is_response = LDNS_QR_WIRE(wire) != 0;
	read.is_truncated = LDNS_TC_WIRE(wire) != 0;
	rc = read_question(&read, &at);
	if (rc == 0)
		rc = read_answer(&read, &at);
	if (rc == 0)
		rc = read_rest(&read, &at);
	if (rc != 0) {
		message_free(&read);
		return rc;
	}
	*message = read;
	return 0;
}

void
message_free(struct message *message)
{
	ldns_rr_free(message->question);
	ldns_rr_list_deep_free(message->answer);
	ldns_rr_free(message->tsig);
	*message = (struct message){.wire = NULL};
}

/* ---- writing ---- */

static void
put_u16(uint8_t **to, unsigned value)
{
	*(*to)++ = (uint8_t)(value >> 8);
	*(*to)++ = (uint8_t)value;
}

static void
put_question(uint8_t **to, const struct pol_name *zone, ldns_rr_type type)
{
	memcpy(*to, zone->wire, zone->len);
	*to += zone->len;
	put_u16(to, type);
	put_u16(to, LDNS_RR_CLASS_IN);
}

/* A SOA record of which only the serial is said: no more of it is looked at. */
static void
put_soa(uint8_t **to, const struct pol_name *zone, uint32_t serial)
{
	static const unsigned rdlength =
	    2 + 5 * 4; /* two roots, five numbers */

	put_question(to, zone, LDNS_RR_TYPE_SOA);
	memset(*to, 0, 4 + 2 + rdlength);
	*to += 4; /* the TTL */
	put_u16(to, rdlength);
	*to += 2;
	put_u16(to, serial >> 16);
	put_u16(to, serial & 0xffff);
	*to += 4 * 4;
}

void
message_query(const struct pol_name *zone, ldns_rr_type type, uint32_t serial,
    uint16_t id, uint8_t *wire, size_t *len)
{
	bool is_ixfr = type == LDNS_RR_TYPE_IXFR;
	uint8_t *to = wire;

	_Static_assert(
	    MESSAGE_HEADER + 2 * POL_NAME_MAX + 4 + 32 + SIGNATURE_ROOM <=
		MESSAGE_QUERY_MAX,
	    "a signed query must fit");
	put_u16(&to, id);
	put_u16(&to, 0); /* a standard query, no recursion */
	put_u16(&to, 1); /* one question */
	put_u16(&to, 0);
	put_u16(&to, is_ixfr ? 1 : 0);
	put_u16(&to, 0);
	put_question(&to, zone, type);
	if (is_ixfr)
		put_soa(&to, zone, serial);
	*len = (size_t)(to - wire);
}
