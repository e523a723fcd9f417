/*
 * tsig.h - transaction signatures (RFC 8945), as a client needs them.
 *
 * libldns verifies one message at a time. A primary may leave up to 99
 * messages of a transfer unsigned between two that are signed (NSD signs
 * every 96th), and the next signature then covers them all: that needs the
 * running digest that is here. libldns also looks neither at the time signed
 * nor at the name of the key.
 *
 * An exchange is one signed query and all messages of its answer:
 *
 *	tsig_new, tsig_sign, tsig_verify for each message, tsig_is_settled
 *
 * Truncated MACs are refused, and HMAC-MD5 is not supported.
 */
#ifndef TRANSFER_TSIG_H
#define TRANSFER_TSIG_H

#include "tools/transfer/message.h"

#define TSIG_MAC_MAX 64	     /* octets: SHA-512 */
#define TSIG_SECRET_MAX 512  /* octets of a secret */
#define TSIG_FUDGE 300	     /* seconds that clocks may differ */
#define TSIG_UNSIGNED_MAX 99 /* messages in a row without a signature */

struct tsig_algorithm {
	const char *name; /* as in the configuration: "hmac-sha256" */
	const char *digest;
	size_t mac_len;
};

/* All algorithms, ended by one without a name; and the one of this name, in
 * any case, or NULL. */
extern const struct tsig_algorithm tsig_algorithms[];
const struct tsig_algorithm *tsig_algorithm_named(const char *name);

struct tsig_key {
	struct pol_name name;
	const struct tsig_algorithm *algorithm;
	size_t secret_len;
	uint8_t secret[TSIG_SECRET_MAX];
};

/*
 * Read the secret of KEY, whose name and algorithm are set, from the file at
 * PATH: the secret alone in base64, or a key{} clause as tsig-keygen and
 * rndc-confgen write it, which must be of that name and algorithm. 0; or an
 * error, with PROBLEM saying what is wrong, without the path. IS_EXPOSED:
 * users other than the owner and its group may read the file.
 */
#define TSIG_PROBLEM_MAX 160
int tsig_key_read(const char *path, struct tsig_key *key, bool *is_exposed,
    char problem[TSIG_PROBLEM_MAX]);

/* Why a message is not to be trusted. */
enum tsig_fault {
	TSIG_OK,
	TSIG_MISSING,	/* it is not signed and must be */
	TSIG_MALFORMED, /* the record is no TSIG record of this exchange */
	TSIG_OTHER_KEY,
	TSIG_OTHER_ALGORITHM,
	TSIG_BAD_MAC,
	TSIG_BAD_TIME,	   /* the clocks differ too much */
	TSIG_KEY_UNKNOWN,  /* the server says so: BADKEY */
	TSIG_MAC_REFUSED,  /* the server says so: BADSIG */
	TSIG_TIME_REFUSED, /* the server says so: BADTIME */
	TSIG_REFUSED,	   /* any other error of the server's */
	TSIG_NO_MEMORY,
};
const char *tsig_fault_text(enum tsig_fault fault);

struct tsig;

/* Begin an exchange with KEY, which must stay. Free with tsig_free(). */
int tsig_new(const struct tsig_key *key, struct tsig **tsig);
void tsig_free(struct tsig *tsig);

/* Sign the query of LEN octets at WIRE, which has room for it. NOW is in
 * seconds since the epoch. */
int tsig_sign(struct tsig *tsig, uint8_t *wire, size_t *len, int64_t now);

/* Verify the next message of the answer. */
enum tsig_fault tsig_verify(
    struct tsig *tsig, const struct message *message, int64_t now);

/* Is every message so far covered by a signature? One that is not must not be
 * the last. */
bool tsig_is_settled(const struct tsig *tsig);

#endif
