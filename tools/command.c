/*
 * command.c - what the verbs share: options, arguments, the configuration.
 */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "policy/error.h"
#include "tools/output.h"
#include "tools/verb.h"

static void
print_help(const struct verb *verb)
{
	printf("usage: sinkbound [-c FILE] %s%s%s\n\n%s", verb->name,
	    *verb->synopsis != '\0' ? " " : "", verb->synopsis, verb->details);
}

/* What getopt_long() did not take: a long option stands whole in argv. */
static enum status
bad_option(const struct command *command, bool lacks_argument)
{
	const char *word = command->argv[optind - 1];
	const char *fault =
	    lacks_argument ? "needs an argument" : "is not an option";

	if (strncmp(word, "--", 2) != 0 && optopt != 0)
		return command_misused(command, "-%c %s", optopt, fault);
	if (!lacks_argument && strchr(word, '=') != NULL && optopt != 0)
		fault = "takes no argument";
	return command_misused(command, "%s %s", word, fault);
}

/* The verb's options and those of all verbs, in ALL. */
static void
add_common_options(const struct option *options, struct option *all)
{
	static const struct option common[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	size_t count = 0;

	while (options[count].name != NULL) {
		assert(count < COMMAND_OPTIONS_MAX);
		all[count] = options[count];
		count++;
	}
	memcpy(&all[count], common, sizeof(common));
}

static enum status
take_option(struct command *command, int option, command_take *take, void *arg)
{
	switch (option) {
	case 'c':
		command->config_path = optarg;
		return STATUS_OK;
	case ':':
	case '?':
		return bad_option(command, option == ':');
	default:
		return take(command, option, arg);
	}
}

bool
command_options(struct command *command, const struct option *options,
    command_take *take, void *arg)
{
	struct option all[COMMAND_OPTIONS_MAX + 3];
	int option;

	add_common_options(options, all);
	while ((option = getopt_long(
		    command->argc, command->argv, ":c:h", all, NULL)) != -1) {
		if (option == 'h') {
			print_help(command->verb);
			return false;
		}
		command->status = take_option(command, option, take, arg);
		if (command->status != STATUS_OK)
			return false;
	}
	return true;
}

bool
command_no_options(struct command *command)
{
	static const struct option none[] = {{NULL, 0, NULL, 0}};

	return command_options(command, none, NULL, NULL);
}

static enum status
take_json(const struct command *command, int option, void *arg)
{
	bool *json = arg;

	(void)command;
	*json = option == COMMAND_JSON;
	return STATUS_OK;
}

bool
command_json_option(struct command *command, bool *json)
{
	static const struct option options[] = {
	    {"json", no_argument, NULL, COMMAND_JSON}, {NULL, 0, NULL, 0}};

	return command_options(command, options, take_json, json);
}

bool
command_number(const char *text, unsigned long min, unsigned long max,
    unsigned long *number)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value < min ||
	    value > max)
		return false;
	*number = value;
	return true;
}

enum status
command_misused(const struct command *command, const char *format, ...)
{
	char message[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	output_error(
	    "%s\nTry `sinkbound %s --help`.", message, command->verb->name);
	return STATUS_USAGE;
}

enum status
command_no_argument(struct command *command)
{
	if (optind < command->argc)
		return command_misused(command, "%s takes no argument, not %s",
		    command->verb->name, command->argv[optind]);
	return STATUS_OK;
}

/* People paste what they see in a log or a browser. What would be taken for a
 * name, but is none, is better refused than believed. */
static const char *
why_no_name(const char *text)
{
	bool has_number = strpbrk(text, "0123456789") != NULL;

	if (strpbrk(text, "/:@") != NULL)
		return "this looks like a URL or an address; give the host's "
		       "name alone";
	if (strncmp(text, "*.", 2) == 0)
		return "leave the \"*.\" out: a name covers all below it";
	if (has_number && text[strspn(text, "0123456789.")] == '\0')
		return "it is all numbers, but no address; an ASN is written "
		       "as AS64500";
	if (has_number && strncasecmp(text, "AS", 2) == 0 &&
	    text[2 + strspn(text + 2, "0123456789")] == '\0')
		return "an ASN is a number up to 4294967295";
	return NULL;
}

/* Could nothing but an address or a prefix be meant? */
static bool
looks_like_prefix(const char *text)
{
	return strpbrk(text, "/:") != NULL &&
	       text[strspn(text, "0123456789abcdefABCDEF.:/")] == '\0';
}

/* Say what is wrong with a prefix, and which one may be meant. */
static enum status
bad_prefix(const char *text, enum pol_prefix_fault fault)
{
	size_t len = strcspn(text, "/");
	struct pol_prefix prefix;
	char meant[POL_PREFIX_TEXT_MAX];

	if (fault != POL_PREFIX_HOST_BITS ||
	    pol_prefix_from_text(text, len, &prefix) != POL_PREFIX_OK) {
		output_error("\"%s\" is not an address or a prefix: %s", text,
		    pol_prefix_fault_text(fault));
		return STATUS_USAGE;
	}
	pol_prefix_of(&prefix.address, (unsigned)atoi(text + len + 1), &prefix);
	output_error("\"%s\" is not a prefix: %s\nThe prefix that this address "
		     "is in is %s.",
	    text, pol_prefix_fault_text(fault),
	    pol_prefix_to_text(&prefix, meant));
	return STATUS_USAGE;
}

static enum status
bad_subject(const char *text)
{
	enum pol_name_fault fault;
	struct pol_prefix prefix;
	struct pol_name name;
	const char *why;

	if (looks_like_prefix(text))
		return bad_prefix(
		    text, pol_prefix_from_text(text, strlen(text), &prefix));
	why = why_no_name(text);
	if (why == NULL) {
		fault = pol_name_from_text(text, strlen(text), &name);
		why = fault == POL_NAME_NOT_ASCII
			  ? "write an international name as xn--..."
			  : pol_name_fault_text(fault);
	}
	output_error("\"%s\" is not a domain name: %s", text, why);
	return STATUS_USAGE;
}

enum status
command_subject(struct command *command, struct pol_subject *subject)
{
	const char *text, *fault;

	if (optind + 1 != command->argc)
		return command_misused(command,
		    "%s needs one name, address, prefix or ASN",
		    command->verb->name);
	text = command->argv[optind];
	if (pol_subject_from_text(text, strlen(text), subject, &fault) != 0 ||
	    (subject->kind == POL_NAME && why_no_name(text) != NULL))
		return bad_subject(text);
	if (subject->kind == POL_ASN && subject->asn == 0) {
		output_error("AS0 stands for no network");
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

struct pol_query
command_query(const struct pol_subject *subject, struct pol_item *item)
{
	struct pol_query query = {0};

	switch (subject->kind) {
	case POL_NAME:
		query.qname = subject->name.wire;
		query.qname_len = subject->name.len;
		break;
	case POL_PREFIX:
		*item = (struct pol_item){
		    .trigger = POL_ON_IP, .address = subject->prefix.address};
		query.items = item;
		query.item_count = 1;
		break;
	case POL_ASN:
		break;
	}
	return query;
}

int
command_asn_match(const struct pol_snapshot *snapshot, uint32_t asn,
    enum pol_trigger trigger, const struct pol_indicator *indicator,
    struct pol_match *match)
{
	const struct pol_feed *feed =
	    pol_snapshot_feed(snapshot, indicator->feed);
	unsigned served =
	    trigger == POL_ON_NSIP ? POL_SERVES_NSIP : POL_SERVES_IP;

	if (feed == NULL)
		return POL_ECORRUPT;
	if ((pol_triggers_of(indicator, feed, POL_ASN) & served) == 0)
		return 0;
	*match = (struct pol_match){.trigger = trigger,
	    .indicator = *indicator,
	    .feed = feed,
	    .action = indicator->action != POL_ACTION_OF_FEED
			  ? indicator->action
			  : feed->action,
	    .mode = indicator->shadow ? POL_SHADOW : feed->mode,
	    .kind = POL_ASN,
	    .asn = asn};
	return 1;
}

enum status
command_printed(bool printed)
{
	if (printed)
		return STATUS_OK;
	output_error("%s", pol_strerror(POL_ENOMEM));
	return STATUS_FAILED;
}

enum status
command_config(const struct command *command, struct config **config)
{
	const char *path = command->config_path;

	if (path == NULL) {
		path = CONFIG_DEFAULT_PATH;
		if (access(path, F_OK) != 0 && errno == ENOENT) {
			output_error("there is no configuration %s\n"
				     "Copy the example %s there, with the "
				     "list beside it, or name another file "
				     "with -c.",
			    path, SB_EXAMPLE_PATH);
			return STATUS_FAILED;
		}
	}
	if (config_load(path, config) != 0)
		return STATUS_FAILED;
	(*config)->verb = command->verb->name;
	return STATUS_OK;
}
