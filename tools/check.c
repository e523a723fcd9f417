/*
 * check.c - sinkbound check: is the configuration valid?
 */
#include <stdio.h>

#include "tools/output.h"
#include "tools/verb.h"

static enum status
run(struct command *command)
{
	struct config *config;
	enum status status;

	if (!command_no_options(command))
		return command->status;
	status = command_no_argument(command);
	if (status == STATUS_OK)
		status = command_config(command, &config);
	if (status != STATUS_OK)
		return status;
	printf("%s: ok, %s", config->path,
	    show_count(config->feed_count, "feed").text);
	if (config->behaviour.count > 0)
		printf(
		    ", %s", show_count(config->behaviour.count, "rule").text);
	putchar('\n');
	config_free(config);
	return STATUS_OK;
}

const struct verb verb_check = {
    .name = "check",
    .synopsis = "",
    .summary = "check the configuration, nothing else",
    .details = "Says what is wrong with the configuration, line by line. "
	       "Feeds are not read.\n",
    .run = run,
};
