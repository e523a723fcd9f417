/*
 * format.c - reading a feed, and the account of what was taken and what not.
 */
#include "tools/feed/format.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "tools/feed/head.h"
#include "tools/feed/line.h"

#define PROGRESS_STEP 65536 /* lines or records between two reports */

const struct feed_format *const feed_formats[] = {
    &feed_auto,
    &feed_domains,
    &feed_wildcard,
    &feed_hosts,
    &feed_adblock,
    &feed_dnsmasq,
    &feed_unbound,
    &feed_rpz,
    &feed_prefixes,
    &feed_asns,
    &feed_spamhaus_drop,
    &feed_spamhaus_asndrop,
    &feed_urlhaus,
    &feed_threatfox,
    &feed_feodo,
    &feed_misp,
    &feed_misp_warninglist,
    &feed_stix,
    NULL,
};

const struct feed_format *
feed_format_named(const char *name)
{
	const struct feed_format *const *format;

	for (format = feed_formats; *format != NULL; format++)
		if (strcmp((*format)->name, name) == 0)
			return *format;
	return NULL;
}

const char *
feed_fault_text(enum feed_fault fault)
{
	static const char *const texts[FEED_FAULTS] = {
	    [FEED_NOT_A_NAME] = "not a name",
	    [FEED_ADDRESS] = "an address",
	    [FEED_SINGLE_LABEL] = "a single label",
	    [FEED_TOO_LONG] = "too long",
	    [FEED_NOT_ASCII] = "not convertible from Unicode",
	    [FEED_LOCAL_NAME] = "a local name",
	    [FEED_REDIRECT] = "a redirect to another address",
	    [FEED_BAD_LINE] = "not a line of this format",
	    [FEED_BAD_RECORD] = "not a valid record",
	    [FEED_OTHER_TRIGGER] = "an unsupported trigger",
	    [FEED_OTHER_DATA] = "other local data than addresses",
	    [FEED_OUT_OF_ZONE] = "outside the zone",
	    [FEED_NOT_A_PREFIX] = "not an address or prefix",
	    [FEED_HOST_BITS] = "bits set behind the prefix length",
	    [FEED_ANY_ADDRESS] = "every address there is",
	    [FEED_NOT_AN_ASN] = "not an ASN",
	    [FEED_NOT_A_RISK] = "a risk that is not from 0 to 100",
	    [FEED_HEADER] = "a header row",
	    [FEED_INFRASTRUCTURE] = "of name resolution itself",
	    [FEED_PUBLIC_SUFFIX] = "a public suffix",
	    [FEED_PROTECTED] = "protected",
	    [FEED_ABOVE_PROTECTED] = "above a protected name",
	    [FEED_TOO_WIDE] = "too wide a prefix",
	    [FEED_SPECIAL_RANGE] = "in a special range",
	    [FEED_URL] = "a URL within a host",
	    [FEED_NARROW] = "a rule narrower than a name",
	    [FEED_CONTENT] = "a rule for the content of pages",
	    [FEED_NO_BLOCK] = "a statement that blocks nothing",
	    [FEED_OTHER_KIND] = "another kind of indicator",
	    [FEED_NOT_FLAGGED] = "not flagged for detection",
	    [FEED_REVOKED] = "revoked or deleted",
	    [FEED_BENIGN] = "said to be benign",
	    [FEED_EXEMPTED] = "exempted by the list itself",
	    [FEED_DUPLICATE] = "a duplicate",
	};

	return fault < FEED_FAULTS ? texts[fault] : "unknown fault";
}

void
feed_reject(struct feed_parse *parse, enum feed_fault fault, unsigned long line,
    struct text text)
{
	fault_add(&parse->faults[fault], line, text);
}

int
feed_fail(struct feed_parse *parse, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(parse->problem, sizeof(parse->problem), format, args);
	va_end(args);
	return POL_EINVAL;
}

int
feed_accept(struct feed_parse *parse, const struct pol_name *name,
    enum pol_scope scope, unsigned long line)
{
	struct pol_indicator indicator = {
	    .scope = parse->options.has_scope ? parse->options.scope : scope,
	};
	struct pol_subject subject = pol_subject_of_name(name);

	return pol_list_add(parse->list, &subject, &indicator, line);
}

void
feed_progress(
    const struct feed_parse *parse, unsigned long count, uint64_t octets)
{
	if (parse->progress != NULL && count % PROGRESS_STEP == 0)
		parse->progress(parse, octets);
}

int
feed_parse_lines(
    struct feed_parse *parse, FILE *source, feed_take_line *take, void *arg)
{
	struct feed_lines *lines;
	struct feed_line line;
	int rc = feed_lines_new(source, &lines);

	if (rc != 0)
		return rc;
	while (rc == 0 && feed_lines_next(lines, &line)) {
		rc = take(parse, &line, arg);
		feed_progress(parse, line.number, feed_lines_octets(lines));
	}
	if (rc == 0)
		rc = feed_lines_error(lines);
	feed_lines_free(lines);
	return rc;
}

uint64_t
feed_parse_rejected(const struct feed_parse *parse)
{
	uint64_t sum = 0;
	size_t fault;

	for (fault = 0; fault < FEED_FAULTS; fault++)
		sum += parse->faults[fault].count;
	return sum;
}

uint64_t
feed_parse_read(const struct feed_parse *parse)
{
	return parse->accepted + feed_parse_rejected(parse);
}

static void
reject_duplicate(unsigned long line, unsigned long kept_line, void *arg)
{
	char text[FAULT_TEXT];

	snprintf(text, sizeof(text), "as line %lu", kept_line);
	feed_reject(arg, FEED_DUPLICATE, line, text_of(text));
}

static void
reject_exempted(unsigned long line, unsigned long exception_line, void *arg)
{
	char text[FAULT_TEXT];

	snprintf(text, sizeof(text), "by line %lu", exception_line);
	feed_reject(arg, FEED_EXEMPTED, line, text_of(text));
}

/* Parse what is not a page that a web server sent in the list's place. */
static int
parse_source(struct feed_parse *parse, FILE *source)
{
	struct feed_head *head;
	int rc = feed_head_new(source, &head);

	if (rc != 0)
		return rc;
	if (feed_head_is_html(head))
		rc = feed_fail(parse, "a web page (HTML), not a list");
	else
		rc = parse->format->parse(parse, feed_head_whole(head));
	feed_head_free(head);
	return rc;
}

static int
open_error(void)
{
	switch (errno) {
	case ENOENT:
		return POL_ENOENT;
	case EACCES:
		return POL_EACCES;
	default:
		return POL_EIO;
	}
}

int
feed_read(const char *path, const struct feed_format *format,
    const struct feed_options *options, struct feed_parse *parse)
{
	FILE *source;
	int saved;
	int rc;

	*parse = (struct feed_parse){
	    .path = path,
	    .options = *options,
	    .format = format,
	    .progress = parse->progress,
	};
	rc = pol_list_new(&parse->list);
	if (rc != 0)
		return rc;
	source = fopen(path, "re");
	if (source == NULL)
		return open_error();
	rc = parse_source(parse, source);
	saved = errno;
	fclose(source);
	errno = saved;
	if (rc == 0)
		rc = pol_list_seal(parse->list, reject_duplicate, parse);
	if (rc == 0 && parse->format->exempts)
		pol_list_exempt(parse->list, reject_exempted, parse);
	if (rc == 0)
		parse->accepted = pol_list_count(parse->list);
	return rc;
}

const char *
feed_problem(const struct feed_parse *parse, int error)
{
	if (parse->problem[0] != '\0')
		return parse->problem;
	return errno != 0 ? strerror(errno) : pol_strerror(error);
}
