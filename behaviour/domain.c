/*
 * domain.c - the registrable domain of a name.
 */
#include "behaviour/domain.h"

#include <libpsl.h>
#include <string.h>

#include "policy/name.h"

/* The octets of NAME before its last LABELS labels. */
static size_t
offset_of_last(const uint8_t *name, unsigned labels)
{
	unsigned skip = pol_name_labels(name) - labels;
	size_t offset = 0;

	while (skip-- > 0)
		offset += name[offset] + 1u;
	return offset;
}

size_t
beh_domain_offset(const uint8_t *name, size_t len)
{
	char text[POL_NAME_TEXT_MAX];
	struct pol_name lower;
	const char *domain;
	unsigned labels = 1;

	if (pol_name_from_wire(name, len, &lower) != 0)
		return 0;
	domain = psl_registrable_domain(
	    psl_builtin(), pol_name_to_text(lower.wire, text));
	if (domain == NULL)
		return 0;
	/* An escaped dot is within a label, which libpsl takes for two: the
	 * answer is then a shorter name, if one at all. */
	for (; *domain != '\0'; domain++)
		labels += *domain == '.';
	return labels <= pol_name_labels(lower.wire)
		   ? offset_of_last(lower.wire, labels)
		   : 0;
}
