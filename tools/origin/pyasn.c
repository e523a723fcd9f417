/*
 * pyasn.c - prefixes and their ASNs, the layout of pyasn's tables.
 *
 *	; a comment
 *	1.0.0.0/24	15169
 *	2001:db8::/32	{64500,64501}
 *
 * A prefix that several systems announce names them in braces: the first one
 * counts. Who holds an ASN is not said.
 */
#include "tools/origin/origin.h"

static enum origin_fault
read_asns(struct text text, struct origin_entry *entry)
{
	struct text first;

	if (text.len < 2 || text.text[0] != '{' ||
	    text.text[text.len - 1] != '}')
		return origin_read_asn(text, entry);
	text = (struct text){text.text + 1, text.len - 2};
	if (!origin_next_field(&text, ',', &first))
		return ORIGIN_BAD_ASN;
	entry->multi_origin = text.text != NULL;
	return origin_read_asn(first, entry);
}

static enum origin_fault
take_line(struct text line, struct origin_entry *entry)
{
	struct text prefix, asns;
	enum origin_fault fault;

	if (!origin_next_field(&line, '\t', &prefix) ||
	    !origin_next_field(&line, '\t', &asns))
		return ORIGIN_BAD_LINE;
	fault = origin_read_prefix(prefix, entry);
	return fault != ORIGIN_OK ? fault : read_asns(asns, entry);
}

static int
parse_pyasn(struct origin_parse *parse)
{
	return origin_parse_lines(parse, take_line);
}

const struct origin_format origin_pyasn = {
    .name = "pyasn",
    .parse = parse_pyasn,
};
