/*
 * message.h - DNS messages: the queries of a secondary, and what is answered.
 *
 * Nothing here touches a socket or a clock.
 */
#ifndef TRANSFER_MESSAGE_H
#define TRANSFER_MESSAGE_H

#include <ldns/ldns.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/name.h"

#define MESSAGE_MAX 65535      /* octets of a message over TCP */
#define MESSAGE_HEADER 12      /* octets */
#define MESSAGE_QUERY_MAX 2048 /* octets of a query, signed or not */

struct message {
	const uint8_t *wire; /* as it was read: stays the caller's */
	size_t len;
	uint16_t id;
	ldns_pkt_rcode rcode;
	bool is_response;
	bool is_truncated;
	ldns_pkt_opcode opcode;
	ldns_rr *question; /* NULL: none */
	ldns_rr_list *answer;
	ldns_rr *tsig;	/* the last record, NULL: not signed */
	size_t tsig_at; /* its offset in WIRE */
};

/*
 * Read LEN octets at WIRE into MESSAGE, which points into them. 0;
 * POL_EINVAL where they are no whole message, or have a TSIG record anywhere
 * but at the end; POL_ENOMEM. Free with message_free().
 */
int message_read(const uint8_t *wire, size_t len, struct message *message);
void message_free(struct message *message);

/*
 * Write a query for TYPE (SOA, AXFR or IXFR) at ZONE into the
 * MESSAGE_QUERY_MAX octets at WIRE, with room behind it for a signature. An
 * IXFR asks for what is newer than SERIAL (RFC 1995 section 3).
 */
void message_query(const struct pol_name *zone, ldns_rr_type type,
    uint32_t serial, uint16_t id, uint8_t *wire, size_t *len);

/* The name of an rdf that is one, in lower case. POL_EINVAL where it is none.
 */
int message_name(const ldns_rdf *rdf, struct pol_name *name);

#endif
