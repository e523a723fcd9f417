/*
 * auto.c - finding out the format of a feed by its beginning.
 *
 * JSON and tables are known by the names of their fields. Of all others, the
 * entries at the beginning are read in each format in turn, and nine of ten
 * must fit it. What fits none is refused: a list that is taken for another
 * kind of list would block what it does not mean.
 */
#include <string.h>

#include "policy/error.h"
#include "tools/feed/entry.h"
#include "tools/feed/head.h"

#define FIT_PERCENT 90

struct mark {
	const char *text;
	const struct feed_format *format;
};

/* A format that the beginning is tried as. */
struct candidate {
	const struct feed_format *format;
	/* At least one line begins with one of these; NULL: no need. */
	const char *marks[2];
	/* Addresses among its names do not make it another format. */
	bool has_addresses;
};

struct fit {
	const struct feed_format *format;
	uint64_t fitting;
	uint64_t read;
};

static bool
has(struct text head, const char *text)
{
	return memmem(head.text, head.len, text, strlen(text)) != NULL;
}

/* The format of the first mark in the head, ended by a NULL; NULL if there is
 * none. Marks of another format may stand in a text of the feed: *OTHER. */
static const struct mark *
find_mark(struct text head, const struct mark *marks, const struct mark **other)
{
	const struct mark *found = NULL;

	*other = NULL;
	for (; marks->text != NULL; marks++) {
		if (!has(head, marks->text))
			continue;
		if (found == NULL)
			found = marks;
		else if (marks->format != found->format && *other == NULL)
			*other = marks;
	}
	return found;
}

/* Decide by a mark. 0, with parse->format unchanged where there is none. */
static int
decide_by_mark(
    struct feed_parse *parse, struct text head, const struct mark *marks)
{
	const struct mark *other;
	const struct mark *mark = find_mark(head, marks, &other);

	if (mark == NULL)
		return 0;
	if (other != NULL)
		return feed_fail(parse,
		    "cannot tell its format: it has %s as %s has, and %s as "
		    "%s has; say which it is",
		    mark->text, mark->format->name, other->text,
		    other->format->name);
	if (mark->format->protects)
		return feed_fail(parse,
		    "looks like %s, a list of what must not be blocked; if "
		    "that is meant, say so as its format",
		    mark->format->name);
	parse->format = mark->format;
	snprintf(parse->reason, sizeof(parse->reason), "it has %s", mark->text);
	return 0;
}

static int
decide_json(struct feed_parse *parse, struct text head)
{
	static const struct mark marks[] = {
	    {"\"spec_version\"", &feed_stix},
	    {"\"pattern\"", &feed_stix},
	    {"\"bundle\"", &feed_stix},
	    {"\"to_ids\"", &feed_misp},
	    {"\"Attribute\"", &feed_misp},
	    {"\"ioc_type\"", &feed_threatfox},
	    {"\"urlhaus_link\"", &feed_urlhaus},
	    {"\"urlhaus_reference\"", &feed_urlhaus},
	    {"\"ip_address\"", &feed_feodo},
	    {"\"cidr\":", &feed_spamhaus_drop},
	    {"\"asname\"", &feed_spamhaus_asndrop},
	    {"\"matching_attributes\"", &feed_misp_warninglist},
	    {"\"list\":", &feed_misp_warninglist},
	    {NULL, NULL},
	};
	int rc = decide_by_mark(parse, head, marks);

	if (rc == 0 && parse->format == &feed_auto)
		return feed_fail(parse,
		    "cannot tell its format: JSON without the fields of one "
		    "that is known");
	return rc;
}

/* ---- trying ---- */

/* Lines that begin with MARK. */
static uint64_t
count_lines(struct text head, const char *mark)
{
	uint64_t count = 0;

	while (head.len > 0) {
		struct text line = text_trim(text_split(&head, '\n'));

		count += text_skip(&line, mark);
	}
	return count;
}

/* Those that say that an entry is of the format, though it is not taken. */
static uint64_t
count_faults_that_fit(const struct feed_parse *tried, bool has_addresses)
{
	static const enum feed_fault faults[] = {FEED_TOO_LONG, FEED_NOT_ASCII,
	    FEED_LOCAL_NAME, FEED_REDIRECT, FEED_OTHER_TRIGGER, FEED_OTHER_DATA,
	    FEED_HOST_BITS, FEED_ANY_ADDRESS, FEED_NARROW, FEED_CONTENT,
	    FEED_NO_BLOCK};
	uint64_t count = has_addresses ? tried->faults[FEED_ADDRESS].count : 0;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		count += tried->faults[faults[i]].count;
	return count;
}

/* Parse a text that is not to be changed, as fmemopen() might. */
static int
parse_text(struct feed_parse *parse, struct text text)
{
	FILE *source = fmemopen(NULL, text.len + 1, "w+");
	int rc = POL_ENOMEM;

	if (source == NULL)
		return rc;
	if (fwrite(text.text, 1, text.len, source) == text.len) {
		rewind(source);
		rc = parse->format->parse(parse, source);
	}
	fclose(source);
	return rc;
}

/* Read the head as of a format. */
static int
try(const struct candidate *candidate, struct text head, struct fit *fit)
{
	struct feed_parse tried = {.format = candidate->format};
	int rc = pol_list_new(&tried.list);

	if (rc != 0)
		return rc;
	rc = parse_text(&tried, head);
	fit->format = candidate->format;
	fit->fitting = pol_list_count(tried.list);
	fit->read = fit->fitting + feed_parse_rejected(&tried);
	fit->fitting += count_faults_that_fit(&tried, candidate->has_addresses);
	pol_list_free(tried.list);
	return rc;
}

static bool
is_marked(const struct candidate *candidate, struct text head)
{
	if (candidate->marks[0] == NULL)
		return true;
	for (size_t i = 0; i < 2 && candidate->marks[i] != NULL; i++)
		if (count_lines(head, candidate->marks[i]) > 0)
			return true;
	return false;
}

/* Try the candidates in order; the first that fits, or else the best. */
static int
find_fit(struct text head, struct fit *best)
{
	static const struct candidate candidates[] = {
	    {&feed_adblock, {"||", "[Adblock"}, true},
	    {&feed_unbound, {"local-zone:", "local-data:"}, true},
	    {&feed_dnsmasq, {NULL}, true},
	    {&feed_hosts, {NULL}, true},
	    {&feed_asns, {"AS", NULL}, false},
	    {&feed_prefixes, {NULL}, false},
	    {&feed_wildcard, {"*.", NULL}, true},
	    {&feed_domains, {NULL}, false},
	    {&feed_rpz, {NULL}, false},
	};

	*best = (struct fit){.format = NULL};
	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]);
	     i++) {
		struct fit fit;
		int rc = 0;

		if (!is_marked(&candidates[i], head))
			continue;
		rc = try(&candidates[i], head, &fit);
		if (rc != 0)
			return rc;
		if (fit.read == 0)
			continue;
		if (best->format == NULL ||
		    fit.fitting * best->read > best->fitting * fit.read)
			*best = fit;
		if (100 * fit.fitting >= FIT_PERCENT * fit.read)
			return 0;
	}
	return 0;
}

/* "*.x" is below x for one of the two formats, and x as well for the other. */
static bool
has_some_asterisks(struct text head, const struct fit *fit)
{
	return fit->format == &feed_wildcard &&
	       count_lines(head, "*.") * 100 < FIT_PERCENT * fit->read;
}

/* A few names in a list of addresses: those who wrote it down by what malware
 * was seen at would not have all else at the addresses blocked. */
static int
check_for_names(
    struct feed_parse *parse, struct text head, const struct fit *fit)
{
	static const struct candidate names = {&feed_domains, {NULL}, false};
	struct fit fit_of_names;
	int rc;

	if (fit->format != &feed_prefixes)
		return 0;
	rc = try(&names, head, &fit_of_names);
	if (rc == 0 && fit_of_names.fitting > 0)
		rc = feed_fail(parse,
		    "cannot tell its format: it mixes addresses and names; "
		    "say domains for its names, prefixes for its addresses");
	return rc;
}

static int
decide_by_fit(struct feed_parse *parse, struct text head)
{
	struct fit fit;
	int rc = find_fit(head, &fit);

	if (rc != 0)
		return rc;
	if (fit.format == NULL)
		return feed_fail(parse,
		    "cannot tell its format: it begins without an entry");
	if (fit.fitting == 0)
		return feed_fail(parse,
		    "cannot tell its format: no entry fits one that is known");
	if (100 * fit.fitting < FIT_PERCENT * fit.read)
		return feed_fail(parse,
		    "cannot tell its format: the nearest is %s, which %llu "
		    "of its first %llu entries fit",
		    fit.format->name, (unsigned long long)fit.fitting,
		    (unsigned long long)fit.read);
	if (has_some_asterisks(head, &fit))
		return feed_fail(parse,
		    "cannot tell its format: as domains its \"*.\" are without "
		    "the name itself, as wildcard with it; say which it is");
	rc = check_for_names(parse, head, &fit);
	if (rc != 0)
		return rc;
	parse->format = fit.format;
	snprintf(parse->reason, sizeof(parse->reason),
	    "%llu of its first %llu entries fit",
	    (unsigned long long)fit.fitting, (unsigned long long)fit.read);
	return 0;
}

static int
decide_text(struct feed_parse *parse, struct text head)
{
	static const struct mark marks[] = {
	    {"urlhaus_link", &feed_urlhaus},
	    {"\"host\",\"path\"", &feed_urlhaus},
	    {"ioc_type", &feed_threatfox},
	    {"dst_ip", &feed_feodo},
	    {"DstIP", &feed_feodo},
	    {"; SBL", &feed_spamhaus_drop},
	    {NULL, NULL},
	};
	int rc = decide_by_mark(parse, head, marks);

	if (rc != 0 || parse->format != &feed_auto)
		return rc;
	return decide_by_fit(parse, head);
}

static int
decide(struct feed_parse *parse, const struct feed_head *source)
{
	struct text head;

	head.text = feed_head_text(source, &head.len);
	if (head.len == 0)
		return feed_fail(
		    parse, "cannot tell its format: there is nothing in it");
	if (memchr(head.text, '\0', head.len) != NULL)
		return feed_fail(
		    parse, "cannot tell its format: it is no text");
	if (feed_head_is_json(source))
		return decide_json(parse, head);
	/* The last line may be half of one. */
	while (!feed_head_is_all(source) && head.len > 0 &&
	       head.text[head.len - 1] != '\n')
		head.len--;
	return decide_text(parse, head);
}

static int
parse_auto(struct feed_parse *parse, FILE *source)
{
	struct feed_head *head;
	int rc = feed_head_new(source, &head);

	if (rc != 0)
		return rc;
	parse->format = &feed_auto;
	rc = decide(parse, head);
	if (rc == 0)
		rc = parse->format->parse(parse, feed_head_whole(head));
	feed_head_free(head);
	return rc;
}

const struct feed_format feed_auto = {
    .name = "auto",
    .scope = POL_EXACT,
    .triggers = POL_SERVES_ALL,
    .parse = parse_auto,
};
