/*
 * verb.h - the verbs of the command, and what main.c gives them.
 */
#ifndef VERB_H
#define VERB_H

#include <getopt.h>

#include "policy/evaluate.h"
#include "tools/config.h"

/* Exit status, of verbs and of the process. */
enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1, /* refused or failed; said on stderr */
	STATUS_USAGE = 2,
	STATUS_BEHIND = 3, /* done, but not in force everywhere after --wait */
};

/* One call of the command. */
struct command {
	const struct verb *verb;
	const char *config_path; /* NULL: CONFIG_DEFAULT_PATH */
	int argc;		 /* argv[0] is the verb */
	char **argv;
	enum status status; /* of the options */
};

struct verb {
	const char *name;
	const char *synopsis; /* what follows the name in the usage line */
	const char *summary;  /* half a line */
	const char *details;  /* the rest of its help */
	enum status (*run)(struct command *command);
};

extern const struct verb verb_apply;
extern const struct verb verb_update;
extern const struct verb verb_block;
extern const struct verb verb_allow;
extern const struct verb verb_remove;
extern const struct verb verb_explain;
extern const struct verb verb_observe;
extern const struct verb verb_status;
extern const struct verb verb_dump;
extern const struct verb verb_export;
extern const struct verb verb_check;
extern const struct verb verb_exceptions;
extern const struct verb verb_history;
extern const struct verb verb_preview;
extern const struct verb verb_replay;

/*
 * Have each option of the call taken that is among OPTIONS (ended by a zero
 * entry): OPTION is its val, its argument in optarg. -c and --help are handled
 * here. False: the verb must return command->status, all is said.
 */
#define COMMAND_OPTIONS_MAX 12
typedef enum status command_take(
    const struct command *command, int option, void *arg);
bool command_options(struct command *command, const struct option *options,
    command_take *take, void *arg);

/* The same for a verb without options of its own, and for one that only has
 * --json. */
#define COMMAND_JSON 'j'
bool command_no_options(struct command *command);
bool command_json_option(struct command *command, bool *json);

/* Read a whole number from MIN to MAX. False where TEXT is none. */
bool command_number(const char *text, unsigned long min, unsigned long max,
    unsigned long *number);

/* After the options: no argument is left; exactly one is left, a name, an
 * address, a prefix or an ASN. STATUS_USAGE with a message where not. */
enum status command_no_argument(struct command *command);
enum status command_subject(
    struct command *command, struct pol_subject *subject);

/* What SUBJECT is asked about as: a name as the query name; of a prefix the
 * first address, as one of an answer, in ITEM; an ASN by itself is in no query,
 * so that one is empty. Ends with SUBJECT and ITEM. */
struct pol_query command_query(
    const struct pol_subject *subject, struct pol_item *item);

/*
 * What an indicator of an ASN is for an address of its network: an answer's
 * (POL_ON_ASN) or a name server's (POL_ON_NSIP). 1; 0 where the indicator does
 * not serve that; POL_ECORRUPT.
 */
int command_asn_match(const struct pol_snapshot *snapshot, uint32_t asn,
    enum pol_trigger trigger, const struct pol_indicator *indicator,
    struct pol_match *match);

/* Say what is wrong with the call, and how to get help. STATUS_USAGE. */
enum status command_misused(const struct command *command, const char *format,
    ...) __attribute__((format(printf, 2, 3)));

/* What comes of printing, which fails where memory was short. STATUS_FAILED
 * with a message. */
enum status command_printed(bool printed);

/* Load the configuration; config_free() it. STATUS_FAILED with a message. */
enum status command_config(
    const struct command *command, struct config **config);

#endif
