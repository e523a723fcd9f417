/*
 * lines.c - origin data as a text of one entry a line, compressed or not, and
 * what its formats share.
 */
#include "tools/origin/origin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "policy/error.h"
#include "tools/feed/line.h"

#define GZIP_BUFFER (128 * 1024) /* octets of the file read at a time */

/* ---- fields ---- */

bool
origin_next_field(struct text *rest, char separator, struct text *field)
{
	const char *end;

	if (rest->text == NULL)
		return false;
	end = memchr(rest->text, separator, rest->len);
	if (end == NULL) {
		*field = text_trim(*rest);
		*rest = (struct text){NULL, 0};
		return true;
	}
	field->text = rest->text;
	field->len = (size_t)(end - rest->text);
	rest->text = end + 1;
	rest->len -= field->len + 1;
	*field = text_trim(*field);
	return true;
}

static bool
read_address(struct text text, struct pol_address *address)
{
	struct pol_prefix prefix;

	if (memchr(text.text, '/', text.len) != NULL ||
	    pol_prefix_from_text(text.text, text.len, &prefix) != POL_PREFIX_OK)
		return false;
	*address = prefix.address;
	return true;
}

enum origin_fault
origin_read_range(
    struct text first, struct text last, struct origin_entry *entry)
{
	if (!read_address(first, &entry->first) ||
	    !read_address(last, &entry->last))
		return ORIGIN_BAD_ADDRESS;
	if (entry->first.family != entry->last.family ||
	    pol_address_compare(&entry->first, &entry->last) > 0)
		return ORIGIN_BAD_RANGE;
	return ORIGIN_OK;
}

void
origin_set_prefix(struct origin_entry *entry, const struct pol_prefix *prefix)
{
	unsigned bits = 8 * pol_address_octets(prefix->address.family);

	entry->first = prefix->address;
	entry->last = prefix->address;
	for (unsigned bit = prefix->length; bit < bits; bit++)
		entry->last.octets[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
}

enum origin_fault
origin_read_prefix(struct text text, struct origin_entry *entry)
{
	struct pol_prefix prefix;

	if (pol_prefix_from_text(text.text, text.len, &prefix) != POL_PREFIX_OK)
		return ORIGIN_BAD_ADDRESS;
	origin_set_prefix(entry, &prefix);
	return ORIGIN_OK;
}

enum origin_fault
origin_read_asn(struct text text, struct origin_entry *entry)
{
	uint64_t asn;

	if (!text_number(text, UINT32_MAX, &asn))
		return ORIGIN_BAD_ASN;
	entry->asn = (uint32_t)asn;
	return ORIGIN_OK;
}

/* ---- lines ---- */

static int
take_line(
    struct origin_parse *parse, const struct feed_line *line, origin_take *take)
{
	struct text text = text_trim(line->text);
	struct origin_entry entry;
	enum origin_fault fault;

	if (text.len == 0 || text.text[0] == '#' || text.text[0] == ';')
		return 0;
	entry.multi_origin = false;
	entry.country[0] = '\0';
	entry.name = (struct text){NULL, 0};
	fault = line->cut ? ORIGIN_BAD_LINE : take(text, &entry);
	if (fault == ORIGIN_OK)
		return origin_accept(parse, &entry);
	origin_reject(parse, fault, line->number, text);
	return 0;
}

static int
take_lines(struct origin_parse *parse, gzFile file, struct feed_lines *lines,
    origin_take *take)
{
	struct feed_line line;
	int error = 0;

	while (error == 0 && feed_lines_next(lines, &line)) {
		error = take_line(parse, &line, take);
		if (parse->progress != NULL &&
		    line.number % ORIGIN_PROGRESS_STEP == 0)
			parse->progress(parse, (uint64_t)gzoffset(file));
	}
	if (error == 0 && feed_lines_error(lines) != 0)
		return errno == EBADMSG
			   ? origin_fail(parse, POL_EIO,
				 "its gzip data is damaged or incomplete")
			   : origin_fail_errno(parse);
	return error;
}

/* What gzread() gives, as read() would: data that ends too soon is an error
 * of its own, and half a table must not pass for a whole one. */
static ssize_t
read_gzip(void *cookie, char *buffer, size_t size)
{
	gzFile file = cookie;
	int got = gzread(file, buffer, (unsigned)size);
	int status;

	if (got > 0)
		return got;
	gzerror(file, &status);
	if (status == Z_OK || status == Z_STREAM_END)
		return 0;
	if (status != Z_ERRNO)
		errno = status == Z_MEM_ERROR ? ENOMEM : EBADMSG;
	return -1;
}

static int
parse_gzip(struct origin_parse *parse, gzFile file, origin_take *take)
{
	static const cookie_io_functions_t functions = {.read = read_gzip};
	FILE *source = fopencookie(file, "r", functions);
	struct feed_lines *lines;
	int error;

	if (source == NULL)
		return POL_ENOMEM;
	error = feed_lines_new(source, &lines);
	if (error == 0) {
		error = take_lines(parse, file, lines, take);
		feed_lines_free(lines);
	}
	fclose(source);
	return error;
}

int
origin_parse_lines(struct origin_parse *parse, origin_take *take)
{
	gzFile file;
	int error;

	errno = ENOMEM; /* what gzopen() fails of without saying so */
	file = gzopen(parse->path, "re");
	if (file == NULL)
		return origin_fail_errno(parse);
	gzbuffer(file, GZIP_BUFFER);
	error = parse_gzip(parse, file, take);
	gzclose(file);
	return error;
}
