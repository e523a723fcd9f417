/*
 * config.h - the configuration file, sinkbound.yaml.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "behaviour/rule.h"
#include "policy/clients.h"
#include "policy/indicator.h"
#include "policy/journal.h"
#include "tools/feed/format.h"
#include "tools/fetch/fetch.h"
#include "tools/origin/origin.h"

#define CONFIG_DEFAULT_PATH "/etc/sinkbound/sinkbound.yaml"

/* Where copies of fetched feeds are kept. */
#define CONFIG_DEFAULT_SPOOL "/var/lib/sinkbound/spool"
#define CONFIG_SPOOL_MAX 3967 /* octets: the path of a file in it fits */

struct config_feed {
	char name[POL_FEED_NAME_MAX + 1];
	/* Absolute; of a feed that is fetched, its copy in the spool. */
	char file[POL_PATH_MAX + 1];
	struct fetch_source fetch;
	int64_t expires; /* seconds after the feed last said it; 0: never */
	/* Percent by which it may shrink or grow at once; 0: by any. */
	unsigned max_change;
	bool is_trusted; /* also with names that many ask for */
	unsigned line;                      /* of its entry, from 1 */
	const struct feed_format *format;
	struct feed_options options;
	enum pol_action action;
	enum pol_mode mode;
	enum pol_ede ede;
	uint8_t triggers; /* a set; 0: each kind's default */
	uint8_t risk;	  /* an entry of less than this does not match */
};

#define CONFIG_CHANGE_MIN 1
#define CONFIG_CHANGE_DEFAULT 50
#define CONFIG_CHANGE_MAX 100000

#define CONFIG_PROTECTED_MAX 10000

/* What no feed may block: a name, an address or a prefix, or a file of them. */
struct config_protected {
	struct pol_subject subject; /* where FILE is NULL */
	enum pol_scope scope;	    /* of a name */
	char *file;		    /* absolute */
	const struct feed_format *format; /* of the file */
	struct feed_options options;
};

/* How many names of the top list count. */
#define CONFIG_TOP_MIN 1
#define CONFIG_TOP_DEFAULT 100000
#define CONFIG_TOP_MAX 10000000

#define CONFIG_ORIGINS_MAX 16

/* A source of origin data. */
struct config_origin {
	char file[POL_PATH_MAX + 1]; /* absolute */
	const struct origin_format *format;
};

struct config {
	char *path;
	const char *verb; /* that loaded it, for the journal; may be NULL */
	char *database; /* absolute, or POL_STORE_DEFAULT_PATH */
	char spool[CONFIG_SPOOL_MAX + 1]; /* absolute; see fetch/spool.h */
	struct pol_settings settings;
	struct config_feed *feeds; /* in order */
	size_t feed_count;
	struct config_protected *protected;
	size_t protected_count;
	char *top_list; /* absolute path, or NULL: there is none */
	unsigned long top_count;
	struct pol_journal_limits history;
	struct config_origin *origins; /* in order */
	size_t origin_count;
	struct pol_clients *clients; /* sorted; NULL: no groups */
	struct beh_rules behaviour;
	bool observes; /* `rules` or `observe` is there */
};

/*
 * Load and check PATH. A relative path in the file is relative to the file's
 * folder. On a fault every error found is printed to stderr as
 * "PATH:LINE:COLUMN: error: what is wrong, what was expected", and POL_EINVAL
 * returned; POL_ENOENT, POL_EACCES, POL_EIO, POL_ENOMEM with a message too.
 * Free with config_free().
 */
int config_load(const char *path, struct config **config);
void config_free(struct config *config);

#endif
