/*
 * rpz.c - a policy as a response policy zone.
 *
 * Names come sorted so that what is above a name comes before it, and prefixes
 * likewise. So a stack holds the listed names above the one at hand, with the
 * names between them, and each says what has been decided for what is below
 * it. A trigger is written once it is known to say something new; then those
 * above it are too, up to where a wildcard would end.
 */
#include "tools/export/rpz.h"

#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "tools/export/rpz_p.h"

#define STACK_MAX 130 /* labels of a name and the root, bits of a prefix */

/* What is decided; is_set false: nothing. */
struct choice {
	bool is_set;
	struct pol_match match;
};

struct node {
	struct pol_subject subject;
	unsigned depth; /* labels, or bits */
	struct {
		struct choice self;  /* for the name itself, or the prefix */
		struct choice below; /* for the names below */
		bool is_written;
	} place[RPZ_PLACES];
};

struct export
{
	const struct pol_snapshot *snapshot;
	const struct export_rpz_options *options;
	struct rpz_writer writer;
	struct node *stack; /* STACK_MAX of them */
	size_t count;	    /* used; the last is the subject at hand */
};

/* ---- the stack ---- */

/* Does what is said of A hold for B too, as far as they are names or prefixes?
 */
static bool
is_above(const struct node *a, const struct pol_subject *b)
{
	const struct pol_name *name = &a->subject.name;

	if (a->subject.kind != b->kind)
		return false;
	if (b->kind == POL_PREFIX)
		return a->depth <= b->prefix.length &&
		       pol_prefix_covers(
			   &a->subject.prefix, &b->prefix.address);
	return name->len <= b->name.len &&
	       pol_name_labels(b->name.wire) >= a->depth &&
	       memcmp(b->name.wire + b->name.len - name->len, name->wire,
		   name->len) == 0;
}

/* Put SUBJECT on the stack, with what it has from the one above. */
static void
push(struct export *export, const struct pol_subject *subject, unsigned depth)
{
	struct node *node = &export->stack[export->count];

	memset(node, 0, sizeof(*node));
	node->subject = *subject;
	node->depth = depth;
	if (export->count > 0)
		for (int i = 0; i < RPZ_PLACES; i++) {
			node->place[i].self = node[-1].place[i].below;
			node->place[i].below = node[-1].place[i].below;
		}
	export->count++;
}

/* The name of LABELS labels that NAME, which has more, ends in. */
static struct pol_subject
last_labels(const struct pol_name *name, unsigned labels)
{
	struct pol_subject end = {.kind = POL_NAME};
	const uint8_t *at = name->wire;

	for (unsigned have = pol_name_labels(name->wire); have > labels; have--)
		at += 1 + *at;
	end.name.len = (uint8_t)(name->wire + name->len - at);
	memcpy(end.name.wire, at, end.name.len);
	return end;
}

/* Go to SUBJECT: from the nearest above it, by the names between. */
static void
go_to(struct export *export, const struct pol_subject *subject)
{
	bool is_name = subject->kind == POL_NAME;
	unsigned depth = is_name ? pol_name_labels(subject->name.wire)
				 : subject->prefix.length;

	while (export->count > 0 &&
	       !is_above(&export->stack[export->count - 1], subject))
		export->count--;
	for (unsigned i = export->count > 0
			      ? export->stack[export->count - 1].depth + 1
			      : 0;
	     is_name && i < depth; i++) {
		struct pol_subject between = last_labels(&subject->name, i);

		push(export, &between, i);
	}
	push(export, subject, depth);
}

/* ---- writing ---- */

static bool
same_choice(const struct choice *a, const struct choice *b)
{
	return a->is_set == b->is_set &&
	       (!a->is_set || rpz_same_action(&a->match, &b->match));
}

static void
write_node(struct export *export, struct node *node, int place)
{
	const struct choice *self = &node->place[place].self;
	const struct choice *below = &node->place[place].below;
	struct rpz_writer *writer = &export->writer;
	bool is_name = node->subject.kind == POL_NAME;

	node->place[place].is_written = true;
	if (!is_name) {
		if (self->is_set)
			rpz_write_prefix(writer, place == 0 ? RPZ_IP : RPZ_NSIP,
			    &node->subject.prefix, &self->match);
		return;
	}
	if (self->is_set && node->depth > 0)
		rpz_write_name(writer, place == 0 ? RPZ_QNAME : RPZ_NSDNAME,
		    &node->subject.name, false, &self->match);
	if (below->is_set)
		rpz_write_name(writer, place == 0 ? RPZ_QNAME : RPZ_NSDNAME,
		    &node->subject.name, true, &below->match);
}

/* Write the subject at hand, where it says something new, and before it the
 * names above that would otherwise lose what is said of them by a wildcard. */
static void
finish(struct export *export, int place)
{
	static const struct choice nothing;
	const struct node *node = &export->stack[export->count - 1];
	const struct choice *above =
	    export->count > 1 ? &node[-1].place[place].below : &nothing;
	bool is_name = node->subject.kind == POL_NAME;

	if (same_choice(&node->place[place].self, above) &&
	    (!is_name || same_choice(&node->place[place].below, above)))
		return;
	for (size_t i = is_name ? 0 : export->count - 1; i < export->count; i++)
		if (!export->stack[i].place[place].is_written)
			write_node(export, &export->stack[i], place);
}

static void
finish_subject(struct export *export)
{
	if (export->count > 0)
		for (int i = 0; i < RPZ_PLACES; i++)
			finish(export, i);
}

/* ---- indicators ---- */

static void
choose(struct choice *choice, const struct pol_match *match)
{
	if (choice->is_set && !pol_match_before(match, &choice->match))
		return;
	choice->is_set = true;
	choice->match = *match;
}

/* Let the indicator say what it says at the subject at hand. */
static void
take(struct export *export, const struct pol_match *match, int place)
{
	struct node *node = &export->stack[export->count - 1];
	enum pol_scope scope = match->indicator.scope;

	/* A prefix says the same of itself and of all in it. */
	if (scope != POL_BELOW)
		choose(&node->place[place].self, match);
	if (scope != POL_EXACT || node->subject.kind == POL_PREFIX)
		choose(&node->place[place].below, match);
}

static unsigned
triggers_of(const struct pol_match *match)
{
	if (match->indicator.triggers != 0)
		return match->indicator.triggers;
	return match->feed->triggers != 0 ? match->feed->triggers
					  : pol_triggers_default(match->kind);
}

/* Is the indicator one that a zone can say? Count why not. */
static bool
can_export(struct export *export, const struct pol_subject *subject,
    const struct pol_match *match)
{
	struct export_rpz_count *count = export->writer.count;
	unsigned usable = subject->kind == POL_NAME
			      ? POL_SERVES_QNAME | POL_SERVES_NSDNAME
			      : POL_SERVES_ADDRESSES;

	count->read++;
	if (subject->kind == POL_ASN)
		count->asns++;
	else if (match->mode == POL_SHADOW)
		count->shadow++;
	else if (!pol_match_counts(match, export->options->now))
		count->idle++;
	else if ((triggers_of(match) & usable) == 0)
		count->other_triggers++;
	else if (subject->kind == POL_NAME &&
		 !rpz_can_name(&subject->name, match->indicator.scope))
		count->bad_names++;
	else
		return true;
	return false;
}

static bool
is_wanted(const struct export_rpz_options *options, uint16_t feed)
{
	for (size_t i = 0; i < options->feed_count; i++)
		if (options->feeds[i] == feed)
			return true;
	return options->feed_count == 0;
}

static bool
is_at_hand(const struct export *export, const struct pol_subject *subject)
{
	const struct pol_subject *top;

	if (export->count == 0)
		return false;
	top = &export->stack[export->count - 1].subject;
	if (top->kind != subject->kind)
		return false;
	if (top->kind == POL_PREFIX)
		return top->prefix.length == subject->prefix.length &&
		       pol_address_compare(
			   &top->prefix.address, &subject->prefix.address) == 0;
	return top->name.len == subject->name.len &&
	       memcmp(top->name.wire, subject->name.wire, top->name.len) == 0;
}

static int
visit(const struct pol_subject *subject, const struct pol_indicator *indicator,
    void *arg)
{
	struct export *export = arg;
	struct pol_match match = {.indicator = *indicator,
	    .feed = pol_snapshot_feed(export->snapshot, indicator->feed),
	    .kind = subject->kind};
	unsigned triggers;

	if (match.feed == NULL)
		return POL_ECORRUPT;
	if (!is_wanted(export->options, indicator->feed))
		return 0;
	match.action = indicator->action != POL_ACTION_OF_FEED
			   ? indicator->action
			   : match.feed->action;
	match.mode = indicator->shadow ? POL_SHADOW : match.feed->mode;
	if (!can_export(export, subject, &match))
		return 0;
	if (!is_at_hand(export, subject)) {
		finish_subject(export);
		go_to(export, subject);
	}
	match.specificity = export->stack[export->count - 1].depth;
	export->writer.count->ending += indicator->until != 0;
	triggers = triggers_of(&match);
	if ((triggers & (POL_SERVES_QNAME | POL_SERVES_IP)) != 0)
		take(export, &match, 0);
	if ((triggers & POL_SERVES_NAMESERVERS) != 0)
		take(export, &match, 1);
	return 0;
}

int
export_rpz(struct pol_snapshot *snapshot,
    const struct export_rpz_options *options, FILE *out,
    struct export_rpz_count *count)
{
	struct export_rpz_count counted = {.read = 0};
	struct export export = {.snapshot = snapshot,
	    .options = options,
	    .writer = {.out = out,
		.settings = &snapshot->settings,
		.zone_len = options->zone.len,
		.count = &counted},
	    .stack = calloc(STACK_MAX, sizeof(*export.stack))};
	int rc;

	if (export.stack == NULL)
		return POL_ENOMEM;
	rc = pol_snapshot_each(snapshot, visit, &export);
	if (rc == 0)
		finish_subject(&export);
	free(export.stack);
	if (rc == 0)
		*count = counted;
	return rc;
}
