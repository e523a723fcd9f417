/*
 * guard.c - what no feed may block, and what it may only watch.
 */
#include "tools/guard/guard.h"

#include <errno.h>
#include <libpsl.h>
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "tools/guard/names.h"
#include "tools/guard/prefixes.h"
#include "tools/guard/top_list.h"
#include "tools/output.h"

/* The shortest prefixes that a feed may list: more is no one network's. */
#define BITS_IPV4 8
#define BITS_IPV6 19

struct guard {
	psl_ctx_t *suffixes;
	struct guard_names *infrastructure;
	struct guard_names *protected;
	struct guard_names *top; /* NULL: not wanted */
	struct guard_prefixes *special;
	struct guard_prefixes *protected_prefixes;
};

/* ---- making ---- */

static int
add_infrastructure(struct guard_names *names)
{
	static const struct {
		const char *name;
		enum pol_scope scope;
	} known[] = {{".", POL_EXACT}, {"arpa", POL_SUBTREE},
	    {"localhost", POL_SUBTREE}, {"local", POL_SUBTREE},
	    {"root-servers.net", POL_SUBTREE},
	    {"gtld-servers.net", POL_SUBTREE}, {"test", POL_EXACT},
	    {"invalid", POL_EXACT}, {"example", POL_EXACT},
	    {"example.com", POL_EXACT}, {"example.net", POL_EXACT},
	    {"example.org", POL_EXACT}};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(known) / sizeof(known[0]);
	     i++) {
		struct pol_name name;

		if (pol_name_from_text(known[i].name, strlen(known[i].name),
			&name) != POL_NAME_OK)
			return POL_EINVAL;
		rc = guard_names_add(names, &name, known[i].scope);
	}
	return rc;
}

static int
add_subject(struct guard *guard, const struct pol_subject *subject,
    enum pol_scope scope)
{
	switch (subject->kind) {
	case POL_NAME:
		return guard_names_add(guard->protected, &subject->name, scope);
	case POL_PREFIX:
		return guard_prefixes_add(
		    guard->protected_prefixes, &subject->prefix);
	case POL_ASN:
		break;
	}
	return 0;
}

static int
add_item(const struct pol_list_item *item, void *arg)
{
	struct pol_subject subject;
	int rc = pol_subject_from_key(
	    item->kind, item->key, item->key_len, &subject);

	if (rc == 0)
		rc = add_subject(arg, &subject, item->indicator.scope);
	return rc;
}

/* Say of what was passed over how much it was; a protected name that is not
 * protected after all must not go unnoticed. */
static void
note_rejected(const struct feed_parse *parse)
{
	uint64_t rejected = feed_parse_rejected(parse) -
			    parse->faults[FEED_DUPLICATE].count -
			    parse->faults[FEED_HEADER].count;

	if (rejected > 0)
		output_error("note: protected: %s: %s of its entries cannot be "
			     "protected",
		    parse->path, show_number(rejected).text);
}

static int
add_file(struct guard *guard, const struct config_protected *entry)
{
	struct feed_parse parse = {.progress = NULL};
	int rc;

	errno = 0;
	rc = feed_read(entry->file, entry->format, &entry->options, &parse);
	if (rc == 0)
		rc = pol_list_filter(parse.list, add_item, guard);
	if (rc == 0)
		note_rejected(&parse);
	else
		output_error(
		    "protected: %s: %s", entry->file, feed_problem(&parse, rc));
	pol_list_free(parse.list);
	return rc;
}

static int
add_protected(struct guard *guard, const struct config *config)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < config->protected_count; i++) {
		const struct config_protected *entry = &config->protected[i];

		rc = entry->file != NULL
			 ? add_file(guard, entry)
			 : add_subject(guard, &entry->subject, entry->scope);
	}
	return rc;
}

static int
add_top_name(const struct pol_name *name, unsigned long rank, void *arg)
{
	(void)rank;
	return guard_names_add(arg, name, POL_EXACT);
}

static bool
needs_top_list(const struct config *config)
{
	for (size_t i = 0; i < config->feed_count; i++)
		if (!config->feeds[i].is_trusted &&
		    config->feeds[i].action != POL_ALLOW)
			return config->top_list != NULL;
	return false;
}

static int
add_top_list(struct guard *guard, const struct config *config)
{
	int rc = guard_names_new(&guard->top);

	errno = 0;
	if (rc == 0)
		rc = top_list_read(config->top_list, config->top_count,
		    add_top_name, guard->top);
	if (rc != 0)
		output_error("top-list: %s: %s", config->top_list,
		    errno != 0 ? strerror(errno) : pol_strerror(rc));
	return rc;
}

static int
make_sets(struct guard *guard)
{
	int rc = guard_names_new(&guard->infrastructure);

	if (rc == 0)
		rc = guard_names_new(&guard->protected);
	if (rc == 0)
		rc = guard_prefixes_new(&guard->special);
	if (rc == 0)
		rc = guard_prefixes_new(&guard->protected_prefixes);
	if (rc == 0)
		rc = add_infrastructure(guard->infrastructure);
	if (rc == 0)
		rc = guard_prefixes_add_special(guard->special);
	if (rc != 0)
		output_error("%s", pol_strerror(rc));
	return rc;
}

static int
load_suffixes(struct guard *guard)
{
	/* The newer one of the system's file and the library's own list. */
	guard->suffixes = psl_latest(NULL);
	if (guard->suffixes != NULL)
		return 0;
	output_error("there is no public suffix list: install the package "
		     "publicsuffix");
	return POL_ENOENT;
}

int
guard_new(const struct config *config, bool with_top_list, struct guard **guard)
{
	struct guard *made = calloc(1, sizeof(*made));
	int rc;

	if (made == NULL) {
		output_error("%s", pol_strerror(POL_ENOMEM));
		return POL_ENOMEM;
	}
	rc = load_suffixes(made);
	if (rc == 0)
		rc = make_sets(made);
	if (rc == 0)
		rc = add_protected(made, config);
	if (rc == 0 && with_top_list && needs_top_list(config))
		rc = add_top_list(made, config);
	if (rc != 0) {
		guard_free(made);
		return rc;
	}
	guard_names_seal(made->infrastructure);
	guard_names_seal(made->protected);
	guard_prefixes_seal(made->special);
	guard_prefixes_seal(made->protected_prefixes);
	if (made->top != NULL)
		guard_names_seal(made->top);
	*guard = made;
	return 0;
}

void
guard_free(struct guard *guard)
{
	if (guard == NULL)
		return;
	psl_free(guard->suffixes);
	guard_names_free(guard->infrastructure);
	guard_names_free(guard->protected);
	guard_names_free(guard->top);
	guard_prefixes_free(guard->special);
	guard_prefixes_free(guard->protected_prefixes);
	free(guard);
}

/* ---- judging ---- */

/* An entry of a feed, or what the operator would say. */
struct entry {
	enum pol_kind kind;
	const uint8_t *key;
	size_t key_len;
	enum pol_scope scope;
	bool is_trusted;
	char text[POL_NAME_TEXT_MAX];
};

/* Why it is refused; FEED_FAULTS: it is not. MET names what it meets. */
struct judgement {
	enum feed_fault fault;
	char met[POL_NAME_TEXT_MAX]; /* empty: nothing beside itself */
};

static bool
is_public_suffix(const struct guard *guard, const struct entry *entry)
{
	if (!psl_is_public_suffix2(guard->suffixes, entry->text, PSL_TYPE_ANY))
		return false;
	return psl_is_public_suffix2(
		   guard->suffixes, entry->text, PSL_TYPE_ICANN) ||
	       (entry->scope != POL_EXACT && !entry->is_trusted);
}

static void
name_met(const struct guard_key *met, char *text)
{
	struct pol_name name;

	if (pol_key_to_name(met->key, met->len, &name) == 0)
		pol_name_to_text(name.wire, text);
}

static bool
meets(const struct guard_names *names, const struct entry *entry,
    enum feed_fault within, enum feed_fault above, struct judgement *judgement)
{
	struct guard_key met;

	switch (guard_names_meet(
	    names, entry->key, entry->key_len, entry->scope, &met)) {
	case GUARD_APART:
		return false;
	case GUARD_WITHIN:
		judgement->fault = within;
		break;
	case GUARD_ABOVE:
		judgement->fault = above;
		break;
	}
	if (met.len != entry->key_len)
		name_met(&met, judgement->met);
	return true;
}

static void
judge_name(const struct guard *guard, const struct entry *entry,
    struct judgement *judgement)
{
	if (meets(guard->infrastructure, entry, FEED_INFRASTRUCTURE,
		FEED_INFRASTRUCTURE, judgement))
		return;
	if (is_public_suffix(guard, entry))
		judgement->fault = FEED_PUBLIC_SUFFIX;
	else
		meets(guard->protected, entry, FEED_PROTECTED,
		    FEED_ABOVE_PROTECTED, judgement);
}

static void
judge_prefix(const struct guard *guard, const struct pol_prefix *prefix,
    struct judgement *judgement)
{
	const struct pol_prefix *met =
	    guard_prefixes_meet(guard->special, prefix);

	if (prefix->length <
	    (prefix->address.family == 4 ? BITS_IPV4 : BITS_IPV6)) {
		judgement->fault = FEED_TOO_WIDE;
		return;
	}
	if (met != NULL) {
		judgement->fault = FEED_SPECIAL_RANGE;
	} else {
		met = guard_prefixes_meet(guard->protected_prefixes, prefix);
		if (met == NULL)
			return;
		judgement->fault = FEED_PROTECTED;
	}
	if (met->length != prefix->length)
		pol_prefix_to_text(met, judgement->met);
}

static void
judge(
    const struct guard *guard, struct entry *entry, struct judgement *judgement)
{
	struct pol_subject subject;

	judgement->fault = FEED_FAULTS;
	judgement->met[0] = '\0';
	if (pol_subject_from_key(
		entry->kind, entry->key, entry->key_len, &subject) != 0)
		return;
	pol_subject_to_text(&subject, entry->text);
	if (subject.kind == POL_NAME)
		judge_name(guard, entry, judgement);
	else if (subject.kind == POL_PREFIX)
		judge_prefix(guard, &subject.prefix, judgement);
}

static bool
is_popular(const struct guard *guard, const struct entry *entry)
{
	static const uint8_t www[] = {'w', 'w', 'w', 0};
	struct guard_key met;
	size_t len = entry->key_len;

	if (guard->top == NULL || entry->is_trusted || entry->kind != POL_NAME)
		return false;
	if (guard_names_meet(guard->top, entry->key, len, entry->scope, &met) !=
	    GUARD_APART)
		return true;
	return len > sizeof(www) && entry->scope != POL_BELOW &&
	       memcmp(entry->key + len - sizeof(www), www, sizeof(www)) == 0 &&
	       pol_key_parent(entry->key, len) == len - sizeof(www) &&
	       guard_names_meet(guard->top, entry->key, len - sizeof(www),
		   POL_EXACT, &met) != GUARD_APART;
}

/* ---- a feed ---- */

struct judging {
	const struct guard *guard;
	const struct config_feed *feed;
	struct feed_parse *parse;
};

static int
reject(const struct judging *judging, const struct pol_list_item *item,
    const struct entry *entry, const struct judgement *judgement)
{
	char text[2 * POL_NAME_TEXT_MAX + 16];

	if (*judgement->met == '\0')
		snprintf(text, sizeof(text), "%s", entry->text);
	else
		snprintf(
		    text, sizeof(text), "%s (%s)", entry->text, judgement->met);
	feed_reject(
	    judging->parse, judgement->fault, item->line, text_of(text));
	return POL_FILTER_DROP;
}

static int
judge_item(const struct pol_list_item *item, void *arg)
{
	const struct judging *judging = arg;
	struct entry entry = {.kind = item->kind,
	    .key = item->key,
	    .key_len = item->key_len,
	    .scope = item->indicator.scope,
	    .is_trusted = judging->feed->is_trusted};
	struct judgement judgement;

	if (item->indicator.action == POL_ALLOW)
		return POL_FILTER_KEEP;
	judge(judging->guard, &entry, &judgement);
	if (judgement.fault != FEED_FAULTS)
		return reject(judging, item, &entry, &judgement);
	if (!is_popular(judging->guard, &entry))
		return POL_FILTER_KEEP;
	fault_add(&judging->parse->popular, item->line, text_of(entry.text));
	return POL_FILTER_SHADE;
}

int
guard_judge(const struct guard *guard, const struct config_feed *feed,
    struct feed_parse *parse)
{
	struct judging judging = {guard, feed, parse};
	int rc;

	if (feed->action == POL_ALLOW)
		return 0;
	rc = pol_list_filter(parse->list, judge_item, &judging);
	if (rc == 0)
		parse->accepted = pol_list_count(parse->list);
	return rc;
}

/* ---- the operator ---- */

bool
guard_warns(const struct guard *guard, const struct pol_subject *subject,
    enum pol_scope scope, char *reason)
{
	struct judgement judgement;
	struct pol_key key;
	struct entry entry = {.kind = subject->kind, .scope = scope};

	pol_subject_key(subject, &key);
	entry.key = key.data;
	entry.key_len = key.len;
	judge(guard, &entry, &judgement);
	/* Of a suffix alone nothing but itself is blocked. */
	if (judgement.fault == FEED_FAULTS ||
	    (judgement.fault == FEED_PUBLIC_SUFFIX && scope == POL_EXACT))
		return false;
	snprintf(reason, GUARD_REASON_MAX, "%s%s%s%s",
	    feed_fault_text(judgement.fault),
	    *judgement.met != '\0' ? " (" : "", judgement.met,
	    *judgement.met != '\0' ? ")" : "");
	return true;
}
