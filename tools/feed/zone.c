/*
 * zone.c - the records of a zone file, whatever is wrong between them.
 */
#include "tools/feed/zone.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/error.h"
#include "tools/feed/zone_line.h"

struct feed_zone {
	struct zone_lines *lines;
	int error;
	struct pol_name origin;
	ldns_rdf *origin_rdf; /* the same for libldns */
	ldns_rdf *owner; /* of the last record, NULL where it had no good one */
	ldns_rr *rr;	 /* what was given last */
	bool has_apex;
	struct pol_name apex;
};

/* Before any $ORIGIN, and after a bad one. No file says these names; the zone
 * is never within the second, so that names relative to it are outside. */
static const struct pol_name unknown_origin = {3, {1, 0x01, 0}};
static const struct pol_name bad_origin = {3, {1, 0x02, 0}};

static void
set_origin(struct feed_zone *zone, const struct pol_name *origin)
{
	ldns_rdf *rdf = ldns_rdf_new_frm_data(
	    LDNS_RDF_TYPE_DNAME, origin->len, origin->wire);

	if (rdf == NULL) {
		zone->error = POL_ENOMEM;
		return;
	}
	ldns_rdf_deep_free(zone->origin_rdf);
	zone->origin_rdf = rdf;
	zone->origin = *origin;
}

int
feed_zone_new(FILE *source, struct feed_zone **zone)
{
	struct feed_zone *new = calloc(1, sizeof(*new));
	int rc;

	if (new == NULL)
		return POL_ENOMEM;
	rc = zone_lines_new(source, &new->lines);
	if (rc == 0) {
		set_origin(new, &unknown_origin);
		rc = new->error;
	}
	if (rc != 0) {
		feed_zone_free(new);
		return rc;
	}
	*zone = new;
	return 0;
}

void
feed_zone_free(struct feed_zone *zone)
{
	if (zone == NULL)
		return;
	zone_lines_free(zone->lines);
	ldns_rdf_deep_free(zone->origin_rdf);
	ldns_rdf_deep_free(zone->owner);
	ldns_rr_free(zone->rr);
	free(zone);
}

int
feed_zone_error(const struct feed_zone *zone)
{
	return zone->error != 0 ? zone->error : zone_lines_error(zone->lines);
}

uint64_t
feed_zone_octets(const struct feed_zone *zone)
{
	return zone_lines_octets(zone->lines);
}

/* ---- one record ---- */

/* Move behind the blanks and behind the word that follows; set WORD to it. */
static char *
skip_word(char *text, char **word)
{
	text += strspn(text, " ");
	*word = text;
	return text + strcspn(text, " ");
}

/* Make WORD, the argument of a $ORIGIN, the origin. */
static bool
change_origin(struct feed_zone *zone, const char *word)
{
	struct pol_name name;

	if (strcmp(word, "@") == 0)
		return true;
	if (pol_name_from_text(word, strlen(word), &name) != POL_NAME_OK)
		return false;
	if (!ldns_dname_str_absolute(word)) {
		size_t len = name.len - (size_t)1; /* without the root */

		if (len + zone->origin.len > POL_NAME_MAX)
			return false;
		memcpy(name.wire + len, zone->origin.wire, zone->origin.len);
		name.len = (uint8_t)(len + zone->origin.len);
	}
	set_origin(zone, &name);
	return true;
}

/* Obey a line that begins with '$'. False where it is nothing to obey. */
static bool
take_directive(struct feed_zone *zone, char *text)
{
	char *directive;
	char *word;
	char *end = skip_word(text, &directive);
	char *word_end = skip_word(end, &word);

	*end = '\0';
	*word_end = '\0';
	if (strcasecmp(directive, "$TTL") == 0)
		return true; /* replies have the policy's own */
	if (strcasecmp(directive, "$ORIGIN") != 0)
		return false;
	if (!change_origin(zone, word)) {
		set_origin(zone, &bad_origin);
		return false;
	}
	return true;
}

/* libldns knows "TTL class type" only, and takes the TTL of "class TTL type"
 * for a type: blank that TTL out, it is not needed. */
static void
blank_ttl(char *text)
{
	char *class;
	char *ttl;
	char *end = text + strcspn(text, " "); /* of the owner */

	end = skip_word(end, &class);
	if (end - class != 2 || strncasecmp(class, "IN", 2) != 0)
		return;
	end = skip_word(end, &ttl);
	if (*ttl >= '0' && *ttl <= '9')
		memset(ttl, ' ', (size_t)(end - ttl));
}

/* Read the record. NULL: it is none, or not of class IN. */
static ldns_rr *
read_record(struct feed_zone *zone, char *text)
{
	ldns_rr *rr;
	ldns_status status;

	if (text[0] != ' ') {
		ldns_rdf_deep_free(zone->owner);
		zone->owner = NULL;
	} else if (zone->owner == NULL) {
		return NULL;
	}
	/* libldns would take it for the apex. */
	if (text[0] == '@' && text[1] != ' ')
		return NULL;
	blank_ttl(text);
	status =
	    ldns_rr_new_frm_str(&rr, text, 0, zone->origin_rdf, &zone->owner);
	if (status == LDNS_STATUS_MEM_ERR)
		zone->error = POL_ENOMEM;
	if (status != LDNS_STATUS_OK)
		return NULL;
	/* A type that libldns does not know is type 0. */
	if (ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN ||
	    ldns_rr_get_type(rr) == 0) {
		ldns_rr_free(rr);
		return NULL;
	}
	return rr;
}

/* ---- the zone ---- */

/* Where in NAME does ANCESTOR begin? Its length where it does not. */
static size_t
find_ancestor(const struct pol_name *name, const struct pol_name *ancestor)
{
	size_t at = 0;

	while (at < name->len && (size_t)(name->len - at) > ancestor->len)
		at += (size_t)1 + name->wire[at];
	if (at < name->len && name->len - at == ancestor->len &&
	    memcmp(name->wire + at, ancestor->wire, ancestor->len) == 0)
		return at;
	return name->len;
}

static bool
is_within(const struct pol_name *name, const struct pol_name *ancestor)
{
	return find_ancestor(name, ancestor) < name->len;
}

bool
feed_zone_is_unknown(const struct pol_name *name)
{
	return is_within(name, &unknown_origin) || is_within(name, &bad_origin);
}

bool
feed_zone_relative(const struct feed_zone *zone, const struct pol_name *name,
    struct pol_name *relative)
{
	size_t at;

	if (!zone->has_apex)
		return false;
	at = find_ancestor(name, &zone->apex);
	if (at == name->len)
		return false;
	memmove(relative->wire, name->wire, at);
	relative->wire[at] = 0;
	relative->len = (uint8_t)(at + 1);
	return true;
}

/* The first record tells the zone's name: a SOA by its owner, any other by
 * the origin that it is read with. */
static void
find_apex(struct feed_zone *zone, const struct feed_record *record)
{
	bool is_soa = ldns_rr_get_type(record->rr) == LDNS_RR_TYPE_SOA;
	const struct pol_name *apex = is_soa ? &record->owner : &zone->origin;

	if (zone->has_apex || is_within(apex, &bad_origin))
		return;
	zone->has_apex = true;
	zone->apex = *apex;
	if (is_within(&zone->origin, &unknown_origin) &&
	    !is_within(apex, &unknown_origin))
		set_origin(zone, &zone->apex);
}

/* Read a record. RECORD stays without one where TEXT is none. */
static void
take_record(struct feed_zone *zone, char *text, struct feed_record *record)
{
	const ldns_rdf *owner;

	zone->rr = read_record(zone, text);
	if (zone->rr == NULL)
		return;
	owner = ldns_rr_owner(zone->rr);
	if (pol_name_from_wire(ldns_rdf_data(owner), ldns_rdf_size(owner),
		&record->owner) != 0)
		return;
	record->rr = zone->rr;
	find_apex(zone, record);
}

bool
feed_zone_next(struct feed_zone *zone, struct feed_record *record)
{
	struct zone_entry entry;

	ldns_rr_free(zone->rr);
	zone->rr = NULL;
	do {
		if (zone->error != 0 || !zone_lines_next(zone->lines, &entry))
			return false;
	} while (entry.text != NULL && entry.text[0] == '$' &&
		 take_directive(zone, entry.text));
	record->rr = NULL;
	record->line = entry.line;
	record->text = entry.first;
	record->len = entry.first_len;
	if (entry.text == NULL) {
		/* Nobody knows whose the next line without owner is. */
		ldns_rdf_deep_free(zone->owner);
		zone->owner = NULL;
	} else if (entry.text[0] != '$') {
		take_record(zone, entry.text, record);
	}
	return true;
}
