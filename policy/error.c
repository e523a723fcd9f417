/*
 * error.c - texts of the error codes, and the mapping from LMDB's.
 */
#include "policy/error.h"

#include <errno.h>
#include <lmdb.h>

const char *
pol_strerror(int error)
{
	switch (error) {
	case POL_OK:
		return "no error";
	case POL_ENOMEM:
		return "out of memory";
	case POL_EINVAL:
		return "invalid argument";
	case POL_ENOENT:
		return "no such file or entry";
	case POL_EACCES:
		return "permission denied";
	case POL_EIO:
		return "input or output error";
	case POL_ECORRUPT:
		return "not a policy database, or a damaged one";
	case POL_EVERSION:
		return "a policy database of another format version";
	case POL_EFULL:
		return "the database or its disk is full";
	case POL_EGROWN:
		return "the database was enlarged by another process";
	case POL_EREADERS:
		return "too many readers of the database";
	case POL_ERANGE:
		return "value out of range";
	}
	return "unknown error";
}

int
pol_error_from_lmdb(int code)
{
	switch (code) {
	case 0:
		return POL_OK;
	case MDB_NOTFOUND:
	case ENOENT:
	case ENOTDIR:
		return POL_ENOENT;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_INCOMPATIBLE:
	case MDB_BAD_VALSIZE:
		return POL_ECORRUPT;
	case MDB_VERSION_MISMATCH:
		return POL_EVERSION;
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
		return POL_EFULL;
	case MDB_MAP_RESIZED:
		return POL_EGROWN;
	case MDB_READERS_FULL:
		return POL_EREADERS;
	case EACCES:
	case EPERM:
	case EROFS:
		return POL_EACCES;
	case ENOMEM:
		return POL_ENOMEM;
	case EINVAL:
		return POL_EINVAL;
	default:
		return POL_EIO;
	}
}
