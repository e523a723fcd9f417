/*
 * apply_origin.c - what an apply does about origin data: read all sources.
 */
#include <stdlib.h>
#include <sys/stat.h>

#include "policy/error.h"
#include "tools/apply_p.h"
#include "tools/output.h"

static void
show_reading(const struct origin_parse *parse, uint64_t octets)
{
	const struct apply_source *source = (const struct apply_source *)parse;

	progress_show(source->progress, "reading", parse->path, octets,
	    source->source_size);
}

static enum status
read_source(struct apply *apply, size_t i)
{
	const struct config_origin *config = &apply->config->origins[i];
	struct apply_source *source = &apply->origin.sources[i];
	struct stat st;

	source->config = config;
	source->progress = &apply->progress;
	source->parse.progress = show_reading;
	if (stat(config->file, &st) == 0)
		source->source_size = (uint64_t)st.st_size;
	if (origin_read(config->file, config->format, apply->origin.ranges,
		&source->parse) == 0)
		return STATUS_OK;
	progress_end(&apply->progress);
	output_error("origin: %s: %s", config->file, source->parse.problem);
	return STATUS_FAILED;
}

static enum status
failed(int error)
{
	output_error("origin: %s", pol_strerror(error));
	return STATUS_FAILED;
}

enum status
apply_read_origin(struct apply *apply)
{
	struct apply_origin *origin = &apply->origin;
	enum status status = STATUS_OK;
	int error = pol_ranges_new(&origin->ranges);

	if (error != 0)
		return failed(error);
	origin->sources =
	    calloc(apply->config->origin_count + 1, sizeof(*origin->sources));
	if (origin->sources == NULL)
		return failed(POL_ENOMEM);
	for (size_t i = 0; i < apply->config->origin_count; i++)
		if (read_source(apply, i) != STATUS_OK)
			status = STATUS_FAILED;
	if (status != STATUS_OK)
		return status;
	error = pol_ranges_seal(origin->ranges, &origin->count);
	return error == 0 ? STATUS_OK : failed(error);
}

void
apply_free_origin(struct apply *apply)
{
	free(apply->origin.sources);
	pol_ranges_free(apply->origin.ranges);
}

bool
apply_changed_origin(const struct apply *apply)
{
	const struct pol_origin_result *result = &apply->origin.result;

	return result->ranges.added + result->ranges.removed +
		   result->holders.added + result->holders.removed >
	       0;
}
