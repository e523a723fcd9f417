/*
 * zone_copy.c - the copy of a transferred zone: a zone file, one record a line.
 */
#include "tools/transfer/zone_copy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"

#define LINE_ROOM ((size_t)1024) /* octets; a line of more makes it grow */
#define HEAD "; %s: copied from its primary, without times to live\n$TTL 60\n"
#define LAST_FORMAT "; %" PRIu64 " records\n"

/* ---- lines ---- */

/* libldns does not escape what has a meaning at the start of a line. */
static bool
print_name(ldns_buffer *line, const ldns_rdf *rdf)
{
	char text[POL_NAME_TEXT_MAX];
	struct pol_name name;

	if (message_name(rdf, &name) != 0)
		return false;
	pol_name_to_text(name.wire, text);
	return ldns_buffer_printf(line, "%s%s", text, name.len > 1 ? "." : "") >
	       0;
}

static bool
print_rdf(ldns_buffer *line, const ldns_rdf *rdf)
{
	if (ldns_buffer_printf(line, " ") < 0)
		return false;
	if (ldns_rdf_get_type(rdf) == LDNS_RDF_TYPE_DNAME)
		return print_name(line, rdf);
	return ldns_rdf2buffer_str(line, rdf) == LDNS_STATUS_OK;
}

/* Write the record as a line, without the newline, into LINE. */
static int
print_record(ldns_buffer *line, const ldns_rr *rr)
{
	bool ok;

	ldns_buffer_clear(line);
	ok = print_name(line, ldns_rr_owner(rr)) &&
	     ldns_buffer_printf(line, " IN ") > 0 &&
	     ldns_rr_type2buffer_str(line, ldns_rr_get_type(rr)) ==
		 LDNS_STATUS_OK;
	if (ok && ldns_rr_rd_count(rr) == 0)
		ok = ldns_buffer_printf(line, " \\# 0") > 0;
	for (size_t i = 0; ok && i < ldns_rr_rd_count(rr); i++)
		ok = print_rdf(line, ldns_rr_rdf(rr, i));
	/* A text of the rdata might hold anything; a line holds no newline. */
	if (!ok || memchr(ldns_buffer_begin(line), '\n',
		       ldns_buffer_position(line)) != NULL)
		return ldns_buffer_status_ok(line) ? POL_EINVAL : POL_ENOMEM;
	return ldns_buffer_reserve(line, 1) ? 0 : POL_ENOMEM;
}

/* Is the record of those that a copy has, beside the SOA? */
static bool
is_kept(const ldns_rr *rr, const struct pol_name *zone)
{
	struct pol_name owner;

	switch (ldns_rr_get_type(rr)) {
	case LDNS_RR_TYPE_DNSKEY:
	case LDNS_RR_TYPE_NSEC:
	case LDNS_RR_TYPE_NSEC3:
	case LDNS_RR_TYPE_NSEC3PARAM:
	case LDNS_RR_TYPE_RRSIG:
	case LDNS_RR_TYPE_SOA:
		return false;
	case LDNS_RR_TYPE_NS:
		return true;
	default:
		return message_name(ldns_rr_owner(rr), &owner) == 0 &&
		       owner.len != zone->len;
	}
}

/* ---- writing ---- */

static int
file_error(FILE *file)
{
	return ferror(file) ? POL_EIO : 0;
}

static int
write_line(struct zone_writer *writer, const char *line, size_t len)
{
	fwrite(line, 1, len, writer->file);
	putc('\n', writer->file);
	writer->records++;
	return file_error(writer->file);
}

static int
write_record(struct zone_writer *writer, const ldns_rr *rr)
{
	int rc = print_record(writer->line, rr);

	if (rc != 0)
		return rc;
	return write_line(writer, (char *)ldns_buffer_begin(writer->line),
	    ldns_buffer_position(writer->line));
}

int
zone_writer_begin(struct zone_writer *writer, const char *path,
    const ldns_rr *soa, const struct pol_name *zone)
{
	char text[POL_NAME_TEXT_MAX];

	*writer = (struct zone_writer){.zone = zone};
	writer->line = ldns_buffer_new(LINE_ROOM);
	if (writer->line == NULL)
		return POL_ENOMEM;
	writer->file = fopen(path, "we");
	if (writer->file == NULL)
		return POL_EIO;
	fprintf(writer->file, HEAD, pol_name_to_text(zone->wire, text));
	return write_record(writer, soa);
}

int
zone_writer_add(struct zone_writer *writer, const ldns_rr *rr)
{
	return is_kept(rr, writer->zone) ? write_record(writer, rr) : 0;
}

int
zone_writer_end(struct zone_writer *writer, bool is_whole)
{
	int rc = 0;

	ldns_buffer_free(writer->line);
	if (writer->file == NULL)
		return 0;
	if (is_whole)
		fprintf(writer->file, LAST_FORMAT, writer->records);
	rc = file_error(writer->file);
	if (fclose(writer->file) != 0)
		rc = POL_EIO;
	return rc;
}

/* ---- differences ---- */

/* A node of a tree; its key is the line. */
struct noted {
	ldns_rbnode_t node;
	char line[];
};

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(a, b);
}

int
zone_difference_new(
    struct zone_difference *difference, const struct pol_name *zone)
{
	struct zone_difference new = {
	    .zone = zone,
	    .removed = ldns_rbtree_create(compare_lines),
	    .added = ldns_rbtree_create(compare_lines),
	    .line = ldns_buffer_new(LINE_ROOM),
	};

	if (new.removed == NULL || new.added == NULL || new.line == NULL) {
		zone_difference_free(&new);
		return POL_ENOMEM;
	}
	*difference = new;
	return 0;
}

static void
free_noted(ldns_rbnode_t *node, void *arg)
{
	(void)arg;
	free(node);
}

static void
free_tree(ldns_rbtree_t *tree)
{
	if (tree == NULL)
		return;
	ldns_traverse_postorder(tree, free_noted, NULL);
	ldns_rbtree_free(tree);
}

void
zone_difference_free(struct zone_difference *difference)
{
	free_tree(difference->removed);
	free_tree(difference->added);
	ldns_buffer_free(difference->line);
}

static int
note_line(ldns_rbtree_t *tree, const char *line, size_t len)
{
	struct noted *noted = malloc(sizeof(*noted) + len + 1);

	if (noted == NULL)
		return POL_ENOMEM;
	memcpy(noted->line, line, len + 1);
	noted->node.key = noted->line;
	if (ldns_rbtree_insert(tree, &noted->node) == NULL)
		free(noted); /* it is said twice */
	return 0;
}

int
zone_difference_note(
    struct zone_difference *difference, const ldns_rr *rr, bool is_removed)
{
	ldns_rbtree_t *to =
	    is_removed ? difference->removed : difference->added;
	ldns_rbtree_t *opposite =
	    is_removed ? difference->added : difference->removed;
	ldns_rbnode_t *undone;
	char *line;
	int rc;

	if (!is_kept(rr, difference->zone))
		return 0;
	rc = print_record(difference->line, rr);
	if (rc != 0)
		return rc;
	line = (char *)ldns_buffer_begin(difference->line);
	line[ldns_buffer_position(difference->line)] = '\0';
	undone = ldns_rbtree_delete(opposite, line);
	if (undone != NULL) {
		free(undone);
		return 0;
	}
	if (difference->removed->count + difference->added->count ==
	    ZONE_DIFFERENCE_MAX)
		return POL_ERANGE;
	return note_line(to, line, ldns_buffer_position(difference->line));
}

/* ---- reading ---- */

/* A copy that is being read. */
struct copy {
	FILE *file;
	char *line; /* without its newline */
	size_t size;
	size_t len;
	uint64_t records; /* read */
	bool is_whole;	  /* the last line was read, and is right */
};

/* Is this the last line, and does it count the records that were read? */
static bool
is_last(const struct copy *copy)
{
	char last[64];

	snprintf(last, sizeof(last), LAST_FORMAT, copy->records);
	return strcmp(copy->line, last) == 0;
}

/* Read the next record's line. False at the end. */
static bool
next_record(struct copy *copy)
{
	ssize_t len;

	while ((len = getline(&copy->line, &copy->size, copy->file)) > 0) {
		/* The lines that are not records begin with what a record's
		 * name has a backslash before. */
		if (copy->line[0] == ';' || copy->line[0] == '$') {
			copy->is_whole = is_last(copy);
			continue;
		}
		copy->is_whole = false;
		copy->line[len - 1] = '\0';
		copy->len = (size_t)len - 1;
		copy->records++;
		return true;
	}
	return false;
}

static int
open_copy(struct copy *copy, const char *path)
{
	*copy = (struct copy){.file = fopen(path, "re")};
	return copy->file != NULL ? 0 : POL_EIO;
}

static void
close_copy(struct copy *copy)
{
	free(copy->line);
	fclose(copy->file);
}

int
zone_copy_soa(const char *path, const struct pol_name *zone, struct soa *soa)
{
	struct copy copy;
	ldns_rr *rr = NULL;
	int rc = open_copy(&copy, path);

	if (rc != 0)
		return rc;
	rc = POL_EINVAL;
	if (next_record(&copy) && ldns_rr_new_frm_str(&rr, copy.line, 0, NULL,
				      NULL) == LDNS_STATUS_OK) {
		rc = soa_read(rr, zone, soa);
		ldns_rr_free(rr);
	}
	close_copy(&copy);
	return rc;
}

/* ---- applying a difference ---- */

/* Copy the records that stay. */
static int
copy_kept(const struct zone_difference *difference, struct copy *copy,
    struct zone_writer *writer)
{
	size_t removed = 0;
	int rc = 0;

	next_record(copy); /* the old SOA */
	while (rc == 0 && next_record(copy)) {
		if (ldns_rbtree_search(difference->removed, copy->line) != NULL)
			removed++;
		else if (ldns_rbtree_search(difference->added, copy->line) !=
			 NULL)
			return POL_EINVAL;
		else
			rc = write_line(writer, copy->line, copy->len);
	}
	if (rc != 0 || ferror(copy->file))
		return POL_EIO;
	return copy->is_whole && removed == difference->removed->count
		   ? 0
		   : POL_EINVAL;
}

static int
write_added(
    const struct zone_difference *difference, struct zone_writer *writer)
{
	ldns_rbnode_t *node;
	int rc = 0;

	for (node = ldns_rbtree_first(difference->added);
	     rc == 0 && node != LDNS_RBTREE_NULL; node = ldns_rbtree_next(node))
		rc = write_line(writer, node->key, strlen(node->key));
	return rc;
}

int
zone_difference_apply(const struct zone_difference *difference,
    const char *from, const char *to, const ldns_rr *soa)
{
	struct zone_writer writer;
	struct copy copy;
	int end, rc = open_copy(&copy, from);

	if (rc != 0)
		return rc;
	rc = zone_writer_begin(&writer, to, soa, difference->zone);
	if (rc == 0)
		rc = copy_kept(difference, &copy, &writer);
	if (rc == 0)
		rc = write_added(difference, &writer);
	end = zone_writer_end(&writer, rc == 0);
	close_copy(&copy);
	return rc != 0 ? rc : end;
}
