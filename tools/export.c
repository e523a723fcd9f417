/*
 * export.c - sinkbound export rpz: the policy as a response policy zone, for
 * other servers to load and to distribute.
 *
 * The serial is the time of the export, and more than that of the file that is
 * there. A file that says the same already stays as it is, serial included, so
 * that a server which is told to look at it has nothing to distribute.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "policy/error.h"
#include "tools/database.h"
#include "tools/export/rpz.h"
#include "tools/output.h"
#include "tools/verb.h"

/* Lines of a zone up to and with the SOA. */
#define HEAD_LINES 4
#define SOA_FORMAT \
	"@ IN SOA localhost. hostmaster.localhost. %" PRIu32 \
	" 3600 600 604800 %" PRIu32 "\n"

struct export_call {
	const struct command *command;
	const char *zone;
	struct export_rpz_options options;
	uint16_t feeds[POL_FEEDS_MAX];
	const char *output; /* NULL: stdout */
	uint32_t serial;
	bool is_same; /* the file said the same already */
	struct export_rpz_count count;
};

/* ---- the zone ---- */

static int
write_zone(FILE *out, struct export_call *call, struct pol_snapshot *snapshot)
{
	uint32_t ttl = snapshot->settings.ttl;
	char zone[POL_NAME_TEXT_MAX];

	pol_name_to_text(call->options.zone.wire, zone);
	fprintf(out,
	    "; response policy zone, by `sinkbound export rpz`\n"
	    "$ORIGIN %s.\n"
	    "$TTL %" PRIu32 "\n" SOA_FORMAT "@ IN NS localhost.\n",
	    zone, ttl, call->serial, ttl);
	return export_rpz(snapshot, &call->options, out, &call->count);
}

/* ---- the file ---- */

/* Skip to the SOA of a zone that was exported, and read its serial. */
static bool
read_head(FILE *file, uint32_t *serial)
{
	char line[POL_NAME_TEXT_MAX + 16];
	uint32_t minimum;

	for (int i = 0; i < HEAD_LINES; i++)
		if (fgets(line, sizeof(line), file) == NULL)
			return false;
	return sscanf(line, SOA_FORMAT, serial, &minimum) == 2;
}

/* A serial for now, more than that of the file that is there. */
static void
choose_serial(struct export_call *call)
{
	FILE *file = call->output != NULL ? fopen(call->output, "re") : NULL;
	uint32_t old;

	call->serial = (uint32_t)call->options.now;
	if (file == NULL)
		return;
	if (read_head(file, &old) && old >= call->serial)
		call->serial = old + 1;
	fclose(file);
}

/* Do both files say the same but for the serial? */
static bool
is_same_zone(FILE *a, FILE *b)
{
	uint32_t serial;
	char x[BUFSIZ], y[BUFSIZ];
	size_t len;

	rewind(a);
	if (!read_head(a, &serial) || !read_head(b, &serial))
		return false;
	do {
		len = fread(x, 1, sizeof(x), a);
		if (fread(y, 1, sizeof(y), b) != len || memcmp(x, y, len) != 0)
			return false;
	} while (len > 0);
	return true;
}

/* Put the zone, complete in FILE at PATH, in the place of the output. */
static int
replace_output(FILE *file, const char *path, struct export_call *call)
{
	FILE *old = fopen(call->output, "re");

	if (old != NULL) {
		call->is_same = is_same_zone(file, old);
		if (call->is_same) {
			rewind(old);
			read_head(old, &call->serial);
		}
		fclose(old);
	}
	if (call->is_same)
		return unlink(path);
	if (fflush(file) != 0 || ferror(file) || fsync(fileno(file)) != 0)
		return -1;
	return rename(path, call->output);
}

static enum status
failed_file(const char *path)
{
	output_error("%s: %s", path, strerror(errno));
	return STATUS_FAILED;
}

static enum status
export_to_file(const struct config *config, struct export_call *call,
    struct pol_snapshot *snapshot)
{
	enum status status = STATUS_OK;
	char *path;
	FILE *file;
	int error;

	if (asprintf(&path, "%s.new", call->output) < 0) {
		output_error("%s", pol_strerror(POL_ENOMEM));
		return STATUS_FAILED;
	}
	choose_serial(call);
	file = fopen(path, "w+e");
	if (file == NULL) {
		status = failed_file(path);
		free(path);
		return status;
	}
	error = write_zone(file, call, snapshot);
	if (error != 0)
		status = database_failed(config, error);
	else if (replace_output(file, path, call) != 0)
		status = failed_file(path);
	if (status != STATUS_OK)
		unlink(path);
	fclose(file);
	free(path);
	return status;
}

static enum status
export_to_stdout(const struct config *config, struct export_call *call,
    struct pol_snapshot *snapshot)
{
	int error;

	choose_serial(call);
	error = write_zone(stdout, call, snapshot);
	if (error != 0)
		return database_failed(config, error);
	if (fflush(stdout) != 0 || ferror(stdout))
		return failed_file("standard output");
	return STATUS_OK;
}

/* ---- the report ---- */

static void
report_left_out(uint64_t count, const char *why)
{
	if (count > 0)
		fprintf(
		    stderr, "left out: %s %s\n", show_number(count).text, why);
}

/* The report goes to stderr: stdout may be the zone. */
static void
report(const struct export_call *call)
{
	const struct export_rpz_count *count = &call->count;
	char zone[POL_NAME_TEXT_MAX];

	fflush(stdout);
	fprintf(stderr, "zone %s, serial %" PRIu32 "%s: %s of %s\n",
	    pol_name_to_text(call->options.zone.wire, zone), call->serial,
	    call->is_same ? ", unchanged" : "",
	    show_count(count->triggers, "trigger").text,
	    show_count(count->read, "indicator").text);
	report_left_out(count->asns, "of ASNs, for which RPZ has no trigger");
	report_left_out(count->shadow, "in shadow mode");
	report_left_out(
	    count->idle, "not in force, or of less risk than their feed asks");
	report_left_out(count->other_triggers,
	    "that serve neither query names, addresses nor name servers");
	report_left_out(
	    count->bad_names, "whose names mean something else in RPZ");
	report_left_out(count->long_names,
	    "triggers that are too long with the zone's name behind");
	if (count->refused > 0)
		fprintf(stderr,
		    "changed: %s with NXDOMAIN for REFUSED, which RPZ does "
		    "not know\n",
		    show_count(count->refused, "trigger").text);
	if (count->ending > 0)
		fprintf(stderr,
		    "will end: %s, which the zone does not say: export it "
		    "again then\n",
		    show_count(count->ending, "indicator").text);
}

/* ---- the verb ---- */

/* Take the names of feeds that are left on the command line. */
static enum status
take_feeds(struct export_call *call, const struct reading *reading)
{
	const struct command *command = call->command;

	for (int i = optind; i < command->argc; i++) {
		const struct pol_feed *feed =
		    database_feed(reading, command->argv[i]);

		if (feed == NULL)
			return STATUS_FAILED;
		if (call->options.feed_count == POL_FEEDS_MAX)
			return command_misused(
			    command, "more feeds are named than there can be");
		call->feeds[call->options.feed_count++] = feed->id;
	}
	call->options.feeds = call->feeds;
	return STATUS_OK;
}

static enum status
export_zone(
    const struct config *config, const struct reading *reading, void *arg)
{
	struct export_call *call = arg;
	enum status status = take_feeds(call, reading);

	if (status == STATUS_OK)
		status =
		    call->output != NULL
			? export_to_file(config, call, reading->snapshot)
			: export_to_stdout(config, call, reading->snapshot);
	if (status == STATUS_OK)
		report(call);
	return status;
}

static enum status
take_option(const struct command *command, int option, void *arg)
{
	struct export_call *call = arg;

	(void)command;
	if (option == 'z')
		call->zone = optarg;
	else
		call->output = optarg;
	return STATUS_OK;
}

static enum status
run(struct command *command)
{
	static const struct option options[] = {
	    {"zone", required_argument, NULL, 'z'},
	    {"output", required_argument, NULL, 'o'}, {NULL, 0, NULL, 0}};
	struct export_call call = {.command = command,
	    .zone = EXPORT_ZONE_DEFAULT,
	    .options = {.now = (int64_t)time(NULL)}};
	enum pol_name_fault fault;

	if (!command_options(command, options, take_option, &call))
		return command->status;
	if (optind == command->argc ||
	    strcmp(command->argv[optind++], "rpz") != 0)
		return command_misused(
		    command, "export needs a format: rpz is the one there is");
	fault = pol_name_from_text(
	    call.zone, strlen(call.zone), &call.options.zone);
	if (fault != POL_NAME_OK || call.options.zone.len == 1)
		return command_misused(command,
		    "\"%s\" is not a zone's name: %s", call.zone,
		    fault != POL_NAME_OK ? pol_name_fault_text(fault)
					 : "the root cannot be one");
	return database_read(command, export_zone, &call);
}

const struct verb verb_export = {
    .name = "export",
    .synopsis = "rpz [--zone NAME] [--output FILE] [FEED...]",
    .summary = "write the policy as a response policy zone",
    .details =
	"Writes what the feeds, or all of the policy, say as a zone that "
	"BIND,\n"
	"Unbound and PowerDNS load. Which feed goes first is worked out: the\n"
	"zone decides as sinkbound does, as far as RPZ allows. What it cannot\n"
	"say is counted on standard error.\n"
	"\n"
	"  --zone NAME    the zone's name (rpz.sinkbound)\n"
	"  --output FILE  write there, and only if something has changed\n",
    .run = run,
};
