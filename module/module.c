/*
 * module.c - the six functions that Unbound calls, and its callbacks.
 */
#include "config.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "dynlibmod/dynlibmod.h"
#include "services/cache/dns.h"
#include "services/mesh.h"
#include "sldns/rrdef.h"
#include "util/config_file.h"
#include "util/data/dname.h"
#include "util/log.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/regional.h"

#include "module/audience.h"
#include "module/behaviour.h"
#include "module/cached.h"
#include "module/decide.h"
#include "module/garden.h"
#include "module/guard.h"
#include "module/identity.h"
#include "module/matchlog.h"
#include "module/order.h"
#include "module/sweep.h"
#include "policy/error.h"

/* Exported: the names are given by Unbound's dynlib module. */
#define EXPORTED __attribute__((visibility("default")))

EXPORTED int init(struct module_env *env, int id);
EXPORTED void deinit(struct module_env *env, int id);
EXPORTED void operate(struct module_qstate *qstate, enum module_ev event,
    int id, struct outbound_entry *outbound);
EXPORTED void inform_super(struct module_qstate *qstate, int id,
    struct module_qstate *super);
EXPORTED void clear(struct module_qstate *qstate, int id);
EXPORTED size_t get_mem(struct module_env *env, int id);

static struct sinkbound *
sinkbound_of(const struct module_env *env, int id)
{
	const struct dynlibmod_env *loaded = env->modinfo[id];

	return loaded->dyn_env;
}

/* ---- worker threads ---- */

static atomic_uint instances;
static atomic_uint workers_seen; /* of the latest instance */

bool
sinkbound_worker(struct sinkbound *sinkbound, unsigned *number)
{
	/* A thread keeps its number until the module is started anew. */
	static _Thread_local unsigned my_instance, my_number;

	if (my_instance != sinkbound->instance) {
		my_number = atomic_fetch_add(&workers_seen, 1);
		my_instance = sinkbound->instance;
		guard_thread();
	}
	*number = my_number;
	return my_number < sinkbound->workers;
}

/* ---- Unbound's log ---- */

static void
say(const char *message)
{
	log_info("sinkbound: %s", message);
}

static void
complain(const char *message)
{
	log_err("sinkbound: %s", message);
}

/* ---- callbacks ---- */

/* Unbound answers a query of class ANY with what it finds in class IN. */
static bool
is_internet(const struct query_info *qinfo)
{
	return qinfo->qclass == LDNS_RR_CLASS_IN ||
	    qinfo->qclass == LDNS_RR_CLASS_ANY;
}

static void
follow_policy(const struct pol_snapshot *snapshot, void *arg)
{
	struct sinkbound *sinkbound = arg;

	querylog_set_path(sinkbound->log, snapshot->settings.log);
	learning_follow(sinkbound->learning, snapshot);
}

static void
follow_goal(struct database_goal goal, void *arg)
{
	const struct sinkbound *sinkbound = arg;

	sweep_request(sinkbound->sweep, goal);
}

static bool
has_held_match(const struct query_state *state)
{
	return state->shadow != NULL || state->enforced != NULL ||
	       state->truncated != NULL;
}

/* What depends on the client. */
static void
reply_to_client(struct sinkbound *sinkbound, const struct query_info *qinfo,
    const struct module_qstate *qstate, struct query_state *state,
    const struct comm_reply *client, struct reply_info *rep,
    struct edns_option **options)
{
	struct pol_group found;
	const struct pol_group *group =
	    audience_look_up(sinkbound, client, &found) ? &found : NULL;

	if (state->real != NULL && rep != NULL && qstate->return_msg != NULL &&
	    rep == qstate->return_msg->rep)
		audience_choose(state,
		    state->enforced == NULL ||
			audience_enforced(sinkbound, &qstate->qinfo,
			    &state->enforced->match, group),
		    rep, options);
	matchlog_put_held(
	    sinkbound, qinfo, state, client, group, qstate->env->now_tv);
}

/* A reply is being sent to one of a query's clients. */
static int
on_reply(struct query_info *qinfo, struct module_qstate *qstate,
    struct reply_info *rep, int rcode, struct edns_data *edns,
    struct edns_option **options, struct comm_reply *client,
    struct regional *region, struct timeval *start_time, int id, void *arg)
{
	struct query_state *state = qstate != NULL ? qstate->minfo[id] : NULL;

	(void)rcode;
	(void)edns;
	(void)region;
	(void)start_time;
	if (client != NULL && state != NULL &&
	    (state->real != NULL || has_held_match(state)))
		reply_to_client(
		    arg, qinfo, qstate, state, client, rep, options);
	return 1;
}

/* A reply is being sent from Unbound's cache. It cannot be changed here. */
static int
on_cached_reply(struct query_info *qinfo, struct module_qstate *qstate,
    struct reply_info *rep, int rcode, struct edns_data *edns,
    struct edns_option **options, struct comm_reply *client,
    struct regional *region, struct timeval *start_time, int id, void *arg)
{
	(void)qstate;
	(void)rcode;
	(void)edns;
	(void)options;
	(void)start_time;
	(void)id;
	if (client != NULL && qinfo != NULL && rep != NULL &&
	    is_internet(qinfo))
		cached_log(arg, qinfo, rep, region, client);
	return 1;
}

static bool
has_clients(const struct module_qstate *qstate)
{
	return qstate->mesh_info->reply_list != NULL;
}

/* The state of a query, made at its first use; NULL without memory. */
static struct query_state *
state_of(struct module_qstate *qstate, int id)
{
	if (qstate->minfo[id] == NULL)
		qstate->minfo[id] = regional_alloc_zero(
		    qstate->region, sizeof(struct query_state));
	return qstate->minfo[id];
}

static void
done_judging(struct sinkbound *sinkbound)
{
	unsigned worker;

	if (sinkbound_worker(sinkbound, &worker))
		sweep_judged(sinkbound->sweep, worker);
}

/*
 * A response has come and is about to be stored, under the name that it was
 * asked for. That is not always the client's: Unbound follows aliases, and asks
 * for the names above (RFC 9156). Nothing may be stored under a blocked name,
 * or a client would find it there. What Unbound asks for itself, such as the
 * address of a name server, is stored for its own use; answer_stage() then
 * takes the message away.
 */
static int
on_response(struct module_qstate *qstate, struct dns_msg *response, int id,
    void *arg)
{
	struct query_state *state = state_of(qstate, id);
	const struct sinkbound *sinkbound = arg;
	unsigned worker;
	bool hold;

	if (response == NULL || state == NULL ||
	    !is_internet(&response->qinfo))
		return 1;
	behaviour_note(arg, qstate, response);
	if (state->keeps_out) {
		qstate->no_cache_store = 1;
		return 1;
	}
	if (!has_clients(qstate) &&
	    query_dname_compare(
		response->qinfo.qname, qstate->qinfo.qname) == 0)
		return 1;
	if (sinkbound_worker(arg, &worker))
		sweep_judging(sinkbound->sweep, worker);
	hold = decide_is_blocked(
	    arg, qstate, state, &response->qinfo, response->rep);
	if (hold == state->holds_store || (hold && qstate->no_cache_store))
		return 1;
	qstate->no_cache_store = hold;
	state->holds_store = hold;
	return 1;
}

/* A query is being sent to a server: what came before is stored. */
static int
on_query(struct query_info *qinfo, uint16_t flags,
    struct module_qstate *qstate, struct sockaddr_storage *address,
    socklen_t address_len, uint8_t *zone, size_t zone_len,
    struct regional *region, int id, void *arg)
{
	(void)qinfo;
	(void)flags;
	(void)qstate;
	(void)address;
	(void)address_len;
	(void)zone;
	(void)zone_len;
	(void)region;
	(void)id;
	done_judging(arg);
	return 1;
}

static bool
register_callbacks(struct module_env *env, int id, struct sinkbound *sinkbound)
{
	const struct dynlibmod_env *loaded = env->modinfo[id];

	return loaded->inplace_cb_register_wrapped(
		   (void *)on_reply, inplace_cb_reply, sinkbound, env, id) &&
	    loaded->inplace_cb_register_wrapped((void *)on_reply,
		inplace_cb_reply_servfail, sinkbound, env, id) &&
	    loaded->inplace_cb_register_wrapped((void *)on_cached_reply,
		inplace_cb_reply_cache, sinkbound, env, id) &&
	    loaded->inplace_cb_register_wrapped((void *)on_response,
		inplace_cb_query_response, sinkbound, env, id) &&
	    loaded->inplace_cb_register_wrapped((void *)on_query,
		inplace_cb_query, sinkbound, env, id);
}

static void
delete_callbacks(struct module_env *env, int id)
{
	const struct dynlibmod_env *loaded = env->modinfo[id];

	loaded->inplace_cb_delete_wrapped(env, inplace_cb_reply, id);
	loaded->inplace_cb_delete_wrapped(env, inplace_cb_reply_servfail, id);
	loaded->inplace_cb_delete_wrapped(env, inplace_cb_reply_cache, id);
	loaded->inplace_cb_delete_wrapped(env, inplace_cb_query_response, id);
	loaded->inplace_cb_delete_wrapped(env, inplace_cb_query, id);
}

/* ---- starting and stopping ---- */

static const char *
database_path(void)
{
	const char *path = getenv("SINKBOUND_DB");

	return path != NULL && path[0] != '\0' ? path : POL_STORE_DEFAULT_PATH;
}

/* Before a database has been read, only the environment can say. */
static enum pol_on_error
on_error_at_start(void)
{
	const char *word = getenv("SINKBOUND_ON_ERROR");

	if (word == NULL || strcmp(word, "pass") == 0)
		return POL_ON_ERROR_PASS;
	if (strcmp(word, "servfail") != 0)
		log_err("sinkbound: SINKBOUND_ON_ERROR is \"%s\", expected "
			"pass or servfail; taking servfail",
		    word);
	return POL_ON_ERROR_SERVFAIL;
}

static void
set_nat64(struct sinkbound *sinkbound, const char *dns64_prefix)
{
	const char *prefixes[] = {"64:ff9b::/96", dns64_prefix};

	for (unsigned i = 0; i < 2; i++) {
		struct pol_prefix *prefix =
		    &sinkbound->nat64[sinkbound->nat64_count];

		if (prefixes[i] != NULL &&
		    pol_prefix_from_text(prefixes[i], strlen(prefixes[i]),
			prefix) == POL_PREFIX_OK &&
		    prefix->length == 96)
			sinkbound->nat64_count++;
	}
}

static int
start_parts(struct sinkbound *sinkbound)
{
	const struct database_events events = {.info = say,
	    .complain = complain,
	    .policy = follow_policy,
	    .sweep = follow_goal,
	    .arg = sinkbound};
	const struct learning_events learning_events = {.complain = complain};
	int error = querylog_start(sinkbound->workers, QUERYLOG_QUEUE_DEFAULT,
	    complain, &sinkbound->log);

	if (error != 0)
		return error;
	error = learning_start(
	    database_path(), &learning_events, &sinkbound->learning);
	if (error != 0)
		goto stop_log;
	error = database_start(database_path(), sinkbound->workers,
	    on_error_at_start(), &events, &sinkbound->database);
	if (error != 0)
		goto stop_learning;
	if (sweep_start(sinkbound->sweep))
		return 0;
	error = POL_EIO;
	database_stop(sinkbound->database);
stop_learning:
	learning_stop(sinkbound->learning);
stop_log:
	querylog_stop(sinkbound->log);
	return error;
}

int
init(struct module_env *env, int id)
{
	struct dynlibmod_env *loaded = env->modinfo[id];
	const char *fault = order_fault(env->cfg->module_conf, id);
	struct sinkbound *sinkbound;
	char message[512];
	int error;

	if (fault != NULL) {
		log_err("sinkbound: answers of %s would not be filtered: in "
			"module-config dynlib must come before it",
		    fault);
		return 0;
	}
	if (!identity_matches(message, sizeof(message))) {
		log_err("sinkbound: %s", message);
		return 0;
	}
	sinkbound = calloc(1, sizeof(*sinkbound));
	if (sinkbound == NULL) {
		log_err("sinkbound: out of memory");
		return 0;
	}
	sinkbound->workers =
	    env->cfg->num_threads > 0 ? (unsigned)env->cfg->num_threads : 1;
	sinkbound->instance = atomic_fetch_add(&instances, 1) + 1;
	atomic_store(&workers_seen, 0);
	set_nat64(sinkbound, env->cfg->dns64_prefix);
	sinkbound->sweep = sweep_new(sinkbound, env);
	error = sinkbound->sweep == NULL ? POL_ENOMEM : start_parts(sinkbound);
	if (error != 0) {
		log_err("sinkbound: cannot start: %s", pol_strerror(error));
		sweep_free(sinkbound->sweep);
		free(sinkbound);
		return 0;
	}
	loaded->dyn_env = sinkbound;
	if (!register_callbacks(env, id, sinkbound)) {
		log_err("sinkbound: cannot register callbacks");
		deinit(env, id);
		return 0;
	}
	return 1;
}

void
deinit(struct module_env *env, int id)
{
	struct dynlibmod_env *loaded = env->modinfo[id];
	struct sinkbound *sinkbound = loaded->dyn_env;

	if (sinkbound == NULL)
		return;
	delete_callbacks(env, id);
	sweep_stop(sinkbound->sweep);
	database_stop(sinkbound->database);
	learning_stop(sinkbound->learning);
	querylog_stop(sinkbound->log);
	sweep_free(sinkbound->sweep);
	free(sinkbound);
	loaded->dyn_env = NULL;
}

/* ---- queries ---- */

static enum module_ext_state
ext_state_of(enum decision decision, enum module_ext_state on_pass)
{
	switch (decision) {
	case DECISION_PASS:
		return on_pass;
	case DECISION_ANSWERED:
		return module_finished;
	case DECISION_WAIT:
		return module_wait_subquery;
	case DECISION_FAIL:
		break;
	}
	return module_error;
}

/* Decide, by the name and by REP if there is one; ON_PASS is how the query
 * goes on unless it is blocked. */
static void
decide(struct module_qstate *qstate, int id, const struct reply_info *rep,
    enum module_ext_state on_pass)
{
	struct query_state *state = state_of(qstate, id);
	enum decision decision = DECISION_FAIL;

	if (state != NULL)
		decision = decide_for_clients(
		    sinkbound_of(qstate->env, id), qstate, id, state, rep);
	qstate->ext_state[id] = ext_state_of(decision, on_pass);
}

/* A new query, or one whose sub-query for the walled garden is done. */
static void
query_stage(struct module_qstate *qstate, int id)
{
	const struct query_state *state = qstate->minfo[id];

	if (state != NULL && state->garden != NULL) {
		garden_leave(qstate, state);
		qstate->ext_state[id] = module_finished;
	} else if (has_clients(qstate) && is_internet(&qstate->qinfo)) {
		decide(qstate, id, NULL, module_wait_module);
	} else {
		qstate->ext_state[id] = module_wait_module;
	}
}

/* A failure stays one: no policy turns it into an answer. But a bogus answer
 * goes out as it is to those who do not want it checked. */
static bool
has_failed(const struct module_qstate *qstate)
{
	bool is_checked = (qstate->query_flags & BIT_CD) == 0 ||
	    qstate->env->cfg->ignore_cd;

	return qstate->return_rcode != LDNS_RCODE_NOERROR ||
	    qstate->return_msg == NULL ||
	    (is_checked &&
		qstate->return_msg->rep->security == sec_status_bogus);
}

/* No client must find in the cache what a client is not to get. */
static void
remove_from_cache(struct module_qstate *qstate)
{
	const struct query_info *qinfo = &qstate->qinfo;

	msg_cache_remove(qstate->env, qinfo->qname, qinfo->qname_len,
	    qinfo->qtype, qinfo->qclass, qstate->query_flags);
}

/*
 * The name is allowed, and an alias of it leads to one that is not, whose
 * response on_response() kept from being stored. The whole answer may be, under
 * the name that was asked for.
 */
static void
store(struct module_qstate *qstate)
{
	(void)dns_cache_store(qstate->env, &qstate->qinfo,
	    qstate->return_msg->rep, 0, qstate->prefetch_leeway, 0,
	    qstate->region, qstate->query_flags, qstate->qstarttime);
}

/*
 * The answer is there, whole: it may have come from several responses, from
 * Unbound's caches or from an auth-zone, and clients may have joined a query
 * that Unbound had asked for itself. Where Unbound still waits for it, the
 * answer must stay what it is: the clients are left to ask again, which is then
 * a query of their own. A failure says nothing of what the cache holds.
 */
static void
answer_stage(struct module_qstate *qstate, int id)
{
	struct query_state *state = state_of(qstate, id);
	const struct reply_info *rep =
	    has_failed(qstate) ? NULL : qstate->return_msg->rep;
	bool is_awaited = qstate->mesh_info->super_set.count > 0;

	qstate->ext_state[id] = module_finished;
	if (!is_internet(&qstate->qinfo) || state == NULL)
		return;
	if (has_clients(qstate) && rep != NULL && !is_awaited) {
		decide(qstate, id, rep, module_finished);
		if (state->blocked)
			remove_from_cache(qstate);
		else if (state->allowed && state->holds_store)
			store(qstate);
	} else if (decide_is_blocked(sinkbound_of(qstate->env, id), qstate,
		       state, &qstate->qinfo, rep)) {
		remove_from_cache(qstate);
		qstate->is_drop = rep != NULL;
	}
}

void
operate(struct module_qstate *qstate, enum module_ev event, int id,
    struct outbound_entry *outbound)
{
	(void)outbound;
	switch (event) {
	case module_event_new:
	case module_event_pass:
		query_stage(qstate, id);
		break;
	case module_event_moddone:
		answer_stage(qstate, id);
		break;
	default:
		qstate->ext_state[id] = module_error;
		break;
	}
	done_judging(sinkbound_of(qstate->env, id));
}

void
inform_super(
    struct module_qstate *qstate, int id, struct module_qstate *super)
{
	struct query_state *state = super->minfo[id];

	if (state != NULL && state->garden != NULL)
		garden_resolved(qstate, super, state);
}

void
clear(struct module_qstate *qstate, int id)
{
	/* The state is in the query's region, which Unbound frees. */
	qstate->minfo[id] = NULL;
}

size_t
get_mem(struct module_env *env, int id)
{
	const struct sinkbound *sinkbound = sinkbound_of(env, id);

	return sinkbound == NULL ?
	    0 :
	    sizeof(*sinkbound) + database_memory(sinkbound->database) +
		learning_memory(sinkbound->learning);
}
