/*
 * source.h - where a zone is transferred from, as configured.
 */
#ifndef TRANSFER_SOURCE_H
#define TRANSFER_SOURCE_H

#include <arpa/inet.h>

#include "policy/indicator.h"

#define TRANSFER_PORT_DEFAULT 53

struct tsig_algorithm;

struct transfer_source {
	struct pol_name zone;
	char primary[INET6_ADDRSTRLEN]; /* an IPv4 or IPv6 address */
	uint16_t port;
	/* NULL: the primary asks for no key. */
	const struct tsig_algorithm *algorithm;
	struct pol_name key;
	char key_file[POL_PATH_MAX + 1]; /* absolute */
};

/*
 * The seconds without contact to its primary after which the copy at PATH of
 * the zone is stale, as its SOA says; 0 where that is not known.
 */
int64_t transfer_expire(const struct transfer_source *source, const char *path);

#endif
