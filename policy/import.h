/*
 * import.h - bring one feed in the database to what its source now says.
 *
 * A parser fills a list with indicators in any order; sealing it sorts it by
 * key and drops what is said twice; importing it writes only the difference
 * to what the feed said before. An indicator that stays keeps its `since`,
 * unless its source says another.
 *
 * Of a feed that has `expires`, what it lists no more stays, marked as unlisted
 * and with an end of its own, and is taken out by the first import after that.
 * Where the feed lists it again before, it is as if it had never been away.
 */
#ifndef POL_IMPORT_H
#define POL_IMPORT_H

#include "policy/indicator.h"
#include "policy/store.h"

struct pol_list;

/* Free with pol_list_free(). */
int pol_list_new(struct pol_list **list);
void pol_list_free(struct pol_list *list);

/*
 * Copy an indicator into the list. LINE is its line in the source, for
 * messages. The indicator's feed is ignored: the import sets it; so it does its
 * since where that is 0, which is where the source does not say one.
 */
int pol_list_add(struct pol_list *list, const struct pol_subject *subject,
    const struct pol_indicator *indicator, unsigned long line);

size_t pol_list_count(const struct pol_list *list);

/*
 * Sort. Of indicators with the same subject, scope and triggers one stays, the
 * first line that allows or else the first; DUPLICATE (may be NULL) is called
 * for each of the others.
 */
typedef void pol_duplicate(unsigned long line, unsigned long kept_line,
    void *arg);
int pol_list_seal(struct pol_list *list, pol_duplicate *duplicate, void *arg);

/* An indicator in a list, as a filter sees it. */
struct pol_list_item {
	enum pol_kind kind;
	const uint8_t *key; /* of its subject: subject.h */
	size_t key_len;
	unsigned long line;
	struct pol_indicator indicator;
};

/*
 * Call FILTER for each indicator of a sealed list, in the order of the keys. It
 * says what becomes of it, or returns an error, which ends it and is returned.
 */
enum pol_filtered {
	POL_FILTER_KEEP = 0,
	POL_FILTER_DROP = 1,
	POL_FILTER_SHADE = 2, /* keep it in shadow mode */
};
typedef int pol_filter(const struct pol_list_item *item, void *arg);
int pol_list_filter(struct pol_list *list, pol_filter *filter, void *arg);

/*
 * Drop from a sealed list the names that it also allows with all below them
 * (POL_ALLOW, POL_SUBTREE), however exactly it names them: in some formats an
 * exception goes before every other rule. EXEMPTED is called for each, with the
 * line of the exception.
 */
void pol_list_exempt(struct pol_list *list, pol_duplicate *exempted, void *arg);

/* What an import did, by what the feed lists: count of the list = added +
 * unchanged. One that was changed counts as removed and added. */
struct pol_import_result {
	uint64_t added;
	uint64_t removed;
	uint64_t unchanged;
	uint64_t lingering; /* of the removed: stay until their time is over */
	uint64_t expired;   /* unlisted before, now taken out of the database */
};

/* How far an import is, in entries; may be NULL. */
typedef void pol_progress(uint64_t done, uint64_t total, void *arg);

/*
 * Make feed FEED_ID list exactly what the sealed LIST holds. NOW (seconds since
 * the epoch) becomes the `since` of what is new and says none. The feed's count
 * and time of change follow; where nothing changed nothing is written. An error
 * stays in the change as that of any other call.
 *
 * It takes out what the operator said, too, once that has been over for
 * POL_FORGET_AFTER seconds: the import reads it anyway.
 */
#define POL_FORGET_AFTER ((int64_t)30 * 86400)
int pol_import(struct pol_change *change, uint16_t feed_id,
    struct pol_list *list, int64_t now, pol_progress *progress, void *arg,
    struct pol_import_result *result);

#endif
