/*
 * error.h - the error codes of the policy library.
 *
 * Every function of the library that can fail returns 0 or one of these
 * negative codes, and changes its outputs only on success.
 */
#ifndef POL_ERROR_H
#define POL_ERROR_H

enum pol_error {
	POL_OK = 0,
	POL_ENOMEM = -1,    /* out of memory */
	POL_EINVAL = -2,    /* an argument or input text is not valid */
	POL_ENOENT = -3,    /* no such file, name, feed or indicator */
	POL_EACCES = -4,    /* the file may not be opened by this user */
	POL_EIO = -5,       /* read or write failed, errno may tell more */
	POL_ECORRUPT = -6,  /* not a policy database, or bytes in it are damaged */
	POL_EVERSION = -7,  /* a policy database of another format version */
	POL_EFULL = -8,     /* the database's map or its disk is full */
	POL_EGROWN = -9,    /* another process enlarged the database: reopen it */
	POL_EREADERS = -10, /* no free slot in the reader table */
	POL_ERANGE = -11,   /* an output buffer or a counter is too small */
};

/* The text of a code, a static string without a final period. */
const char *pol_strerror(int error);

/* Map an LMDB or errno code to one of ours; 0 stays 0. */
int pol_error_from_lmdb(int code);

#endif
