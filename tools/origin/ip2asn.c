/*
 * ip2asn.c - ranges as tab-separated values, the layout of iptoasn.com.
 *
 *	1.0.0.0 1.0.0.255 13335 US CLOUDFLARENET
 *	1.0.1.0 1.0.3.255 0 None Not routed
 *
 * with tabs between the fields. Country and holder may be missing.
 */
#include <string.h>

#include "tools/origin/origin.h"

static enum origin_fault
take_line(struct text line, struct origin_entry *entry)
{
	struct text first, last, asn, country;
	enum origin_fault fault;

	if (!origin_next_field(&line, '\t', &first) ||
	    !origin_next_field(&line, '\t', &last) ||
	    !origin_next_field(&line, '\t', &asn))
		return ORIGIN_BAD_LINE;
	if (origin_next_field(&line, '\t', &country) && country.len == 2) {
		memcpy(entry->country, country.text, 2);
		entry->country[2] = '\0';
	}
	if (!origin_next_field(&line, '\t', &entry->name))
		entry->name.len = 0;
	fault = origin_read_range(first, last, entry);
	return fault != ORIGIN_OK ? fault : origin_read_asn(asn, entry);
}

static int
parse_ip2asn(struct origin_parse *parse)
{
	return origin_parse_lines(parse, take_line);
}

const struct origin_format origin_ip2asn = {
    .name = "ip2asn",
    .parse = parse_ip2asn,
};
