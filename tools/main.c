/*
 * main.c - the command: finds the verb and calls it.
 */
#include "sinkbound_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/damage.h"
#include "tools/database.h"
#include "tools/output.h"
#include "tools/verb.h"

static const struct verb *const verbs[] = {&verb_apply, &verb_update,
    &verb_block, &verb_allow, &verb_remove, &verb_exceptions, &verb_explain,
    &verb_observe, &verb_preview, &verb_replay, &verb_status, &verb_history,
    &verb_dump, &verb_export, &verb_check};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void
print_usage(FILE *out)
{
	fputs("usage: sinkbound [-c FILE] VERB [ARGUMENT...]\n\n"
	      "Keeps the policy database that the resolver reads.\n\n",
	    out);
	for (size_t i = 0; i < VERBS; i++)
		fprintf(out, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
	fputs("\n"
	      "  -c, --config FILE  the configuration, instead "
	      "of " CONFIG_DEFAULT_PATH "\n"
	      "  -h, --help         this; after a verb, more about the verb\n"
	      "      --version      the version\n",
	    out);
}

/*
 * A descriptor from 0 to 2 that is closed would become the database's, and a
 * message would be written into it. One that can only be read makes a closed
 * stdout the write error that it is.
 */
static bool
open_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd >= 0 && close(fd) == 0;
}

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	return NULL;
}

static enum status
usage_error(const char *fault, const char *word)
{
	output_error("%s%s\nTry `sinkbound --help`.", word, fault);
	return STATUS_USAGE;
}

static enum status
run_verb(struct command *command, int argc, char **argv)
{
	if (optind == argc) {
		print_usage(stderr);
		return STATUS_USAGE;
	}
	command->verb = find_verb(argv[optind]);
	if (command->verb == NULL)
		return usage_error(" is not a verb", argv[optind]);
	command->argc = argc - optind;
	command->argv = argv + optind;
	optind = 0; /* glibc: begin anew, with options behind arguments too */
	return command->verb->run(command);
}

/* The options before the verb. */
static enum status
run(int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
	struct command command = {0};
	int option;

	opterr = 0;
	while (
	    (option = getopt_long(argc, argv, "+:c:h", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			command.config_path = optarg;
			break;
		case 'h':
			print_usage(stdout);
			return STATUS_OK;
		case 'V':
			puts(PACKAGE_STRING);
			return STATUS_OK;
		case ':':
			return usage_error(
			    " needs an argument", argv[optind - 1]);
		default:
			return usage_error(
			    " is not an option", argv[optind - 1]);
		}
	}
	return run_verb(&command, argc, argv);
}

int
main(int argc, char **argv)
{
	enum status status;

	if (!open_standard_files())
		return STATUS_FAILED;
	pol_on_damage(database_damaged);
	status = run(argc, argv);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		output_error("cannot write the output: %s", strerror(errno));
		return STATUS_FAILED;
	}
	return (int)status;
}
