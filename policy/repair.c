/*
 * repair.c - a database file that is shorter than its header says.
 *
 * LMDB writes no page that a transaction takes at the file's end and gives
 * back. A writer that is killed after such a commit, before it has given the
 * file its length, leaves a file in which only free pages are missing. LMDB's
 * list of the free pages tells that from a file that was cut.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/error.h"
#include "policy/store_p.h"

/* LMDB's own: id of a transaction -> list of the pages that it gave back. A
 * list is their number and the numbers of the pages, each a size_t. */
#define FREE_TABLE 0

/* Add the pages of one list from page FIRST on to *COUNT; an LMDB code. */
static int
count_in_list(const MDB_val *list, size_t first, size_t *count)
{
	const uint8_t *octets = list->mv_data;
	size_t left, page;

	if (list->mv_size < sizeof(left))
		return MDB_CORRUPTED;
	memcpy(&left, octets, sizeof(left));
	if (left > list->mv_size / sizeof(page) - 1)
		return MDB_CORRUPTED;
	while (left-- > 0) {
		octets += sizeof(page);
		memcpy(&page, octets, sizeof(page));
		if (page >= first)
			++*count;
	}
	return 0;
}

static int
list_id(MDB_cursor *cursor, MDB_cursor_op op, size_t *id)
{
	MDB_val key, list;
	int code = mdb_cursor_get(cursor, &key, &list, op);

	if (code == 0 && key.mv_size != sizeof(*id))
		code = MDB_CORRUPTED;
	if (code == 0)
		memcpy(id, key.mv_data, sizeof(*id));
	return code;
}

/* Count the free pages from page FIRST on; an LMDB code. No page is in two
 * lists. Where pages of this table are missing too, MDB_NEXT would abort:
 * seeking each key from the root does not. */
static int
count_free(MDB_txn *txn, size_t first, size_t *count)
{
	MDB_cursor *cursor;
	size_t id, last;
	int code = mdb_cursor_open(txn, FREE_TABLE, &cursor);

	if (code != 0)
		return code;
	code = list_id(cursor, MDB_LAST, &last);
	if (code == 0)
		code = list_id(cursor, MDB_FIRST, &id);
	if (code == 0 && last > mdb_txn_id(txn))
		code = MDB_CORRUPTED;
	while (code == 0 && id <= last) {
		MDB_val key = store_val(&id, sizeof(id));
		MDB_val list;

		code = mdb_cursor_get(cursor, &key, &list, MDB_SET);
		if (code == 0)
			code = count_in_list(&list, first, count);
		else if (code == MDB_NOTFOUND)
			code = 0;
		id++;
	}
	mdb_cursor_close(cursor);
	return code;
}

/* Are the pages from FIRST up to END all free? 0, or POL_ECORRUPT. */
static int
check_free(const struct pol_store *store, size_t first, size_t end)
{
	MDB_txn *txn;
	size_t count = 0;
	int code;
	int error = store_begin_read(store, &txn);

	if (error != 0)
		return error;
	code = count_free(txn, first, &count);
	mdb_txn_abort(txn);
	if (code == MDB_NOTFOUND || (code == 0 && count != end - first))
		return POL_ECORRUPT;
	return pol_error_from_lmdb(code);
}

int
store_repair(const struct pol_store *store)
{
	uint64_t length = store_size_in_header(store);
	mdb_filehandle_t fd;
	struct stat st;
	int error;

	if (mdb_env_get_fd(store->env, &fd) != 0 || fstat(fd, &st) != 0)
		return POL_EIO;
	if ((uint64_t)st.st_size >= length)
		return 0;
	/* The list may have pages that are missing: to look for them behind the
	 * file's end would be SIGBUS. */
	if (ftruncate(fd, (off_t)length) != 0)
		return POL_ECORRUPT;
	error = check_free(store, (size_t)st.st_size / store->page_size,
	    (size_t)(length / store->page_size));
	if (error != 0 && ftruncate(fd, st.st_size) != 0)
		return POL_EIO;
	return error;
}
