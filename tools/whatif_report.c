/*
 * whatif_report.c - what a log of queries and the policy have in common.
 */
#include <string.h>

#include "tools/describe.h"
#include "tools/whatif.h"

/* ---- the log ---- */

/* How many lines were no queries because of FAULT, or NULL. */
static const struct fault_count *
count_bad(const struct whatif *whatif, enum log_fault fault)
{
	const struct fault_count *count = &whatif->log.faults[fault];

	return fault != LOG_OK && fault != LOG_NOTHING && count->count > 0
		   ? count
		   : NULL;
}

struct shown
whatif_queries(const uint64_t counts[LOG_KINDS])
{
	uint64_t count = tally_count(counts);
	struct shown shown = show_number(count);
	size_t len = strlen(shown.text);

	snprintf(shown.text + len, sizeof(shown.text) - len, " %s",
	    count == 1 ? "query" : "queries");
	return shown;
}

void
whatif_print_log(const struct whatif *whatif)
{
	const struct log_reading *log = &whatif->log;

	printf("%s: %s, %s",
	    strcmp(log->path, "-") == 0 ? "standard input" : log->path,
	    show_count(log->lines, "line").text,
	    whatif_queries(whatif->queries).text);
	if (whatif->first != 0)
		printf(", from %s to %s", show_time(whatif->first).text,
		    show_time(whatif->last).text);
	putchar('\n');
	for (int i = 0; i < LOG_FAULTS; i++) {
		const struct fault_count *count =
		    count_bad(whatif, (enum log_fault)i);
		char report[FAULT_REPORT_MAX];

		if (count != NULL)
			printf("    %s\n",
			    fault_report(count,
				log_fault_text((enum log_fault)i), report));
	}
}

json_t *
whatif_log_json(const struct whatif *whatif)
{
	const struct log_reading *log = &whatif->log;
	json_t *reasons = json_array();

	for (int i = 0; i < LOG_FAULTS; i++) {
		const struct fault_count *count =
		    count_bad(whatif, (enum log_fault)i);

		if (count != NULL)
			json_array_append_new(
			    reasons, fault_json(count,
					 log_fault_text((enum log_fault)i)));
	}
	return json_pack("{s:o, s:I, s:I, s:o, s:o, s:o}", "path",
	    json_text(log->path, strlen(log->path)), "lines",
	    (json_int_t)log->lines, "queries",
	    (json_int_t)tally_count(whatif->queries), "first",
	    json_time(whatif->first), "last", json_time(whatif->last),
	    "rejected", reasons);
}

/* ---- the sums ---- */

void
whatif_print_sum(
    const struct whatif *whatif, enum outcome outcome, const char *what)
{
	const struct tally_sum *sum = tally_sum(whatif->tally, outcome);
	uint64_t early = tally_count(sum->early);

	printf("%s: %s, %s", what, show_count(sum->names, "name").text,
	    whatif_queries(sum->counts).text);
	if (sum->clients > 0)
		printf(" of %s", show_count(sum->clients, "client").text);
	if (early > 0)
		printf(", %s of them before the name was listed",
		    show_number(early).text);
	putchar('\n');
}

/* What the report of a preview has no use for. */
static json_t *
add_early_json(
    const struct whatif *whatif, json_t *object, const struct tally_sum *sum)
{
	if (whatif->is_history)
		json_object_set_new(object, "before-listing",
		    json_integer((json_int_t)tally_count(sum->early)));
	return object;
}

json_t *
whatif_sum_json(const struct whatif *whatif, enum outcome outcome)
{
	const struct tally_sum *sum = tally_sum(whatif->tally, outcome);
	json_t *object =
	    json_pack("{s:I, s:I, s:I}", "names", (json_int_t)sum->names,
		"queries", (json_int_t)tally_count(sum->counts), "clients",
		(json_int_t)sum->clients);

	return add_early_json(whatif, object, sum);
}

/* ---- the names ---- */

/* What decides on a name that was kept. */
static bool
find_match(const struct whatif *whatif, const struct tally_name *name,
    struct pol_match *match)
{
	struct pol_query query = whatif_query(name->name);
	enum outcome outcome = WHATIF_NOTHING;

	return whatif->decide(&query, whatif->arg, &outcome, match) == 0 &&
	       outcome != WHATIF_NOTHING;
}

static char *
address_text(const struct pol_address *address, char *text)
{
	struct pol_prefix prefix;

	pol_prefix_of(
	    address, 8 * pol_address_octets(address->family), &prefix);
	return pol_prefix_to_text(&prefix, text);
}

#define ADDRESSES_TEXT_MAX 8192

static void
clients_text(const struct tally_name *name, char *text, size_t size)
{
	char address[POL_PREFIX_TEXT_MAX];
	size_t len = 0, i;

	snprintf(text, size, "-");
	for (i = 0;
	     i < name->shown_count && size - len > POL_PREFIX_TEXT_MAX + 32;
	     i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s",
		    i > 0 ? ", " : "", address_text(&name->shown[i], address));
	if (i == 0 && name->sum.clients > 0)
		snprintf(text, size, "%s", show_number(name->sum.clients).text);
	else if (i < name->sum.clients)
		snprintf(text + len, size - len, " and %s more",
		    show_number(name->sum.clients - i).text);
}

static void
add_time(struct table *table, int64_t seconds)
{
	table_cell(table, "%s", seconds != 0 ? show_time(seconds).text : "-");
}

static void
add_heads(struct table *table, bool is_history)
{
	table_row(table);
	table_cell(table, "queries");
	if (is_history)
		table_cell(table, "early");
	table_cell(table, "name");
	table_cell(table, "first asked");
	table_cell(table, "last asked");
	table_cell(table, "feed");
	table_cell(table, "action");
	table_cell(table, "mode");
	if (is_history)
		table_cell(table, "listed since");
	table_cell(table, "asked by");
}

static const char *
mode_text(const struct tally_name *name, const struct pol_match *match)
{
	return name->group == WHATIF_UNBLOCKED ? "unblocked"
					       : pol_mode_text(match->mode);
}

static void
add_name(struct table *table, const struct tally_name *name,
    const struct pol_match *match, bool is_history)
{
	char text[POL_NAME_TEXT_MAX];
	char clients[ADDRESSES_TEXT_MAX];

	table_row(table);
	table_cell(
	    table, "%s", show_number(tally_count(name->sum.counts)).text);
	if (is_history)
		table_cell(table, "%s",
		    show_number(tally_count(name->sum.early)).text);
	pol_name_to_text(name->name, text);
	table_text(table, text, strlen(text));
	add_time(table, name->first);
	add_time(table, name->last);
	table_cell(table, "%s", match->feed->name);
	table_cell(table, "%s", pol_action_text(match->action));
	table_cell(table, "%s", mode_text(name, match));
	if (is_history)
		add_time(table, match->indicator.since);
	clients_text(name, clients, sizeof(clients));
	table_cell(table, "%s", clients);
}

bool
whatif_print_names(struct whatif *whatif)
{
	size_t count, shown;
	const struct tally_name *const *names =
	    tally_sort(whatif->tally, &count);
	struct table *table;

	if (count == 0)
		return true;
	table = table_new(whatif->is_history ? "rrllllllll" : "rlllllll");
	if (table == NULL)
		return false;
	shown = whatif->top < count ? whatif->top : count;
	add_heads(table, whatif->is_history);
	for (size_t i = 0; i < shown; i++) {
		struct pol_match match;

		if (find_match(whatif, names[i], &match))
			add_name(table, names[i], &match, whatif->is_history);
	}
	if (!table_print(table, stdout))
		return false;
	if (shown < count)
		printf("and %s more: --top %zu shows them all\n",
		    show_count(count - shown, "name").text, count);
	return true;
}

static json_t *
addresses_json(const struct tally_name *name)
{
	char text[POL_PREFIX_TEXT_MAX];
	json_t *addresses = json_array();

	for (size_t i = 0; i < name->shown_count; i++)
		json_array_append_new(addresses,
		    json_string(address_text(&name->shown[i], text)));
	return addresses;
}

static json_t *
outcome_json(enum outcome outcome)
{
	static const char *const texts[WHATIF_KEPT] = {
	    [WHATIF_BLOCKED] = "blocked",
	    [WHATIF_SHADOW] = "shadow",
	    [WHATIF_UNBLOCKED] = "unblocked"};

	return json_string(texts[outcome]);
}

static json_t *
name_json(const struct tally_name *name, const struct pol_match *match)
{
	const struct pol_indicator *indicator = &match->indicator;
	struct pol_subject subject = describe_subject(match);
	char text[POL_NAME_TEXT_MAX], listed[POL_NAME_TEXT_MAX];

	return json_pack("{s:s, s:o, s:I, s:o, s:o, s:I, s:o, s:s, s:s, "
			 "s:s, s:s, s:s, s:o, s:o, s:o}",
	    "name", pol_name_to_text(name->name, text), "verdict",
	    outcome_json((enum outcome)name->group), "queries",
	    (json_int_t)tally_count(name->sum.counts), "first",
	    json_time(name->first), "last", json_time(name->last), "clients",
	    (json_int_t)name->sum.clients, "addresses", addresses_json(name),
	    "feed", match->feed->name, "action", pol_action_text(match->action),
	    "mode", pol_mode_text(match->mode), "matched",
	    pol_subject_to_text(&subject, listed), "scope",
	    pol_scope_text(indicator->scope), "since",
	    json_time(indicator->since), "until",
	    json_time(pol_indicator_end(indicator, match->feed)), "reference",
	    json_text(indicator->reference, indicator->reference_len));
}

json_t *
whatif_names_json(struct whatif *whatif)
{
	size_t count;
	const struct tally_name *const *names =
	    tally_sort(whatif->tally, &count);
	json_t *array = json_array();

	if (whatif->top < count)
		count = whatif->top;
	for (size_t i = 0; i < count; i++) {
		struct pol_match match;

		if (find_match(whatif, names[i], &match))
			json_array_append_new(array,
			    add_early_json(whatif, name_json(names[i], &match),
				&names[i]->sum));
	}
	return array;
}

bool
whatif_is_complete(const struct whatif *whatif)
{
	uint64_t names = 0;

	for (unsigned outcome = 0; outcome < WHATIF_KEPT; outcome++)
		names += tally_sum(whatif->tally, outcome)->names;
	return !tally_is_full(whatif->tally) && names <= whatif->top;
}

void
whatif_print_notes(const struct whatif *whatif)
{
	if (tally_is_full(whatif->tally))
		printf("note: over %s names, or %s clients of them: those "
		       "beyond are not listed, and fewer are counted than "
		       "there are\n",
		    show_number(TALLY_NAMES_MAX).text,
		    show_number(TALLY_CLIENTS_MAX).text);
	puts("By name only: nothing is said of addresses, ASNs and aliases in "
	     "the answers.");
}
