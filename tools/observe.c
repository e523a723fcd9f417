/*
 * observe.c - sinkbound observe: what the resolver has learned of a name.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "behaviour/domain.h"
#include "behaviour/score.h"
#include "behaviour/tracker.h"
#include "policy/error.h"
#include "tools/behaviour.h"
#include "tools/database.h"
#include "tools/output.h"
#include "tools/verb.h"

/* What there is to say of a name or of its registrable domain. */
struct window {
	const uint8_t *name;
	size_t len;
	bool is_known;
	struct beh_summary summary;
	struct beh_scores scores;
};

struct look {
	struct behaviour behaviour;
	struct beh_observed *observed;
	uint32_t learning; /* seconds, as the policy says */
	int64_t now;
	struct pol_subject subject;
	struct window owner, domain;
	bool is_seen; /* the domain, ASN or network */
	int64_t first_seen;
	struct beh_standing standing;
	bool json;
};

/* ---- looking ---- */

static int
look_at_window(struct look *look, enum beh_kind kind, struct window *window)
{
	struct beh_state state;
	int found = beh_observed_state(look->observed,
	    beh_tracker_hash(beh_observed_seed(look->observed), kind,
		window->name, window->len),
	    &state);

	if (found != 1)
		return found;
	window->is_known = true;
	beh_flux_summary(&state.flux, look->now, &window->summary);
	beh_scores(&window->summary, &window->scores);
	return 0;
}

static int
look_at_seen(struct look *look, enum beh_seen_type type, const uint8_t *octets,
    size_t len)
{
	int found = beh_observed_seen(look->observed,
	    beh_seen_hash(beh_observed_seed(look->observed), type, octets, len),
	    &look->first_seen);

	look->is_seen = found == 1;
	return found < 0 ? found : 0;
}

static int
look_at_name(struct look *look)
{
	const struct pol_name *name = &look->subject.name;
	size_t offset = beh_domain_offset(name->wire, name->len);
	int error;

	look->owner.name = name->wire;
	look->owner.len = name->len;
	look->domain.name = name->wire + offset;
	look->domain.len = name->len - offset;
	error = look_at_window(look, BEH_OWNER, &look->owner);
	if (error == 0)
		error = look_at_window(look, BEH_DOMAIN, &look->domain);
	if (error == 0)
		error = look_at_seen(
		    look, BEH_SEEN_DOMAIN, look->domain.name, look->domain.len);
	if (error == 0)
		error = behaviour_standing(&look->behaviour, name, NULL,
		    look->now, &look->standing);
	return error;
}

static int
look_at_network(struct look *look)
{
	const struct pol_prefix *prefix = &look->subject.prefix;
	struct pol_prefix network;
	uint8_t key[POL_PREFIX_KEY_MAX];

	pol_prefix_of(
	    &prefix->address, prefix->address.family == 4 ? 24 : 48, &network);
	return look_at_seen(
	    look, BEH_SEEN_PREFIX, key, pol_prefix_key(&network, key));
}

static int
look_at(struct look *look)
{
	uint32_t asn;

	switch (look->subject.kind) {
	case POL_NAME:
		return look_at_name(look);
	case POL_PREFIX:
		return look_at_network(look);
	case POL_ASN:
		break;
	}
	asn = htonl(look->subject.asn);
	return look_at_seen(
	    look, BEH_SEEN_ASN, (const uint8_t *)&asn, sizeof(asn));
}

/* ---- in words ---- */

static bool
is_new(const struct look *look)
{
	return look->first_seen >=
	       beh_observed_began(look->observed) + (int64_t)look->learning;
}

static void
print_first_seen(const struct look *look)
{
	if (!look->is_seen)
		printf("never seen since %s\n",
		    show_time(beh_observed_began(look->observed)).text);
	else if (is_new(look))
		printf("first seen %s, %s\n", show_time(look->first_seen).text,
		    show_age(look->now - look->first_seen).text);
	else
		printf("first seen %s, while learning: counts as old\n",
		    show_time(look->first_seen).text);
}

static void
print_ttl(const struct beh_summary *summary)
{
	if (summary->ttl_is_relayed)
		printf("  TTL        %" PRIu32
		       " s or more, as a forwarder relayed it\n",
		    summary->ttl_min);
	else
		printf("  TTL        %" PRIu32
		       " s at least, %.0f s on average\n",
		    summary->ttl_min, summary->ttl_mean);
}

static void
print_window(const struct window *window)
{
	const struct beh_summary *summary = &window->summary;
	const struct beh_scores *scores = &window->scores;

	printf("  answers    %s in the last 12 to 24 hours, the last one %s\n",
	    show_number(summary->answers).text, show_time(summary->last).text);
	if (summary->answers == 0)
		return;
	printf("  addresses  %ld, in %ld networks and %ld ASNs\n",
	    lround(summary->addresses), lround(summary->networks),
	    lround(summary->asns));
	if (summary->servers >= 0.5)
		printf("  servers    %ld addresses of name servers\n",
		    lround(summary->servers));
	if (summary->has_ttl)
		print_ttl(summary);
	printf("  flux       %.0f of 100: normalised %.0f, growth %.2f, "
	       "spread %.2f\n"
	       "  holz       %.0f%s\n",
	    scores->flux, scores->normalised, scores->growth, scores->spread,
	    scores->holz, scores->holz_flags ? ", over 142.38" : "");
}

/* A rule that blocks the name, or WHAT it does. */
static void
print_match(const char *what, const struct beh_match *found)
{
	const struct pol_indicator *indicator = &found->match.indicator;
	char text[POL_NAME_TEXT_MAX];

	printf("  %s by rule %s: %s%s, since %s, until %s\n"
	       "             %s\n",
	    what, found->rule->name, pol_name_to_text(found->match.name, text),
	    indicator->scope == POL_SUBTREE ? " and everything below it"
					    : " alone",
	    show_time(indicator->since).text, show_time(indicator->until).text,
	    found->evidence);
}

static void
print_name(const struct look *look)
{
	char text[POL_NAME_TEXT_MAX];
	bool is_domain = look->domain.len == look->owner.len;

	printf("%s\n", pol_name_to_text(look->owner.name, text));
	printf("  domain     %s, ", pol_name_to_text(look->domain.name, text));
	print_first_seen(look);
	if (look->owner.is_known)
		print_window(&look->owner);
	else if (!is_domain || !look->domain.is_known)
		puts(
		    "  answers    fewer than three addresses: nothing is kept");
	if (look->domain.is_known && (!is_domain || !look->owner.is_known)) {
		printf("%s, all names of the domain\n",
		    pol_name_to_text(look->domain.name, text));
		print_window(&look->domain);
	}
	if (look->standing.enforced.rule != NULL)
		print_match("blocked   ", &look->standing.enforced);
	if (look->standing.shadow.rule != NULL)
		print_match("would be blocked, were it enforced,",
		    &look->standing.shadow);
}

static void
print(const struct look *look)
{
	char text[POL_NAME_TEXT_MAX];

	if (look->subject.kind == POL_NAME) {
		print_name(look);
		return;
	}
	printf("%s   ", pol_subject_to_text(&look->subject, text));
	print_first_seen(look);
}

/* ---- as JSON ---- */

static json_t *
window_json(const struct window *window)
{
	const struct beh_summary *summary = &window->summary;
	const struct beh_scores *scores = &window->scores;

	if (!window->is_known)
		return json_null();
	return json_pack("{s:I, s:o, s:o, s:f, s:f, s:f, s:f, s:f, s:I, s:f, "
			 "s:b, s:{s:f, s:f, s:f, s:f, s:f}}",
	    "answers", (json_int_t)summary->answers, "first",
	    json_time(summary->first), "last", json_time(summary->last),
	    "addresses", summary->addresses, "networks", summary->networks,
	    "asns", summary->asns, "servers", summary->servers, "entropy",
	    summary->entropy, "ttl-min", (json_int_t)summary->ttl_min,
	    "ttl-mean", summary->ttl_mean, "ttl-is-relayed",
	    summary->ttl_is_relayed, "scores", "flux", scores->flux,
	    "normalised", scores->normalised, "growth", scores->growth,
	    "spread", scores->spread, "holz", scores->holz);
}

static json_t *
match_json(const struct beh_match *found)
{
	const struct pol_indicator *indicator = &found->match.indicator;
	char text[POL_NAME_TEXT_MAX];

	if (found->rule == NULL)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s}", "rule",
	    found->rule->name, "name",
	    pol_name_to_text(found->match.name, text), "scope",
	    pol_scope_text(indicator->scope), "since",
	    json_time(indicator->since), "until", json_time(indicator->until),
	    "conditions", found->evidence);
}

static bool
print_json(const struct look *look)
{
	char text[POL_NAME_TEXT_MAX];
	json_t *object = json_pack("{s:s, s:o, s:b}", "subject",
	    pol_subject_to_text(&look->subject, text), "first-seen",
	    json_time(look->is_seen ? look->first_seen : 0), "is-new",
	    look->is_seen && is_new(look));

	if (look->subject.kind == POL_NAME &&
	    json_object_update_new(
		object, json_pack("{s:s, s:o, s:o, s:o, s:o}", "domain",
			    pol_name_to_text(look->domain.name, text), "name",
			    window_json(&look->owner), "whole-domain",
			    window_json(&look->domain), "blocked",
			    match_json(&look->standing.enforced), "shadow",
			    match_json(&look->standing.shadow))) != 0) {
		json_decref(object);
		object = NULL;
	}
	return output_json(object);
}

/* ---- the verb ---- */

static enum status
look_and_print(const struct config *config, struct look *look)
{
	const struct behaviour *behaviour = &look->behaviour;
	int error;

	look->observed = behaviour->observed;
	if (behaviour->rules == NULL || look->observed == NULL) {
		output_error("nothing has been observed yet: a resolver "
			     "observes once there are rules in %s and "
			     "`sinkbound apply` has put them in force",
		    config->path);
		return STATUS_FAILED;
	}
	look->now = (int64_t)time(NULL);
	look->learning = behaviour->rules->options.learning;
	error = look_at(look);
	if (error != 0) {
		output_error("%s: %s", behaviour->path, pol_strerror(error));
		return STATUS_FAILED;
	}
	if (look->json)
		return command_printed(print_json(look));
	print(look);
	return STATUS_OK;
}

static enum status
show(const struct config *config, const struct reading *reading, void *arg)
{
	struct look *look = arg;
	enum status status = STATUS_FAILED;

	if (behaviour_begin(config, reading->snapshot, &look->behaviour) == 0)
		status = look_and_print(config, look);
	behaviour_end(&look->behaviour);
	return status;
}

static enum status
run(struct command *command)
{
	struct look look = {0};
	enum status status;

	if (!command_json_option(command, &look.json))
		return command->status;
	status = command_subject(command, &look.subject);
	return status == STATUS_OK ? database_read(command, show, &look)
				   : status;
}

const struct verb verb_observe = {
    .name = "observe",
    .synopsis = "[--json] SUBJECT",
    .summary = "what the resolver has learned of a name",
    .details =
	"Since when the name's registrable domain is known here; how many\n"
	"addresses, networks and ASNs its answers have shown, with which "
	"TTL;\n"
	"its scores; and whether a rule blocks it, with what met the rule. Of\n"
	"an ASN or an address: since when it is known. The resolver writes "
	"down\n"
	"what it learns every few seconds.\n"
	"\n"
	"  --json  print JSON\n",
    .run = run,
};
