/*
 * history.c - sinkbound history: what each change of the policy added, removed
 * and set, when, and who made it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/journal.h"
#include "tools/database.h"
#include "tools/describe.h"
#include "tools/output.h"
#include "tools/verb.h"
#include "tools/when.h"

#define LIMIT_DEFAULT 20
#define LIMIT_MAX 1000000
#define NAMES_DEFAULT 10

/* What is wanted, and what was found. */
struct search {
	const char *feed; /* NULL: any */
	int64_t since;
	unsigned long limit;
	unsigned long names; /* of each kind that are shown of a change */
	bool has_subject;
	struct pol_subject subject;
	struct pol_key key; /* the subject's */
	json_t *json;	    /* NULL: for a person */
	unsigned long shown;
};

/* ---- what matches ---- */

/* Is it about the subject, or what is below it? */
static bool
is_about(const struct search *search, const struct pol_subject *subject)
{
	struct pol_key key;

	if (!search->has_subject)
		return true;
	if (subject->kind != search->subject.kind)
		return false;
	if (subject->kind == POL_PREFIX)
		return subject->prefix.length >=
			   search->subject.prefix.length &&
		       pol_prefix_covers(
			   &search->subject.prefix, &subject->prefix.address);
	pol_subject_key(subject, &key);
	return pol_key_within(
	    key.data, key.len, search->key.data, search->key.len);
}

/* 1: it holds an item that is looked for; 0; POL_ECORRUPT. */
static int
has_item(const struct search *search, struct pol_journal_entry entry)
{
	struct pol_journal_item item;
	int more;

	if (!search->has_subject)
		return 1;
	while ((more = pol_journal_next(&entry, &item)) > 0)
		if (is_about(search, &item.subject))
			return 1;
	return more;
}

/* ---- for a person ---- */

static void
print_head(const struct pol_journal_entry *entry)
{
	static const char *const signs[POL_EVENTS] = {"+", "~", "-", "", ""};
	const char *gap = "   ";

	printf("%s   %s", show_time(entry->when).text, entry->verb);
	if (*entry->by != '\0') {
		fputs(" by ", stdout);
		output_text(stdout, entry->by, strlen(entry->by));
	}
	printf("   %s", entry->feed);
	for (int event = 0; event < POL_EVENTS; event++) {
		if (entry->counts[event] == 0)
			continue;
		printf("%s%s%s", gap, signs[event],
		    show_number(entry->counts[event]).text);
		if (*signs[event] == '\0')
			printf(" %s", pol_event_text((enum pol_event)event));
		gap = " ";
	}
	printf("   generation %s\n", show_number(entry->generation).text);
	if (*entry->note != '\0') {
		fputs("    ", stdout);
		output_text(stdout, entry->note, strlen(entry->note));
		putchar('\n');
	}
}

/* A statement of the operator with all it says, one of a feed with its name. */
static void
print_item(
    const struct pol_journal_entry *entry, const struct pol_journal_item *item)
{
	printf("    %-8s  ", pol_event_text(item->event));
	if (strcmp(entry->feed, POL_OPERATOR_NAME) == 0)
		describe_statement(stdout, &item->subject, &item->indicator);
	else
		describe_cover(stdout, &item->subject, item->indicator.scope);
	if (item->event == POL_UNLISTED)
		printf(
		    ", stays until %s", show_time(item->indicator.until).text);
	putchar('\n');
}

/* What is not shown of an entry: TOTAL there were, KEPT by name, of one kind
 * MOST, and SHOWN. */
static void
print_rest(uint64_t total, uint64_t kept, uint64_t most, uint64_t shown)
{
	if (total == shown)
		return;
	printf("    and %s more", show_number(total - shown).text);
	if (kept == shown)
		puts(", not kept by name");
	else if (kept == total)
		printf(": --names %" PRIu64 "\n", most);
	else
		printf(", %s of them by name: --names %" PRIu64 "\n",
		    show_number(kept - shown).text, most);
}

static int
print_items(const struct search *search, struct pol_journal_entry entry)
{
	uint64_t seen[POL_EVENTS] = {0};
	uint64_t total = 0, kept = 0, most = 0, shown = 0;
	struct pol_journal_item item;
	int more;

	for (int event = 0; event < POL_EVENTS; event++)
		total += entry.counts[event];
	while ((more = pol_journal_next(&entry, &item)) > 0) {
		if (++seen[item.event] > most)
			most = seen[item.event];
		kept++;
		if (search->has_subject ? !is_about(search, &item.subject)
					: seen[item.event] > search->names)
			continue;
		shown++;
		print_item(&entry, &item);
	}
	if (more == 0 && search->has_subject)
		shown = kept;
	if (more == 0)
		print_rest(total, kept, most, shown);
	return more;
}

/* ---- for a program ---- */

/* NULL: as its feed said then, which the journal does not have. */
static const char *
action_of(const struct pol_journal_entry *entry,
    const struct pol_indicator *indicator)
{
	if (indicator->action != POL_ACTION_OF_FEED)
		return pol_action_text(indicator->action);
	return strcmp(entry->feed, POL_OPERATOR_NAME) == 0
		   ? pol_action_text(POL_SINKHOLE)
		   : NULL;
}

static json_t *
item_json(
    const struct pol_journal_entry *entry, const struct pol_journal_item *item)
{
	const struct pol_indicator *indicator = &item->indicator;
	char text[POL_NAME_TEXT_MAX];

	return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:o, s:o, s:o}", "event",
	    pol_event_text(item->event), "subject",
	    pol_subject_to_text(&item->subject, text), "kind",
	    pol_kind_text(item->subject.kind), "scope",
	    pol_scope_text(indicator->scope), "action",
	    action_of(entry, indicator), "until", json_time(indicator->until),
	    "by", json_text(indicator->by, indicator->by_len), "reference",
	    json_text(indicator->reference, indicator->reference_len));
}

static int
add_json(const struct search *search, struct pol_journal_entry entry)
{
	json_t *items = json_array(), *counts = json_object();
	struct pol_journal_item item;
	int more;

	for (int event = 0; event < POL_EVENTS; event++)
		json_object_set_new(counts,
		    pol_event_text((enum pol_event)event),
		    json_integer((json_int_t)entry.counts[event]));
	while ((more = pol_journal_next(&entry, &item)) > 0)
		if (is_about(search, &item.subject))
			json_array_append_new(items, item_json(&entry, &item));
	json_array_append_new(
	    search->json, json_pack("{s:o, s:I, s:s, s:o, s:s, s:o, s:o, s:o}",
			      "time", json_time(entry.when), "generation",
			      (json_int_t)entry.generation, "verb", entry.verb,
			      "by", json_text(entry.by, strlen(entry.by)),
			      "feed", entry.feed, "note",
			      json_text(*entry.note != '\0' ? entry.note : NULL,
				  strlen(entry.note)),
			      "counts", counts, "items", items));
	return more;
}

/* ---- the verb ---- */

#define ENOUGH 1

static int
show_entry(const struct pol_journal_entry *entry, void *arg)
{
	struct search *search = arg;
	int matches;

	if (search->shown == search->limit || entry->when < search->since)
		return ENOUGH;
	if (search->feed != NULL && strcmp(search->feed, entry->feed) != 0)
		return 0;
	matches = has_item(search, *entry);
	if (matches <= 0)
		return matches;
	search->shown++;
	if (search->json != NULL)
		return add_json(search, *entry);
	print_head(entry);
	return print_items(search, *entry);
}

static enum status
show(const struct config *config, const struct reading *reading, void *arg)
{
	struct search *search = arg;
	int error = pol_journal_each(reading->snapshot, show_entry, search);
	bool printed = search->json == NULL || output_json(search->json);

	if (error != 0 && error != ENOUGH)
		return database_failed(config, error);
	if (search->json == NULL && search->shown == 0)
		puts("nothing in the history matches");
	return command_printed(printed);
}

static enum status
set_since(const struct command *command, struct search *search)
{
	int64_t length;

	if (when_parse_duration(optarg, &length) == 0)
		search->since = (int64_t)time(NULL) - length;
	else if (when_parse_time(optarg, &search->since) != 0)
		return command_misused(command,
		    "--since \"%s\": a time like 2025-12-13 or a duration like "
		    "2h or 30d is expected",
		    optarg);
	return STATUS_OK;
}

static enum status
set_number(const struct command *command, const char *option, unsigned long max,
    unsigned long *number)
{
	if (!command_number(optarg, 1, max, number))
		return command_misused(command,
		    "%s \"%s\": a number from 1 to %lu is expected", option,
		    optarg, max);
	return STATUS_OK;
}

static enum status
take_option(const struct command *command, int option, void *arg)
{
	struct search *search = arg;

	switch (option) {
	case 'f':
		search->feed = optarg;
		return STATUS_OK;
	case 's':
		return set_since(command, search);
	case 'l':
		return set_number(
		    command, "--limit", LIMIT_MAX, &search->limit);
	case 'n':
		return set_number(
		    command, "--names", POL_JOURNAL_NAMES_MAX, &search->names);
	default:
		if (search->json == NULL)
			search->json = json_array();
		return STATUS_OK;
	}
}

static enum status
run(struct command *command)
{
	static const struct option options[] = {
	    {"feed", required_argument, NULL, 'f'},
	    {"since", required_argument, NULL, 's'},
	    {"limit", required_argument, NULL, 'l'},
	    {"names", required_argument, NULL, 'n'},
	    {"json", no_argument, NULL, COMMAND_JSON}, {NULL, 0, NULL, 0}};
	struct search search = {.limit = LIMIT_DEFAULT, .names = NAMES_DEFAULT};
	enum status status = STATUS_OK;

	if (!command_options(command, options, take_option, &search))
		return command->status;
	search.has_subject = optind < command->argc;
	if (search.has_subject)
		status = command_subject(command, &search.subject);
	if (status != STATUS_OK)
		return status;
	if (search.has_subject)
		pol_subject_key(&search.subject, &search.key);
	return database_read(command, show, &search);
}

const struct verb verb_history = {
    .name = "history",
    .synopsis = "[OPTION...] [SUBJECT]",
    .summary = "show what was added and removed, when and by whom",
    .details =
	"Shows the changes of the policy, the newest first: when, by which "
	"verb, who\n"
	"ran it, for which feed, and what was added, changed and removed; and "
	"what\n"
	"became of feeds, rules, groups of clients and settings. Of a large "
	"change\n"
	"only the first names are kept. With SUBJECT, what was about it or "
	"anything\n"
	"in it.\n"
	"\n"
	"  --feed FEED   only this feed; \"operator\" for block and allow\n"
	"  --since TIME  only since then: 2025-12-13, 2025-12-13T09:12Z, or "
	"2h, 30d\n"
	"  --limit N     as many changes at most; 20 if not given\n"
	"  --names N     as many names of each kind in a change; 10 if not "
	"given\n"
	"  --json        print JSON\n",
    .run = run,
};
