/*
 * wait.c - the resolvers that have the database open, and waiting for them.
 */
#include "tools/wait.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/database.h"
#include "tools/output.h"
#include "tools/when.h"

#define PROGRAM_MAX 63	    /* octets of a program's name */
#define PAUSE_FIRST 1000000 /* nanoseconds between two looks, doubled */
#define PAUSE_LAST 20000000 /* up to here */

/* ---- the resolvers ---- */

int
resolvers_find(const struct pol_store *store, struct resolvers *resolvers)
{
	return pol_followers(store, resolvers->at, &resolvers->count);
}

/* The name of a resolver's program; "resolver" where that cannot be told. */
static void
read_program(const struct pol_follower *resolver, char *program)
{
	char path[64];
	FILE *file = NULL;

	if (resolver->pid > 0) {
		snprintf(
		    path, sizeof(path), "/proc/%ld/comm", (long)resolver->pid);
		file = fopen(path, "re");
	}
	if (file == NULL || fgets(program, PROGRAM_MAX + 1, file) == NULL)
		strcpy(program, "resolver");
	program[strcspn(program, "\n")] = '\0';
	if (file != NULL)
		fclose(file);
}

void
resolver_print(FILE *out, const struct pol_follower *resolver)
{
	char program[PROGRAM_MAX + 1];

	read_program(resolver, program);
	output_text(out, program, strlen(program));
	if (resolver->pid > 0)
		fprintf(out, ", pid %ld", (long)resolver->pid);
	else
		fputs(" in another PID namespace", out);
}

json_t *
resolvers_json(const struct resolvers *resolvers, uint64_t generation)
{
	json_t *array = json_array();

	for (size_t i = 0; i < resolvers->count; i++) {
		const struct pol_follower *resolver = &resolvers->at[i];
		char program[PROGRAM_MAX + 1];

		read_program(resolver, program);
		json_array_append_new(
		    array, json_pack("{s:o, s:o, s:I, s:b}", "pid",
			       resolver->pid > 0
				   ? json_integer((json_int_t)resolver->pid)
				   : json_null(),
			       "program", json_text(program, strlen(program)),
			       "generation", (json_int_t)resolver->generation,
			       "behind", resolver->generation < generation));
	}
	return array;
}

/* ---- waiting ---- */

enum status
wait_option(const struct command *command, struct wait *wait)
{
	wait->is_wanted = true;
	wait->limit = WAIT_SECONDS_DEFAULT;
	if (optarg == NULL)
		return STATUS_OK;
	if (when_parse_duration(optarg, &wait->limit) != 0 ||
	    wait->limit > WAIT_SECONDS_MAX)
		return command_misused(command,
		    "--wait=%s: a duration like 30s or 5m is expected, up to "
		    "1h",
		    optarg);
	return STATUS_OK;
}

void
wait_begin(struct wait *wait, const struct pol_store *store)
{
	/* Where that fails it does so after the change, too. */
	if (wait->is_wanted && resolvers_find(store, &wait->before) != 0)
		wait->before.count = 0;
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool
is_among(const struct resolvers *resolvers, pid_t pid)
{
	for (size_t i = 0; i < resolvers->count; i++)
		if (resolvers->at[i].pid == pid)
			return true;
	return false;
}

/* A resolver that opens the file anew, as it does when that was enlarged, has
 * not got it open for a moment. */
static void
add_missing(struct wait *wait)
{
	for (size_t i = 0; i < wait->before.count; i++) {
		struct pol_follower resolver = wait->before.at[i];

		if (resolver.pid == 0 || is_among(&wait->after, resolver.pid) ||
		    wait->after.count == POL_FOLLOWERS_MAX ||
		    (kill(resolver.pid, 0) != 0 && errno == ESRCH))
			continue;
		resolver.generation = 0;
		wait->after.at[wait->after.count++] = resolver;
	}
}

static int
look(struct wait *wait, const struct pol_store *store, uint64_t generation)
{
	int error = resolvers_find(store, &wait->after);

	if (error != 0)
		return error;
	add_missing(wait);
	wait->behind = 0;
	for (size_t i = 0; i < wait->after.count; i++)
		if (wait->after.at[i].generation < generation)
			wait->behind++;
	return 0;
}

enum status
wait_for(struct wait *wait, const struct config *config,
    const struct pol_store *store, uint64_t generation)
{
	struct timespec pause = {.tv_nsec = PAUSE_FIRST};
	double begun = now();
	int error;

	if (!wait->is_wanted)
		return STATUS_OK;
	while ((error = look(wait, store, generation)) == 0) {
		wait->seconds = now() - begun;
		if (wait->behind == 0 || wait->seconds > (double)wait->limit)
			return STATUS_OK;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < PAUSE_LAST)
			pause.tv_nsec *= 2;
	}
	return database_failed(config, error);
}

enum status
wait_status(const struct wait *wait)
{
	return wait->is_wanted && wait->behind > 0 ? STATUS_BEHIND : STATUS_OK;
}

static void
print_reached(const struct wait *wait)
{
	const struct resolvers *resolvers = &wait->after;

	printf("in force on %s (pid ",
	    show_count(resolvers->count, "resolver").text);
	for (size_t i = 0; i < resolvers->count; i++) {
		if (i > 0)
			fputs(", ", stdout);
		if (resolvers->at[i].pid > 0)
			printf("%ld", (long)resolvers->at[i].pid);
		else
			fputs("of another namespace", stdout);
	}
	printf(") after %.2f s\n", wait->seconds);
}

static void
print_behind(const struct wait *wait, uint64_t generation)
{
	output_error("the change is made, but after %lld s it is not in force "
		     "on %zu of %s:",
	    (long long)wait->limit, wait->behind,
	    show_count(wait->after.count, "resolver").text);
	for (size_t i = 0; i < wait->after.count; i++) {
		const struct pol_follower *resolver = &wait->after.at[i];

		if (resolver->generation >= generation)
			continue;
		fputs("    ", stderr);
		resolver_print(stderr, resolver);
		fputc('\n', stderr);
	}
	fputs("`sinkbound status` shows when it is.\n", stderr);
}

enum status
wait_report(struct wait *wait, const struct config *config,
    const struct pol_store *store, uint64_t generation)
{
	enum status status = wait_for(wait, config, store, generation);

	if (status != STATUS_OK || !wait->is_wanted)
		return status;
	if (wait->behind > 0)
		print_behind(wait, generation);
	else if (wait->after.count == 0)
		puts("no resolver has the database open; one that waits for "
		     "it opens it within a second");
	else
		print_reached(wait);
	return wait_status(wait);
}
