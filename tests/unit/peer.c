/*
 * peer.c - a second process that has the database open.
 */
#include "peer.h"

#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/followers.h"
#include "policy/origin.h"
#include "policy_support.h"

#define SNAPSHOTS_MAX 2048

enum operation {
	DO_STOP,
	DO_OPEN,
	DO_CREATE,
	DO_CLOSE,
	DO_CHECK,
	DO_BEGIN,
	DO_RELEASE,
	DO_RENEW,
	DO_END,
	DO_GENERATION,
	DO_EVALUATE,
	DO_COUNT,
	DO_CHANGE,
	DO_CHANGE_RULES,
	DO_CHANGE_ORIGIN,
	DO_COMMIT,
	DO_BECOME,
	DO_SHOW,
	DO_FOLLOWERS,
};

struct request {
	enum operation operation;
	uint64_t number;
	char text[256];
};

struct answer {
	int status;
	uint64_t number;
};

/* ---- there ---- */

static struct pol_store *store;
static struct pol_change *change;
static struct pol_snapshot *snapshots[SNAPSHOTS_MAX];
static size_t snapshot_count;

/* cmocka's checks end the process's test, not this one's: none here. */
static int
count_there(const struct pol_subject *subject,
    const struct pol_indicator *indicator, void *arg)
{
	uint64_t *count = arg;

	(void)subject;
	(void)indicator;
	++*count;
	return 0;
}

static int
evaluate_there(const char *text, uint64_t *blocks)
{
	struct pol_verdict verdict = {0};
	struct pol_query query;
	struct pol_name name;
	int error;

	if (pol_name_from_text(text, strlen(text), &name) != POL_NAME_OK)
		return POL_EINVAL;
	query = (struct pol_query){.qname = name.wire, .qname_len = name.len};
	error = pol_evaluate(snapshots[0], &query, NOW, &verdict);
	*blocks = verdict.enforced && verdict.match.action != POL_ALLOW;
	return error;
}

static int
change_there(const char *text)
{
	struct pol_indicator indicator = indicator_of(POL_OPERATOR, POL_EXACT);
	struct pol_name name;
	int error;

	if (pol_name_from_text(text, strlen(text), &name) != POL_NAME_OK)
		return POL_EINVAL;
	error = pol_change_begin(store, &change);
	if (error == 0)
		set_name(change, &name, &indicator);
	return error;
}

static int
change_rules_there(const char *text)
{
	int error = pol_change_begin(store, &change);

	if (error == 0)
		pol_change_set_rules(
		    change, (const uint8_t *)text, strlen(text));
	return error;
}

static int
change_origin_there(uint32_t asn)
{
	struct pol_address first, last;
	struct pol_ranges *ranges;
	struct pol_ranges_count count;
	struct pol_origin_result result;
	int error = pol_ranges_new(&ranges);

	if (error != 0)
		return error;
	pol_address_set(&first, 4, (const uint8_t[]){192, 0, 2, 0});
	pol_address_set(&last, 4, (const uint8_t[]){192, 0, 2, 255});
	error = pol_ranges_add(ranges, &first, &last, asn);
	if (error == 0)
		error = pol_ranges_seal(ranges, &count);
	if (error == 0)
		error = pol_change_begin(store, &change);
	if (error == 0)
		error = pol_import_origin(change, ranges, &result);
	pol_ranges_free(ranges);
	return error;
}

static int
begin_there(void)
{
	int error;

	if (snapshot_count == SNAPSHOTS_MAX)
		return POL_ERANGE;
	error = pol_snapshot_begin(store, &snapshots[snapshot_count]);
	if (error == 0)
		snapshot_count++;
	return error;
}

static int
become_there(unsigned id)
{
	return setgroups(0, NULL) == 0 && setgid(id) == 0 && setuid(id) == 0
		   ? 0
		   : -1;
}

static int
show_there(const char *number, uint64_t generation)
{
	static uint64_t former;
	int error = pol_follower_show(
	    store, (uint32_t)atol(number), former, generation);

	former = generation;
	return error;
}

/* How many, and how far the first is. */
static int
followers_there(uint64_t *generation)
{
	struct pol_follower followers[POL_FOLLOWERS_MAX];
	size_t count;
	int error = pol_followers(store, followers, &count);

	if (error != 0)
		return error;
	*generation = count > 0 ? followers[0].generation : 0;
	return (int)count;
}

static void
end_there(void)
{
	while (snapshot_count > 0)
		pol_snapshot_end(snapshots[--snapshot_count]);
}

static int
begin_change_there(const struct request *request)
{
	switch (request->operation) {
	case DO_CHANGE_RULES:
		return change_rules_there(request->text);
	case DO_CHANGE_ORIGIN:
		return change_origin_there((uint32_t)request->number);
	default:
		return change_there(request->text);
	}
}

static void
do_there(const struct request *request, struct answer *answer)
{
	switch (request->operation) {
	case DO_STOP:
		break;
	case DO_OPEN:
		answer->status = pol_store_open(request->text, &store);
		break;
	case DO_CREATE:
		answer->status =
		    pol_store_create(request->text, request->number, &store);
		break;
	case DO_CLOSE:
		pol_store_close(store);
		store = NULL;
		break;
	case DO_CHECK:
		answer->status = pol_store_check(store);
		break;
	case DO_BEGIN:
		answer->status = begin_there();
		break;
	case DO_RELEASE:
		pol_snapshot_release(snapshots[0]);
		break;
	case DO_RENEW:
		answer->status = pol_snapshot_renew(snapshots[0]);
		break;
	case DO_SHOW:
		answer->status = show_there(request->text, request->number);
		break;
	case DO_FOLLOWERS:
		answer->status = followers_there(&answer->number);
		break;
	case DO_END:
		end_there();
		break;
	case DO_GENERATION:
		answer->number = pol_store_generation(store);
		break;
	case DO_EVALUATE:
		answer->status = evaluate_there(request->text, &answer->number);
		break;
	case DO_COUNT:
		answer->status = pol_snapshot_each(
		    snapshots[0], count_there, &answer->number);
		break;
	case DO_CHANGE:
	case DO_CHANGE_RULES:
	case DO_CHANGE_ORIGIN:
		answer->status = begin_change_there(request);
		break;
	case DO_COMMIT:
		answer->status = pol_change_commit(change, &answer->number);
		break;
	case DO_BECOME:
		answer->status = become_there((unsigned)request->number);
		break;
	}
}

/* Ends when told, and when the test has gone. */
static void
serve(int from, int to)
{
	struct request request;

	do {
		struct answer answer;

		if (read(from, &request, sizeof(request)) !=
		    (ssize_t)sizeof(request))
			break;
		/* Padding goes through the pipe too. */
		memset(&answer, 0, sizeof(answer));
		do_there(&request, &answer);
		if (write(to, &answer, sizeof(answer)) !=
		    (ssize_t)sizeof(answer))
			break;
	} while (request.operation != DO_STOP);
	end_there();
	pol_store_close(store);
	_exit(0);
}

/* ---- here ---- */

struct peer
peer_start(const char *path)
{
	struct peer peer;
	int to[2], from[2];

	snprintf(peer.path, sizeof(peer.path), "%s", path);
	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	fflush(NULL);
	peer.pid = fork();
	assert_true(peer.pid >= 0);
	if (peer.pid == 0) {
		close(to[1]);
		close(from[0]);
		serve(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	peer.to = to[1];
	peer.from = from[0];
	return peer;
}

static struct answer
get_answer(const struct peer *peer)
{
	struct answer answer;

	assert_int_equal(
	    read(peer->from, &answer, sizeof(answer)), sizeof(answer));
	return answer;
}

static void
send_request(const struct peer *peer, enum operation operation, uint64_t number,
    const char *text)
{
	struct request request;

	memset(&request, 0, sizeof(request));
	request.operation = operation;
	request.number = number;
	snprintf(request.text, sizeof(request.text), "%s", text);
	assert_int_equal(
	    write(peer->to, &request, sizeof(request)), sizeof(request));
}

static struct answer
ask(const struct peer *peer, enum operation operation, uint64_t number,
    const char *text)
{
	send_request(peer, operation, number, text);
	return get_answer(peer);
}

static void
bury(struct peer *peer)
{
	int status;

	close(peer->to);
	close(peer->from);
	assert_int_equal(waitpid(peer->pid, &status, 0), peer->pid);
}

void
peer_stop(struct peer *peer)
{
	ask(peer, DO_STOP, 0, "");
	bury(peer);
}

void
peer_kill(struct peer *peer)
{
	assert_int_equal(kill(peer->pid, SIGKILL), 0);
	bury(peer);
}

int
peer_open(struct peer *peer)
{
	return ask(peer, DO_OPEN, 0, peer->path).status;
}

int
peer_create(struct peer *peer, size_t map_size)
{
	return ask(peer, DO_CREATE, map_size, peer->path).status;
}

void
peer_close(struct peer *peer)
{
	ask(peer, DO_CLOSE, 0, "");
}

int
peer_check(struct peer *peer)
{
	return ask(peer, DO_CHECK, 0, "").status;
}

int
peer_begin(struct peer *peer)
{
	return ask(peer, DO_BEGIN, 0, "").status;
}

void
peer_release(struct peer *peer)
{
	ask(peer, DO_RELEASE, 0, "");
}

int
peer_renew(struct peer *peer)
{
	return ask(peer, DO_RENEW, 0, "").status;
}

int
peer_show(struct peer *peer, const char *number, uint64_t generation)
{
	return ask(peer, DO_SHOW, generation, number).status;
}

int
peer_followers(struct peer *peer, uint64_t *generation)
{
	struct answer answer = ask(peer, DO_FOLLOWERS, 0, "");

	*generation = answer.number;
	return answer.status;
}

void
peer_end(struct peer *peer)
{
	ask(peer, DO_END, 0, "");
}

uint64_t
peer_generation(struct peer *peer)
{
	return ask(peer, DO_GENERATION, 0, "").number;
}

bool
peer_blocked(struct peer *peer, const char *name)
{
	struct answer answer = ask(peer, DO_EVALUATE, 0, name);

	assert_int_equal(answer.status, 0);
	return answer.number != 0;
}

uint64_t
peer_count(struct peer *peer)
{
	struct answer answer = ask(peer, DO_COUNT, 0, "");

	assert_int_equal(answer.status, 0);
	return answer.number;
}

int
peer_change_rules(struct peer *peer, const char *rules)
{
	return ask(peer, DO_CHANGE_RULES, 0, rules).status;
}

int
peer_change_origin(struct peer *peer, uint32_t asn)
{
	return ask(peer, DO_CHANGE_ORIGIN, asn, "").status;
}

int
peer_change(struct peer *peer, const char *name)
{
	return ask(peer, DO_CHANGE, 0, name).status;
}

int
peer_commit(struct peer *peer)
{
	return ask(peer, DO_COMMIT, 0, "").status;
}

void
peer_commit_start(struct peer *peer)
{
	send_request(peer, DO_COMMIT, 0, "");
}

int
peer_commit_wait(struct peer *peer)
{
	return get_answer(peer).status;
}

int
peer_become(struct peer *peer, unsigned id)
{
	return ask(peer, DO_BECOME, id, "").status;
}
