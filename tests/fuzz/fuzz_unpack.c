/*
 * fuzz_unpack.c - whatever a server sends: never more comes out than may, and
 * the same however it is cut into pieces.
 */
#include "fuzz.h"

#include <string.h>

#include "policy/error.h"
#include "tools/fetch/unpack.h"

#define SIZE_MAX_OUT ((uint64_t)1 << 20)

struct out {
	uint64_t len;
	uint64_t sum;
};

static int
take(const void *octets, size_t len, void *arg)
{
	struct out *out = arg;
	const uint8_t *octet = octets;

	for (size_t i = 0; i < len; i++)
		out->sum = out->sum * 31 + octet[i];
	out->len += len;
	return 0;
}

/* Unpack in pieces of at most STEP octets. */
static int
unpack(const uint8_t *data, size_t size, size_t step, struct out *out)
{
	struct unpack *unpack;
	int rc = 0;

	if (unpack_new(SIZE_MAX_OUT, take, out, &unpack) != 0)
		abort();
	for (size_t at = 0; at < size && rc == 0; at += step)
		rc = unpack_write(
		    unpack, data + at, size - at < step ? size - at : step);
	if (rc == 0)
		rc = unpack_end(unpack);
	CHECK(rc == 0 || rc == POL_EINVAL || rc == POL_ERANGE ||
	      rc == POL_ENOMEM);
	CHECK((rc == POL_EINVAL || rc == POL_ERANGE) ==
	      (unpack_problem(unpack)[0] != '\0'));
	unpack_free(unpack);
	CHECK(out->len <= SIZE_MAX_OUT);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct out whole = {0}, pieces = {0};
	int rc = unpack(data, size, size == 0 ? 1 : size, &whole);
	int again = unpack(data, size, size < 512 ? 1 : 77, &pieces);

	CHECK((rc == 0) == (again == 0));
	if (rc == 0)
		CHECK(whole.len == pieces.len && whole.sum == pieces.sum);
	return 0;
}
