/*
 * pages.c - memory for tables of megabytes that are looked at anywhere.
 */
#include "policy/pages_p.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGE ((size_t)2 << 20)

static void *
map(size_t octets)
{
	void *mapped = mmap(NULL, octets, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mapped == MAP_FAILED ? NULL : mapped;
}

/* Beginning where a large page may: the system sees to it for some lengths
 * only. */
static void *
map_aligned(size_t octets)
{
	uint8_t *mapped = map(octets + LARGE);
	size_t before, page;

	if (mapped == NULL)
		return NULL;
	before = (LARGE - (uintptr_t)mapped % LARGE) % LARGE;
	if (before > 0)
		munmap(mapped, before);
	page = (size_t)sysconf(_SC_PAGESIZE);
	octets = (octets + page - 1) / page * page;
	munmap(mapped + before + octets, LARGE - before);
	return mapped + before;
}

void *
pages_map(size_t octets)
{
	void *mapped = octets < LARGE ? map(octets) : map_aligned(octets);

	if (mapped != NULL)
		(void)madvise(mapped, octets, MADV_HUGEPAGE);
	return mapped;
}

void
pages_unmap(void *mapped, size_t octets)
{
	if (mapped != NULL)
		munmap(mapped, octets);
}
