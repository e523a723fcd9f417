/*
 * explain_print.c - what sinkbound explain found, for a person.
 */
#include <stdio.h>
#include <string.h>

#include "tools/describe.h"
#include "tools/explain_p.h"
#include "tools/output.h"

/* Is there an answer that a match decides, for this client or another? */
static bool
is_decided(enum outcome what)
{
	return what != NOT_IN_FORCE && what != LOW_RISK && what != NOT_LISTED;
}

static void
print_outcome(const struct explanation *explanation)
{
	static const char *const heads[] = {[BLOCKED] = "BLOCKED: ",
	    [ALLOWED] = "ALLOWED: ",
	    [SHADOW] = "SHADOW: the real answer; enforced it would be ",
	    [SHADOW_CLIENT] =
		"SHADOW: the real answer; outside of the group it would be ",
	    [EXEMPT] =
		"EXEMPT: the real answer; outside of the group it would be ",
	    [NOT_IN_FORCE] = "NOT IN FORCE: the real answer",
	    [LOW_RISK] = "LOW RISK: the real answer",
	    [NOT_LISTED] = "NOT LISTED: the real answer"};
	const struct pol_verdict *verdict = &explanation->verdict;
	enum outcome what = explain_outcome(explanation);

	fputs(heads[what], stdout);
	if (is_decided(what))
		describe_answer(stdout,
		    what == SHADOW ? &verdict->shadow : &verdict->match,
		    &explanation->query, &explanation->snapshot->settings);
	putchar('\n');
}

/* As what clients ask for or answers hold. */
static void
print_first(const struct roles *roles)
{
	static const char *const as[] = {[POL_NAME] = "by its own name",
	    [POL_PREFIX] = "as an address of an answer",
	    [POL_ASN] = "by an address of an answer"};
	const struct explanation *first = &roles->at[0];
	char name[POL_NAME_TEXT_MAX];

	printf("%s   ", pol_subject_to_text(&first->subject, name));
	if (first->count > 0 || roles->count == 1)
		print_outcome(first);
	else
		printf("NOT BLOCKED %s: the real answer\n",
		    as[first->subject.kind]);
}

/* Are these the first and the last address of a prefix of so many bits? */
static bool
is_prefix(const struct pol_origin *origin, unsigned bits)
{
	unsigned octets = pol_address_octets(origin->first.family);

	for (unsigned i = bits; i < 8 * octets; i++) {
		unsigned bit = 0x80U >> (i % 8);

		if ((origin->first.octets[i / 8] & bit) != 0 ||
		    (origin->last.octets[i / 8] & bit) == 0)
			return false;
	}
	return true;
}

/* Ranges are stored as their sources say, merged and without overlaps. */
char *
explain_range(const struct pol_origin *origin, char *text)
{
	unsigned bits =
	    (unsigned)pol_address_common(&origin->first, &origin->last);
	unsigned all = 8 * pol_address_octets(origin->first.family);
	struct pol_prefix prefix;
	char first[POL_PREFIX_TEXT_MAX], last[POL_PREFIX_TEXT_MAX];

	if (is_prefix(origin, bits)) {
		pol_prefix_of(&origin->first, bits, &prefix);
		return pol_prefix_to_text(&prefix, text);
	}
	pol_prefix_of(&origin->first, all, &prefix);
	pol_prefix_to_text(&prefix, first);
	pol_prefix_of(&origin->last, all, &prefix);
	snprintf(text, RANGE_TEXT_MAX, "%s - %s", first,
	    pol_prefix_to_text(&prefix, last));
	return text;
}

/* A prefix stands for its first address; another may be decided otherwise. */
static void
print_first_address(const struct pol_prefix *prefix)
{
	unsigned bits = 8 * pol_address_octets(prefix->address.family);
	struct pol_prefix first;
	char text[POL_PREFIX_TEXT_MAX];

	if (describe_is_address(prefix))
		return;
	pol_prefix_of(&prefix->address, bits, &first);
	printf("  decided for its first address, %s\n",
	    pol_prefix_to_text(&first, text));
}

/* Whose network it is. */
static void
print_origin(const struct explanation *explanation)
{
	const struct pol_origin *origin = &explanation->origin;
	char range[RANGE_TEXT_MAX];

	if (explanation->subject.kind == POL_ASN)
		fputs("  holder: ", stdout);
	else if (explanation->has_origin)
		printf("  origin: %s, AS%u, ", explain_range(origin, range),
		    (unsigned)origin->asn);
	else
		fputs("  origin: ", stdout);
	if (*origin->holder != '\0')
		output_text(stdout, origin->holder, strlen(origin->holder));
	else
		fputs("unknown", stdout);
	if (*origin->country != '\0')
		printf(", %s", origin->country);
	putchar('\n');
}

/* What the guards have put in shadow mode, in a feed that is enforced. */
static bool
is_held_back(const struct pol_match *match)
{
	return match->indicator.shadow && match->feed->mode == POL_ENFORCE;
}

/* When it is in force, its risk where that counts, and why it is not enforced
 * as its feed is. */
#define DETAILS_MAX (DESCRIBE_PERIOD_MAX + 96)
static void
describe_details(const struct pol_match *match, char *text)
{
	unsigned risk = match->indicator.risk, needed = match->feed->risk;
	size_t len;

	describe_period(&match->indicator, match->feed, text);
	len = strlen(text);
	if (is_held_back(match))
		len += (size_t)snprintf(text + len, DETAILS_MAX - len,
		    "%sin the top list, so only logged", len > 0 ? ", " : "");
	if (risk == 0 && needed == 0)
		return;
	len += (size_t)snprintf(text + len, DETAILS_MAX - len, "%srisk %u",
	    len > 0 ? ", " : "", risk);
	if (needed > 0)
		snprintf(
		    text + len, DETAILS_MAX - len, " (feed: from %u)", needed);
}

/* The category, the reference, and who said it. */
static void
add_remarks(struct table *table, const struct pol_indicator *indicator)
{
	char text[POL_CATEGORY_MAX + POL_REFERENCE_MAX + POL_BY_MAX + 16];
	bool has_text =
	    indicator->category != NULL || indicator->reference != NULL;
	int len;

	len = snprintf(text, sizeof(text), "%.*s%s%.*s%s%.*s%s",
	    (int)indicator->category_len,
	    indicator->category != NULL ? indicator->category : "",
	    indicator->category != NULL && indicator->reference != NULL ? ": "
									: "",
	    (int)indicator->reference_len,
	    indicator->reference != NULL ? indicator->reference : "",
	    indicator->by_len == 0 ? ""
	    : has_text		   ? " (by "
				   : "by ",
	    (int)indicator->by_len, indicator->by != NULL ? indicator->by : "",
	    indicator->by_len > 0 && has_text ? ")" : "");
	table_text(table, text, (size_t)len);
}

static bool
print_matches(const struct explanation *explanation, const char *indent)
{
	struct table *table = table_new("lllllll");

	for (size_t i = 0; i < explanation->count; i++) {
		const struct pol_match *match = &explanation->matches[i];
		const struct pol_indicator *indicator = &match->indicator;
		const struct pol_subject listed = describe_subject(match);
		char name[POL_NAME_TEXT_MAX];
		char details[DETAILS_MAX];

		describe_details(match, details);
		table_row(table);
		table_cell(table, "%s%s", indent, explain_mark(explanation, i));
		table_cell(table, "%s%s",
		    match->trigger == POL_ON_RULE ? "rule " : "",
		    match->feed->name);
		table_cell(table, "%s", pol_action_text(match->action));
		table_cell(table, "%s",
		    match->kind == POL_NAME ? pol_scope_text(indicator->scope)
					    : pol_kind_text(match->kind));
		table_cell(table, "%s", pol_subject_to_text(&listed, name));
		table_cell(table, "%s", details);
		add_remarks(table, indicator);
	}
	return table_print(table, stdout);
}

/* The matches, and why the first wins. */
static bool
print_reasons(const struct explanation *explanation, const char *indent)
{
	const char *reason = NULL;

	if (explanation->count == 0)
		return true;
	if (!print_matches(explanation, indent))
		return false;
	if (explanation->verdict.enforced)
		reason = explain_why(explanation);
	if (reason != NULL)
		printf("%swhy: %s\n", indent, reason);
	return true;
}

/* As something else: what an alias leads to, or a name server. */
static bool
print_other(const struct explanation *role)
{
	const char *what = "names that are an alias of it";

	if (role->trigger == POL_ON_NSDNAME)
		what = "zones that it is a name server of";
	else if (role->trigger == POL_ON_NSIP)
		what = "zones with a name server there";
	printf("  %slisted for %s (%s)", role->count > 0 ? "" : "not ", what,
	    pol_trigger_text(role->trigger));
	if (role->count == 0) {
		putchar('\n');
		return true;
	}
	fputs("   ", stdout);
	print_outcome(role);
	return print_reasons(role, "    ");
}

static void
print_client(const struct asking *client)
{
	char text[POL_PREFIX_TEXT_MAX];

	printf("  client: %s, ", pol_prefix_to_text(&client->address, text));
	if (client->group == NULL)
		puts("in no group");
	else
		printf("group %s, %s\n", client->group->name,
		    pol_client_mode_text(client->group->mode));
}

bool
explain_print_text(const struct roles *roles)
{
	const struct explanation *first = &roles->at[0];
	bool printed;

	print_first(roles);
	if (first->client.is_given)
		print_client(&first->client);
	if (first->subject.kind == POL_PREFIX)
		print_first_address(&first->subject.prefix);
	if (first->subject.kind != POL_NAME)
		print_origin(first);
	if (roles->guarded[0] != '\0')
		printf("  no feed can block it: it is %s\n", roles->guarded);
	printed = print_reasons(first, "  ");
	for (size_t i = 1; i < roles->count && printed; i++)
		printed = print_other(&roles->at[i]);
	return printed;
}
