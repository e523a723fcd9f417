/*
 * fuzz_file.c - files that the command reads beside feeds and configuration,
 * of any octets.
 *
 * The first octet says which: k a key of TSIG, s the state of a fetched feed,
 * t a list of top names, z the copy of a transferred zone. A key has a secret
 * or there is a problem; a state survives being written; the names of a list
 * are names, in order of rank; a copy is taken for whole only where writing it
 * again makes one that is.
 */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "policy/error.h"
#include "tools/fetch/state.h"
#include "tools/guard/top_list.h"
#include "tools/transfer/tsig.h"
#include "tools/transfer/zone_copy.h"

#define TOP_NAMES 100

static void
fuzz_key(const char *path)
{
	struct tsig_key key = {.name = {5, "\3key"},
	    .algorithm = tsig_algorithm_named("hmac-sha256")};
	char problem[TSIG_PROBLEM_MAX] = "";
	bool is_exposed;
	int rc = tsig_key_read(path, &key, &is_exposed, problem);

	CHECK(strlen(problem) < sizeof(problem));
	CHECK((rc == 0) == (problem[0] == '\0'));
	CHECK(rc != 0 ||
	      (key.secret_len > 0 && key.secret_len <= TSIG_SECRET_MAX));
}

/* A time that was read is one to count on from. */
static void
check_times(const struct fetch_state *state)
{
	CHECK(state->checked >= 0 && state->accepted >= 0);
	CHECK(state->changed >= 0 && state->due >= 0);
}

static void
fuzz_state(const char *path)
{
	const struct fetch_source source = {.kind = FETCH_URL};
	struct fetch_state state, again;
	char written[64];

	fetch_state_read(path, &state);
	check_times(&state);
	snprintf(written, sizeof(written), "/tmp/fuzz_file.%d", (int)getpid());
	CHECK(fetch_state_write(written, &state) == 0);
	fetch_state_read(written, &again);
	CHECK(memcmp(&state, &again, sizeof(state)) == 0);
	fetch_state_fail(&state, &source, 1700000000, 0, "no answer");
	check_times(&state);
	unlink(written);
}

static int
take_top_name(const struct pol_name *name, unsigned long rank, void *arg)
{
	unsigned long *last = arg;
	char text[POL_NAME_TEXT_MAX];
	struct pol_name again;

	CHECK(rank > *last && rank <= TOP_NAMES);
	*last = rank;
	pol_name_to_text(name->wire, text);
	CHECK(pol_name_from_text(text, strlen(text), &again) == POL_NAME_OK);
	CHECK(again.len == name->len &&
	      memcmp(again.wire, name->wire, name->len) == 0);
	return 0;
}

static void
fuzz_top_list(const char *path)
{
	unsigned long last = 0;

	CHECK(top_list_read(path, TOP_NAMES, take_top_name, &last) == 0);
}

static void
fuzz_zone(const char *path)
{
	static const struct pol_name zone = {13, "\3rpz\7example"};
	static const char text[] =
	    "rpz.example. IN SOA ns.example. h.example. 7 3600 600 86400 60";
	struct zone_difference nothing;
	char written[64];
	struct soa soa;
	ldns_rr *rr;
	int rc;

	snprintf(written, sizeof(written), "/tmp/fuzz_file.%d", (int)getpid());
	CHECK(ldns_rr_new_frm_str(&rr, text, 0, NULL, NULL) == LDNS_STATUS_OK);
	CHECK(zone_difference_new(&nothing, &zone) == 0);
	(void)zone_copy_soa(path, &zone, &soa);
	rc = zone_difference_apply(&nothing, path, written, rr);
	CHECK(rc == 0 || rc == POL_EINVAL);
	if (rc == 0) {
		CHECK(zone_copy_soa(written, &zone, &soa) == 0);
		CHECK(soa.serial == 7);
		CHECK(zone_difference_apply(&nothing, written, path, rr) == 0);
	}
	zone_difference_free(&nothing);
	ldns_rr_free(rr);
	unlink(written);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		char letter;
		void (*fuzz)(const char *path);
	} kinds[] = {{'k', fuzz_key}, {'s', fuzz_state}, {'t', fuzz_top_list},
	    {'z', fuzz_zone}};
	char path[64];
	int descriptor;

	if (size == 0)
		return 0;
	descriptor = memfd_create("file", MFD_CLOEXEC);
	CHECK(descriptor >= 0);
	CHECK(write(descriptor, data + 1, size - 1) == (ssize_t)(size - 1));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (data[0] == (uint8_t)kinds[i].letter)
			kinds[i].fuzz(path);
	close(descriptor);
	return 0;
}
