/*
 * fuzz_feed.c - feeds of any octets, in each format.
 *
 * The first octet says the format, as in formats[] below, and in upper case
 * that the feed has options. What is taken without options must survive being
 * written as a feed of the same format and read again: all of it, and nothing
 * rejected. Of the formats that say more than is kept (those of threat
 * intelligence) what is taken is looked at instead.
 */
#include "fuzz.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <jansson.h>
#include <string.h>

#include "policy/error.h"
#include "policy/list_p.h"
#include "tools/feed/format.h"

/* libldns takes no longer text for an owner, "*." in front included. */
#define OWNER_MAX 254

static void
count_duplicate(unsigned long line, unsigned long first_line, void *arg)
{
	CHECK(line > 0 && first_line > 0);
	(*(size_t *)arg)++;
}

/* Faults are kept in order, as texts that harm no terminal. */
static void
check_faults(const struct feed_parse *parse)
{
	for (size_t i = 0; i < FEED_FAULTS; i++) {
		const struct fault_count *fault = &parse->faults[i];

		for (size_t j = 0; j < FAULT_LINES && j < fault->count; j++) {
			CHECK(fault->lines[j] > 0);
			CHECK(j == 0 || fault->lines[j] >= fault->lines[j - 1]);
			CHECK(strlen(fault->texts[j]) < FAULT_TEXT);
			for (const char *p = fault->texts[j]; *p != '\0'; p++)
				CHECK(*p >= 0x20 && *p < 0x7f);
		}
	}
}

/* Parse TEXT and seal the list. False where it is not of the format at all. */
static bool
read_feed(const struct feed_format *format, char *text, size_t size,
    struct feed_parse *parse)
{
	FILE *source = fmemopen(text, size, "r");
	size_t duplicates = 0;
	size_t count;
	int rc;

	CHECK(source != NULL);
	CHECK(pol_list_new(&parse->list) == 0);
	parse->format = format;
	rc = format->parse(parse, source);
	fclose(source);
	check_faults(parse);
	CHECK(rc == 0 || rc == POL_EINVAL);
	CHECK((rc != 0) == (parse->problem[0] != '\0'));
	CHECK((parse->reason[0] != '\0') == (parse->format != format));
	CHECK(rc != 0 || parse->format != &feed_auto);
	count = pol_list_count(parse->list);
	CHECK(pol_list_seal(parse->list, count_duplicate, &duplicates) == 0);
	CHECK(pol_list_count(parse->list) + duplicates == count);
	pol_list_exempt(parse->list, count_duplicate, &duplicates);
	CHECK(pol_list_count(parse->list) + duplicates == count);
	return rc == 0;
}

/* ---- writing a feed ---- */

static void
write_addresses(
    FILE *out, const char *owner, const struct pol_indicator *indicator)
{
	char text[INET6_ADDRSTRLEN];

	CHECK(indicator->ipv4_count + indicator->ipv6_count > 0);
	for (size_t i = 0; i < indicator->ipv4_count; i++)
		fprintf(out, "%s A %s\n", owner,
		    inet_ntop(
			AF_INET, indicator->ipv4 + 4 * i, text, sizeof(text)));
	for (size_t i = 0; i < indicator->ipv6_count; i++)
		fprintf(out, "%s AAAA %s\n", owner,
		    inet_ntop(AF_INET6, indicator->ipv6 + 16 * i, text,
			sizeof(text)));
}

static void
write_record(
    FILE *out, const char *owner, const struct pol_indicator *indicator)
{
	static const char *const targets[] = {
	    [POL_NXDOMAIN] = ".",
	    [POL_NODATA] = "*.",
	    [POL_DROP] = "rpz-drop.",
	    [POL_TRUNCATE] = "rpz-tcp-only.",
	    [POL_ALLOW] = "rpz-passthru.",
	};
	char text[POL_NAME_TEXT_MAX];

	if (indicator->action == POL_SINKHOLE) {
		write_addresses(out, owner, indicator);
	} else if (indicator->action == POL_CNAME) {
		CHECK(indicator->target_len > 1);
		fprintf(out, "%s CNAME %s.\n", owner,
		    pol_name_to_text(indicator->target, text));
	} else {
		CHECK(targets[indicator->action] != NULL);
		fprintf(
		    out, "%s CNAME %s\n", owner, targets[indicator->action]);
	}
}

/* The owner of an RPZ record for a name. */
static void
name_owner(const struct pol_name *name, const struct pol_indicator *indicator,
    char *owner)
{
	bool is_below = indicator->scope == POL_BELOW;
	char text[POL_NAME_TEXT_MAX];

	CHECK(indicator->scope != POL_SUBTREE);
	CHECK(name->len > 1 || is_below);
	CHECK(indicator->triggers == 0 ||
	      indicator->triggers == POL_SERVES_NSDNAME);
	sprintf(owner, "%s%s%s%s", is_below ? "*" : "",
	    is_below && name->len > 1 ? "." : "",
	    name->len > 1 ? pol_name_to_text(name->wire, text) : "",
	    indicator->triggers != 0 ? ".rpz-nsdname" : "");
}

/* The same for a prefix, without the short form that IPv6 may have. */
static void
prefix_owner(const struct pol_prefix *prefix,
    const struct pol_indicator *indicator, char *owner)
{
	const uint8_t *octets = prefix->address.octets;

	CHECK(indicator->scope == POL_EXACT);
	CHECK(
	    indicator->triggers == 0 || indicator->triggers == POL_SERVES_NSIP);
	owner += sprintf(owner, "%u", prefix->length);
	if (prefix->address.family == 4)
		for (int i = 3; i >= 0; i--)
			owner += sprintf(owner, ".%u", octets[i]);
	else
		for (int i = 14; i >= 0; i -= 2)
			owner += sprintf(
			    owner, ".%x", octets[i] << 8 | octets[i + 1]);
	strcpy(owner, indicator->triggers != 0 ? ".rpz-nsip" : ".rpz-ip");
}

static bool
write_rpz(FILE *out, const struct pol_subject *subject,
    const struct pol_indicator *indicator)
{
	char owner[POL_NAME_TEXT_MAX + 16];

	if (subject->kind == POL_NAME) {
		name_owner(&subject->name, indicator, owner);
	} else {
		CHECK(subject->kind == POL_PREFIX);
		/* The target might be the owner, in the form written here. */
		if (indicator->target != NULL && isdigit(indicator->target[1]))
			return false;
		prefix_owner(&subject->prefix, indicator, owner);
	}
	write_record(out, owner, indicator);
	return strlen(owner) <= OWNER_MAX;
}

static void
write_json(FILE *out, const char *key, const char *subject,
    const char *reference_key, const struct pol_indicator *indicator)
{
	json_t *line = json_pack("{ss}", key, subject);
	json_t *reference = json_stringn(
	    indicator->reference_len > 0 ? indicator->reference : "",
	    indicator->reference_len);

	CHECK(line != NULL && reference != NULL);
	CHECK(json_object_set_new(line, reference_key, reference) == 0);
	CHECK(json_dumpf(line, out, JSON_COMPACT) == 0);
	fputc('\n', out);
	json_decref(line);
}

static void
write_field(FILE *out, const char *text, size_t len)
{
	fputs(",\"", out);
	for (size_t i = 0; i < len; i++) {
		CHECK((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
		if (text[i] == '"')
			fputc('"', out);
		fputc(text[i], out);
	}
	fputc('"', out);
}

/* A line of a list of networks. */
static void
write_network(FILE *out, const struct feed_format *format,
    const struct pol_subject *subject, const struct pol_indicator *indicator)
{
	char text[POL_NAME_TEXT_MAX];

	CHECK(subject->kind != POL_NAME && indicator->scope == POL_EXACT);
	CHECK(indicator->triggers == 0);
	pol_subject_to_text(subject, text);
	if (format == &feed_prefixes) {
		fprintf(out, "%s\n", text);
	} else if (format == &feed_spamhaus_drop) {
		write_json(out, "cidr", text, "sblid", indicator);
	} else if (format == &feed_spamhaus_asndrop) {
		write_json(out, "asn", text, "asname", indicator);
	} else {
		fprintf(out, "%s,%u", text, indicator->risk);
		write_field(out, indicator->category, indicator->category_len);
		write_field(
		    out, indicator->reference, indicator->reference_len);
		fputc('\n', out);
	}
}

/* A line of a list of names. */
static void
write_name(FILE *out, const struct feed_format *format, const char *name,
    const struct pol_indicator *indicator)
{
	bool allows = indicator->action == POL_ALLOW;

	if (format == &feed_hosts) {
		fprintf(out, "0.0.0.0 %s\n", name);
	} else if (format == &feed_adblock) {
		fprintf(out, "%s%s%s^\n", allows ? "@@" : "",
		    indicator->scope == POL_EXACT   ? "|"
		    : indicator->scope == POL_BELOW ? "||*."
						    : "||",
		    name);
	} else if (format == &feed_dnsmasq) {
		fprintf(out, "server=/%s/%s\n", name, allows ? "#" : "");
	} else if (format == &feed_unbound) {
		fprintf(out,
		    indicator->scope == POL_EXACT
			? "local-data: \"%s A 0.0.0.0\"\n"
			: "local-zone: \"%s\" static\n",
		    name);
	} else {
		fprintf(out, "%s%s\n",
		    indicator->scope == POL_BELOW ? "*." : "", name);
	}
}

/* Write an entry as one of the format. False where it cannot be written. */
static bool
write_entry(
    FILE *out, const struct feed_format *format, const struct list_entry *entry)
{
	struct pol_indicator indicator;
	struct pol_subject subject;
	char text[POL_NAME_TEXT_MAX];

	CHECK(pol_subject_from_key((enum pol_kind)entry->kind, entry->octets,
		  entry->key_len, &subject) == 0);
	CHECK(list_indicator(entry, &indicator) == 0);
	if (format == &feed_rpz)
		return write_rpz(out, &subject, &indicator);
	CHECK(indicator.action == POL_ACTION_OF_FEED ||
	      (indicator.action == POL_ALLOW &&
		  (format == &feed_adblock || format == &feed_dnsmasq)));
	if (format->triggers == POL_SERVES_ADDRESSES) {
		write_network(out, format, &subject, &indicator);
		return true;
	}
	CHECK(subject.kind == POL_NAME);
	CHECK(pol_name_labels(subject.name.wire) >= 2);
	pol_name_to_text(subject.name.wire, text);
	write_name(out, format, text, &indicator);
	return true;
}

/* What a feed begins with: for RPZ, all names are absolute in the root's zone.
 */
static void
write_head(FILE *out, const struct feed_format *format)
{
	if (format == &feed_rpz)
		fputs(". SOA . . 1 2 3 4 5\n", out);
	else if (format == &feed_asns)
		fputs("asn,risk,category,holder\n", out);
	else
		fputs("#\n", out);
}

/* Is what was taken the same when it is written and read again? */
static void
check_again(const struct feed_format *format, struct pol_list *list)
{
	struct feed_parse parse = {.progress = NULL};
	size_t count, again_count, size;
	const struct list_entry *entries = list_entries(list, &count);
	const struct list_entry *again;
	bool writable = true;
	char *text;
	FILE *out = open_memstream(&text, &size);

	CHECK(out != NULL);
	write_head(out, format);
	for (size_t i = 0; i < count; i++)
		writable &= write_entry(out, format, &entries[i]);
	CHECK(fclose(out) == 0);
	if (writable) {
		CHECK(read_feed(format, text, size, &parse));
		CHECK(feed_parse_rejected(&parse) ==
		      parse.faults[FEED_HEADER].count);
		again = list_entries(parse.list, &again_count);
		CHECK(again_count == count);
		for (size_t i = 0; i < count; i++) {
			CHECK(again[i].key_len == entries[i].key_len);
			CHECK(again[i].record_len == entries[i].record_len);
			CHECK(memcmp(again[i].octets, entries[i].octets,
				  entries[i].key_len +
				      (size_t)entries[i].record_len) == 0);
		}
		pol_list_free(parse.list);
	}
	free(text);
}

static bool
is_plain_text(const char *text, size_t len)
{
	json_t *string = json_stringn(len > 0 ? text : "", len);
	bool is_utf8 = string != NULL;

	json_decref(string);
	for (size_t i = 0; i < len; i++)
		CHECK((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
	return is_utf8;
}

/* Is what was taken of threat intelligence within all bounds? */
static void
check_values(struct pol_list *list)
{
	size_t count;
	const struct list_entry *entries = list_entries(list, &count);

	for (size_t i = 0; i < count; i++) {
		struct pol_indicator indicator;
		struct pol_subject subject;

		CHECK(
		    pol_subject_from_key((enum pol_kind)entries[i].kind,
			entries[i].octets, entries[i].key_len, &subject) == 0);
		CHECK(list_indicator(&entries[i], &indicator) == 0);
		CHECK(indicator.action == POL_ACTION_OF_FEED);
		CHECK(indicator.risk <= POL_RISK_MAX);
		CHECK(indicator.since >= 0);
		CHECK(
		    indicator.until == 0 || indicator.until > indicator.since);
		CHECK(
		    is_plain_text(indicator.category, indicator.category_len));
		CHECK(is_plain_text(
		    indicator.reference, indicator.reference_len));
		if (subject.kind == POL_NAME)
			CHECK(pol_name_labels(subject.name.wire) >= 2);
		else
			CHECK(indicator.scope == POL_EXACT);
		CHECK(subject.kind != POL_PREFIX || subject.prefix.length > 0);
		CHECK(subject.kind != POL_ASN || subject.asn > 0);
	}
}

/* Do the feed's options hold for each entry? */
static void
check_options(const struct feed_format *format, struct pol_list *list,
    const struct feed_options *options)
{
	size_t count;
	const struct list_entry *entries = list_entries(list, &count);

	for (size_t i = 0; i < count; i++) {
		struct pol_indicator indicator;

		CHECK(list_indicator(&entries[i], &indicator) == 0);
		CHECK(indicator.action == POL_ACTION_OF_FEED ||
		      indicator.action == POL_ALLOW);
		CHECK(format->triggers == 0 || entries[i].kind != POL_NAME ||
		      indicator.scope == options->scope);
		CHECK(indicator.target == NULL);
		CHECK(indicator.ipv4_count + indicator.ipv6_count == 0);
	}
}

static const struct feed_format *
format_of(uint8_t letter)
{
	static const struct {
		char letter;
		const struct feed_format *format;
	} formats[] = {
	    {'d', &feed_domains},
	    {'h', &feed_hosts},
	    {'p', &feed_prefixes},
	    {'a', &feed_asns},
	    {'s', &feed_spamhaus_drop},
	    {'n', &feed_spamhaus_asndrop},
	    {'b', &feed_adblock},
	    {'q', &feed_dnsmasq},
	    {'u', &feed_unbound},
	    {'w', &feed_wildcard},
	    {'l', &feed_urlhaus},
	    {'t', &feed_threatfox},
	    {'f', &feed_feodo},
	    {'m', &feed_misp},
	    {'g', &feed_misp_warninglist},
	    {'x', &feed_stix},
	    {'o', &feed_auto},
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i].letter == tolower(letter))
			return formats[i].format;
	return &feed_rpz;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed_parse parse = {.progress = NULL};
	const struct feed_format *format;
	char *text;

	if (size < 2)
		return 0;
	format = format_of(data[0]);
	if (data[0] >= 'A' && data[0] <= 'Z')
		parse.options = (struct feed_options){
		    .has_scope = true,
		    .scope = POL_BELOW,
		    .has_action = true,
		    .all_attributes = true,
		};
	text = malloc(size - 1);
	CHECK(text != NULL);
	memcpy(text, data + 1, size - 1);
	read_feed(format, text, size - 1, &parse);
	free(text);
	if (parse.format->triggers == POL_SERVES_ALL ||
	    parse.format == &feed_feodo)
		check_values(parse.list);
	else if (!parse.options.has_scope)
		check_again(parse.format, parse.list);
	if (parse.options.has_scope)
		check_options(parse.format, parse.list, &parse.options);
	pol_list_free(parse.list);
	return 0;
}
