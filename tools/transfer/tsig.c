/*
 * tsig.c - transaction signatures (RFC 8945), as a client needs them.
 */
#include "tools/transfer/tsig.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/error.h"

#define TIMERS 8 /* octets of the time signed and the fudge */

/* Fields of the record (section 4.2), as libldns numbers them. */
enum field {
	ALGORITHM,
	TIME_SIGNED,
	FUDGE,
	MAC,
	ORIGINAL_ID,
	ERROR,
	OTHER,
	FIELDS,
};

struct tsig {
	const struct tsig_key *key;
	struct pol_name algorithm;
	EVP_MAC_CTX *digest;	 /* over what the next signature covers */
	bool is_first;		 /* no message of the answer was seen */
	unsigned unsigned_count; /* messages since the last signature */
};

const struct tsig_algorithm tsig_algorithms[] = {
    {"hmac-sha1", "SHA1", 20},
    {"hmac-sha224", "SHA224", 28},
    {"hmac-sha256", "SHA256", 32},
    {"hmac-sha384", "SHA384", 48},
    {"hmac-sha512", "SHA512", 64},
    {NULL, NULL, 0},
};

const struct tsig_algorithm *
tsig_algorithm_named(const char *name)
{
	const struct tsig_algorithm *algorithm;

	for (algorithm = tsig_algorithms; algorithm->name != NULL; algorithm++)
		if (strcasecmp(algorithm->name, name) == 0)
			return algorithm;
	return NULL;
}

const char *
tsig_fault_text(enum tsig_fault fault)
{
	static const char *const texts[] = {
	    [TSIG_OK] = "verified",
	    [TSIG_MISSING] = "the answer is not signed",
	    [TSIG_MALFORMED] = "the answer's signature is malformed",
	    [TSIG_OTHER_KEY] = "the answer is signed with another key",
	    [TSIG_OTHER_ALGORITHM] =
		"the answer is signed by another algorithm",
	    [TSIG_BAD_MAC] = "the answer's signature is wrong: the secret "
			     "differs, or somebody changed the answer",
	    [TSIG_BAD_TIME] = "the answer was signed at another time: compare "
			      "the clocks of both machines",
	    [TSIG_KEY_UNKNOWN] =
		"the primary does not know this key or its algorithm (BADKEY)",
	    [TSIG_MAC_REFUSED] =
		"the primary has another secret or algorithm for this key "
		"(BADSIG)",
	    [TSIG_TIME_REFUSED] = "the primary says the time is wrong "
				  "(BADTIME): compare the clocks of both "
				  "machines",
	    [TSIG_REFUSED] = "the primary refuses the signature",
	    [TSIG_NO_MEMORY] = "out of memory",
	};

	return texts[fault];
}

/* ---- the digest ---- */

static bool
add(struct tsig *tsig, const void *octets, size_t len)
{
	return EVP_MAC_update(tsig->digest, octets, len) == 1;
}

static void
put_u16(uint8_t *to, unsigned value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

/* Begin a digest over what follows MAC, if there is one. */
static bool
begin_digest(struct tsig *tsig, const uint8_t *mac, size_t mac_len)
{
	uint8_t len[2];

	if (EVP_MAC_init(tsig->digest, NULL, 0, NULL) != 1)
		return false;
	put_u16(len, (unsigned)mac_len);
	return mac == NULL ||
	       (add(tsig, len, sizeof(len)) && add(tsig, mac, mac_len));
}

static bool
end_digest(struct tsig *tsig, uint8_t mac[TSIG_MAC_MAX])
{
	size_t len;

	return EVP_MAC_final(tsig->digest, mac, &len, TSIG_MAC_MAX) == 1 &&
	       len == tsig->key->algorithm->mac_len;
}

/* Add the variables of section 4.3.3; OTHER begins with its own length. */
static bool
add_variables(struct tsig *tsig, const uint8_t timers[TIMERS],
    const uint8_t error[2], const uint8_t *other, size_t other_len)
{
	static const uint8_t class_and_ttl[] = {
	    0, LDNS_RR_CLASS_ANY, 0, 0, 0, 0};
	const struct pol_name *name = &tsig->key->name;

	return add(tsig, name->wire, name->len) &&
	       add(tsig, class_and_ttl, sizeof(class_and_ttl)) &&
	       add(tsig, tsig->algorithm.wire, tsig->algorithm.len) &&
	       add(tsig, timers, TIMERS) && add(tsig, error, 2) &&
	       add(tsig, other, other_len);
}

/* ---- an exchange ---- */

static EVP_MAC_CTX *
new_digest(const struct tsig_key *key)
{
	char digest[16]; /* the parameter is not const */
	OSSL_PARAM parameters[2];
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *context = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);

	strcpy(digest, key->algorithm->digest);
	parameters[0] =
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	parameters[1] = OSSL_PARAM_construct_end();
	if (context != NULL && EVP_MAC_init(context, key->secret,
				   key->secret_len, parameters) != 1) {
		EVP_MAC_CTX_free(context);
		context = NULL;
	}
	EVP_MAC_free(hmac);
	return context;
}

int
tsig_new(const struct tsig_key *key, struct tsig **tsig)
{
	const char *algorithm = key->algorithm->name;
	struct tsig *new = calloc(1, sizeof(*new));

	if (new == NULL)
		return POL_ENOMEM;
	new->key = key;
	new->is_first = true;
	new->digest = new_digest(key);
	if (new->digest == NULL ||
	    pol_name_from_text(algorithm, strlen(algorithm), &new->algorithm) !=
		POL_NAME_OK) {
		tsig_free(new);
		return POL_ENOMEM;
	}
	*tsig = new;
	return 0;
}

void
tsig_free(struct tsig *tsig)
{
	if (tsig == NULL)
		return;
	EVP_MAC_CTX_free(tsig->digest);
	free(tsig);
}

bool
tsig_is_settled(const struct tsig *tsig)
{
	return !tsig->is_first && tsig->unsigned_count == 0;
}

/* ---- signing ---- */

static void
put_timers(uint8_t timers[TIMERS], int64_t now)
{
	uint64_t time = (uint64_t)now;

	for (int i = 0; i < 6; i++)
		timers[i] = (uint8_t)(time >> (40 - 8 * i));
	put_u16(timers + 6, TSIG_FUDGE);
}

static uint8_t *
put(uint8_t *to, const void *octets, size_t len)
{
	return (uint8_t *)memcpy(to, octets, len) + len;
}

int
tsig_sign(struct tsig *tsig, uint8_t *wire, size_t *len, int64_t now)
{
	static const uint8_t type_class_ttl[] = {
	    0, LDNS_RR_TYPE_TSIG, 0, LDNS_RR_CLASS_ANY, 0, 0, 0, 0};
	static const uint8_t none[4]; /* no error, no other data */
	const struct pol_name *name = &tsig->key->name;
	size_t mac_len = tsig->key->algorithm->mac_len;
	uint8_t timers[TIMERS], mac[TSIG_MAC_MAX], number[2];
	uint8_t *to = wire + *len;

	put_timers(timers, now);
	if (!begin_digest(tsig, NULL, 0) || !add(tsig, wire, *len) ||
	    !add_variables(tsig, timers, none, none, 2) ||
	    !end_digest(tsig, mac) || !begin_digest(tsig, mac, mac_len))
		return POL_ENOMEM;
	to = put(to, name->wire, name->len);
	to = put(to, type_class_ttl, sizeof(type_class_ttl));
	put_u16(
	    number, (unsigned)(tsig->algorithm.len + TIMERS + 2 + mac_len + 6));
	to = put(to, number, 2);
	to = put(to, tsig->algorithm.wire, tsig->algorithm.len);
	to = put(to, timers, TIMERS);
	put_u16(number, (unsigned)mac_len);
	to = put(to, number, 2);
	to = put(to, mac, mac_len);
	to = put(to, wire, 2); /* the original ID */
	to = put(to, none, sizeof(none));
	put_u16(wire + LDNS_ARCOUNT_OFF, LDNS_ARCOUNT(wire) + 1U);
	*len = (size_t)(to - wire);
	return 0;
}

/* ---- verifying ---- */

/* A record's fields, of the sizes that they must have. */
struct signature {
	struct pol_name key;
	struct pol_name algorithm;
	uint8_t timers[TIMERS];
	const uint8_t *mac;
	size_t mac_len;
	const uint8_t *original_id;
	const uint8_t *error;
	const uint8_t *other; /* with its length in front */
	size_t other_len;
};

static const uint8_t *
field(const ldns_rr *rr, enum field number, size_t size)
{
	const ldns_rdf *rdf = ldns_rr_rdf(rr, number);

	return ldns_rdf_size(rdf) >= size ? ldns_rdf_data(rdf) : NULL;
}

static bool
read_signature(const ldns_rr *rr, struct signature *signature)
{
	const uint8_t *time, *fudge, *mac;

	if (ldns_rr_rd_count(rr) != FIELDS ||
	    ldns_rr_get_class(rr) != LDNS_RR_CLASS_ANY ||
	    ldns_rr_ttl(rr) != 0 ||
	    message_name(ldns_rr_owner(rr), &signature->key) != 0 ||
	    message_name(ldns_rr_rdf(rr, ALGORITHM), &signature->algorithm) !=
		0)
		return false;
	time = field(rr, TIME_SIGNED, 6);
	fudge = field(rr, FUDGE, 2);
	mac = field(rr, MAC, 2);
	signature->original_id = field(rr, ORIGINAL_ID, 2);
	signature->error = field(rr, ERROR, 2);
	signature->other = field(rr, OTHER, 2);
	if (time == NULL || fudge == NULL || mac == NULL ||
	    signature->original_id == NULL || signature->error == NULL ||
	    signature->other == NULL)
		return false;
	memcpy(signature->timers, time, 6);
	memcpy(signature->timers + 6, fudge, 2);
	signature->mac = mac + 2;
	signature->mac_len = ldns_rdf_size(ldns_rr_rdf(rr, MAC)) - 2;
	signature->other_len = ldns_rdf_size(ldns_rr_rdf(rr, OTHER));
	return true;
}

static bool
is_same(const struct pol_name *a, const struct pol_name *b)
{
	return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}

/* What the server says is wrong with the query. It cannot sign what it says
 * of a key that it does not have. */
static enum tsig_fault
stated_fault(const struct signature *signature)
{
	switch (ldns_read_uint16(signature->error)) {
	case 0:
		return TSIG_OK;
	case 16:
		return TSIG_MAC_REFUSED;
	case 17:
		return TSIG_KEY_UNKNOWN;
	case 18:
		return TSIG_TIME_REFUSED;
	default:
		return TSIG_REFUSED;
	}
}

/* Complete the digest of a signed message, as it was before it was signed. */
static bool
digest_message(struct tsig *tsig, const struct message *message,
    const struct signature *signature, uint8_t mac[TSIG_MAC_MAX])
{
	uint8_t header[MESSAGE_HEADER];

	memcpy(header, message->wire, sizeof(header));
	memcpy(header, signature->original_id, 2);
	put_u16(header + LDNS_ARCOUNT_OFF, LDNS_ARCOUNT(header) - 1U);
	if (!add(tsig, header, sizeof(header)) ||
	    !add(tsig, message->wire + sizeof(header),
		message->tsig_at - sizeof(header)))
		return false;
	/* From the second on, only the timers: section 5.3.1. */
	if (!(tsig->is_first
		    ? add_variables(tsig, signature->timers, signature->error,
			  signature->other, signature->other_len)
		    : add(tsig, signature->timers, TIMERS)))
		return false;
	return end_digest(tsig, mac);
}

static bool
is_in_time(const struct signature *signature, int64_t now)
{
	int64_t fudge = ldns_read_uint16(signature->timers + 6);
	int64_t time = 0;

	for (int i = 0; i < 6; i++)
		time = time << 8 | signature->timers[i];
	return time - now <= fudge && now - time <= fudge;
}

static enum tsig_fault
verify_unsigned(struct tsig *tsig, const struct message *message)
{
	if (tsig->is_first || tsig->unsigned_count == TSIG_UNSIGNED_MAX)
		return TSIG_MISSING;
	tsig->unsigned_count++;
	return add(tsig, message->wire, message->len) ? TSIG_OK
						      : TSIG_NO_MEMORY;
}

enum tsig_fault
tsig_verify(struct tsig *tsig, const struct message *message, int64_t now)
{
	struct signature signature;
	uint8_t mac[TSIG_MAC_MAX];
	enum tsig_fault fault;

	if (message->tsig == NULL)
		return verify_unsigned(tsig, message);
	if (!read_signature(message->tsig, &signature))
		return TSIG_MALFORMED;
	fault = stated_fault(&signature);
	if (fault != TSIG_OK)
		return fault;
	if (!is_same(&signature.key, &tsig->key->name))
		return TSIG_OTHER_KEY;
	if (!is_same(&signature.algorithm, &tsig->algorithm))
		return TSIG_OTHER_ALGORITHM;
	if (!digest_message(tsig, message, &signature, mac))
		return TSIG_NO_MEMORY;
	if (signature.mac_len != tsig->key->algorithm->mac_len ||
	    CRYPTO_memcmp(mac, signature.mac, signature.mac_len) != 0)
		return TSIG_BAD_MAC;
	if (!is_in_time(&signature, now))
		return TSIG_BAD_TIME;
	tsig->is_first = false;
	tsig->unsigned_count = 0;
	return begin_digest(tsig, mac, signature.mac_len) ? TSIG_OK
							  : TSIG_NO_MEMORY;
}
