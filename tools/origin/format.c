/*
 * format.c - reading origin data, and the account of what was taken and what
 * not.
 */
#include "tools/origin/origin.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/error.h"

const struct origin_format *const origin_formats[] = {
    &origin_ip_location_db,
    &origin_ip2asn,
    &origin_pyasn,
    &origin_mmdb,
    NULL,
};

const char *
origin_fault_text(enum origin_fault fault)
{
	static const char *const texts[ORIGIN_FAULTS] = {
	    [ORIGIN_OK] = "no fault",
	    [ORIGIN_BAD_LINE] = "not a line of this format",
	    [ORIGIN_BAD_ADDRESS] = "not an address or prefix",
	    [ORIGIN_BAD_RANGE] = "not a range",
	    [ORIGIN_BAD_ASN] = "without a valid AS number",
	};

	return fault < ORIGIN_FAULTS ? texts[fault] : "unknown fault";
}

/* ---- the account ---- */

int
origin_accept(struct origin_parse *parse, const struct origin_entry *entry)
{
	int error = pol_ranges_add(
	    parse->ranges, &entry->first, &entry->last, entry->asn);

	if (error == 0)
		error = pol_ranges_add_holder(parse->ranges, entry->asn,
		    entry->name.text, entry->name.len, entry->country);
	if (error == POL_ERANGE)
		return origin_fail(parse, error,
		    "with it there are more than %zu ranges or %zu AS numbers",
		    POL_RANGES_MAX, POL_HOLDERS_MAX);
	if (error != 0)
		return error;
	parse->accepted++;
	if (entry->multi_origin)
		parse->multi_origin++;
	return 0;
}

void
origin_reject(struct origin_parse *parse, enum origin_fault fault,
    unsigned long line, struct text text)
{
	fault_add(&parse->faults[fault], line, text);
}

uint64_t
origin_parse_rejected(const struct origin_parse *parse)
{
	uint64_t sum = 0;

	for (int fault = 0; fault < ORIGIN_FAULTS; fault++)
		sum += parse->faults[fault].count;
	return sum;
}

uint64_t
origin_parse_read(const struct origin_parse *parse)
{
	return parse->accepted + origin_parse_rejected(parse);
}

/* ---- reading ---- */

int
origin_fail(struct origin_parse *parse, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(parse->problem, sizeof(parse->problem), format, args);
	va_end(args);
	return error;
}

int
origin_fail_errno(struct origin_parse *parse)
{
	static const int errors[][2] = {
	    {ENOENT, POL_ENOENT}, {EACCES, POL_EACCES}, {ENOMEM, POL_ENOMEM}};
	int error = POL_EIO;

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errno == errors[i][0])
			error = errors[i][1];
	return origin_fail(parse, error, "%s", strerror(errno));
}

/* A file without one usable entry is of another format, or an error page. */
static int
check_usable(struct origin_parse *parse)
{
	if (parse->accepted > 0)
		return 0;
	for (int fault = 0; fault < ORIGIN_FAULTS; fault++) {
		const struct fault_count *count = &parse->faults[fault];

		if (count->count > 0)
			return origin_fail(parse, POL_EINVAL,
			    "no usable entry in it (line %lu: %s)",
			    count->lines[0],
			    origin_fault_text((enum origin_fault)fault));
	}
	return origin_fail(parse, POL_EINVAL, "no entry in it");
}

int
origin_read(const char *path, const struct origin_format *format,
    struct pol_ranges *ranges, struct origin_parse *parse)
{
	struct stat st;
	int error;

	*parse = (struct origin_parse){
	    .path = path,
	    .ranges = ranges,
	    .progress = parse->progress,
	};
	if (stat(path, &st) != 0)
		return origin_fail_errno(parse);
	if (S_ISDIR(st.st_mode))
		return origin_fail(parse, POL_EIO, "%s", strerror(EISDIR));
	if (S_ISREG(st.st_mode) && st.st_size == 0)
		return origin_fail(parse, POL_EINVAL, "the file is empty");
	error = format->parse(parse);
	if (error == 0)
		error = check_usable(parse);
	if (error != 0 && parse->problem[0] == '\0')
		origin_fail(parse, error, "%s", pol_strerror(error));
	return error;
}
