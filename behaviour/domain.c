/*
 * domain.c - the registrable domain of a name.
 */
#include "behaviour/domain.h"

#include <libpsl.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>

#include "behaviour/suffixes.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct beh_suffixes *suffixes; /* NULL: `list` is asked */
static const psl_ctx_t *list;

/* The system's file, where it is there, since it is newer than what libpsl has
 * built in. That has no list of its names to make a table of. */
static void
load_list(void)
{
	const char *file = psl_builtin_filename();
	psl_ctx_t *loaded = psl_load_file(file);

	if (loaded == NULL || beh_suffixes_new(file, loaded, &suffixes) != 0)
		list = psl_builtin();
	psl_free(loaded);
	malloc_trim(0); /* the list was a megabyte and a half of small pieces */
}

/* A resolver that reloads unloads us. */
__attribute__((destructor)) static void
free_list(void)
{
	beh_suffixes_free(suffixes);
}

void
beh_domain_prepare(void)
{
	pthread_once(&once, load_list);
}

/* What libpsl says: the labels of the registrable domain, 0 for none. An
 * escaped dot is within a label, which libpsl takes for two: the answer is then
 * a shorter name, if one at all. */
static unsigned
ask_list(const struct beh_name *name)
{
	char text[POL_NAME_TEXT_MAX];
	const char *domain =
	    psl_registrable_domain(list, pol_name_to_text(name->wire, text));
	unsigned labels = 1;

	if (domain == NULL)
		return 0;
	for (; *domain != '\0'; domain++)
		labels += *domain == '.';
	return labels;
}

size_t
beh_domain_start(const struct beh_name *name)
{
	unsigned labels;

	/* One or two labels are a domain or a suffix, whatever the list says.
	 */
	if (name->labels <= 2)
		return 0;
	beh_domain_prepare();
	labels = suffixes != NULL ? beh_suffixes_domain(suffixes, name)
				  : ask_list(name);
	return labels != 0 && labels <= name->labels
		   ? name->starts[name->labels - labels]
		   : 0;
}

size_t
beh_domain_offset(const uint8_t *name, size_t len)
{
	struct beh_name lower;

	return beh_name_set(&lower, name, len) == 0 ? beh_domain_start(&lower)
						    : 0;
}
