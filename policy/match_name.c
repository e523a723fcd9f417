/*
 * match_name.c - finding the indicators that cover a name.
 */
#include "policy/error.h"
#include "policy/match_p.h"

/* A name, while the listed names above it are looked for. */
struct walk {
	struct pol_snapshot *snapshot;
	enum pol_trigger trigger;
	const struct pol_item *item;
	const uint8_t *name; /* as the query has it */
	unsigned labels;
	struct pol_key key;
	pol_match_visit *visit;
	void *arg;
};

/* The end of WIRE, which has HAVE labels, that has LABELS labels. */
static const uint8_t *
last_labels(const uint8_t *wire, unsigned have, unsigned labels)
{
	while (have-- > labels)
		wire += 1u + *wire;
	return wire;
}

static unsigned
key_labels(const uint8_t *key, size_t len)
{
	unsigned labels = 0;

	for (size_t i = 1; i < len; i++)
		if (key[i] == 0)
			labels++;
	return labels;
}

static int
visit_listed(const struct walk *walk, const MDB_val *key, const MDB_val *value)
{
	struct pol_match match = {.trigger = walk->trigger,
	    .kind = POL_NAME,
	    .item = walk->item,
	    .specificity = key_labels(key->mv_data, key->mv_size)};

	match.name = last_labels(walk->name, walk->labels, match.specificity);
	return match_value(walk->snapshot, &match,
	    key->mv_size == walk->key.len, value, walk->visit, walk->arg);
}

/* Octets of the shortest key that is worth a look: names of one label are
 * rarely listed, and looking for them costs as much as for all the others. */
static size_t
shortest_key(const struct walk *walk)
{
	const uint8_t *key = walk->key.data;
	size_t len = 1;

	if (walk->snapshot->has_short_names || walk->labels < 2)
		return 1;
	while (key[len] != 0)
		len++;
	return len + 2;
}

/*
 * Visit the listed ancestors from the nearest to the root. Where the greatest
 * key up to the name's is not an ancestor, no listed ancestor is longer than
 * what both have in common, so the search goes on there.
 */
static int
walk_up(const struct walk *walk)
{
	const uint8_t *key = walk->key.data;
	size_t len = walk->key.len;
	size_t shortest = shortest_key(walk);
	MDB_cursor *cursor;
	int error = snapshot_cursor(walk->snapshot, SNAPSHOT_NAMES, &cursor);

	if (error != 0)
		return error;
	while (len >= shortest) {
		MDB_val found, value;
		size_t common;
		int code = match_seek(cursor, key, len, &found, &value);

		if (code == MDB_NOTFOUND)
			return 0;
		if (code != 0)
			return pol_error_from_lmdb(code);
		common = pol_key_common(key, len, found.mv_data, found.mv_size);
		if (common == found.mv_size) {
			int stop = visit_listed(walk, &found, &value);

			if (stop != 0)
				return stop;
			common = pol_key_parent(key, common);
		}
		len = common;
	}
	return 0;
}

int
match_name(struct pol_snapshot *snapshot, enum pol_trigger trigger,
    const struct pol_item *item, const uint8_t *name, size_t len,
    pol_match_visit *visit, void *arg)
{
	struct walk walk = {.snapshot = snapshot,
	    .trigger = trigger,
	    .item = item,
	    .name = name,
	    .visit = visit,
	    .arg = arg};
	struct pol_name lower;
	int error = pol_name_from_wire(name, len, &lower);

	if (error != 0)
		return error;
	walk.labels = pol_name_labels(lower.wire);
	pol_key_from_name(&lower, &walk.key);
	return walk_up(&walk);
}
