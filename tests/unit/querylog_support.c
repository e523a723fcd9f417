/*
 * querylog_support.c - what the tests of the query log share.
 */
#include "querylog_support.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "policy_support.h"

atomic_uint complaints, recoveries, losses;
sem_t writer_waits, writer_goes_on;

/* ---- samples ---- */

/* Keeps the case that a client wrote, as pol_name_from_text() does not. */
static void
name_make(struct pol_name *name, const char *text)
{
	assert_int_equal(
	    pol_name_from_text(text, strlen(text), name), POL_NAME_OK);
	for (size_t i = 0; text[i] != '\0'; i++)
		if (text[i] != '.')
			name->wire[i + 1] = (uint8_t)text[i];
}

void
sample_make(struct sample *sample, const char *qname, const char *listed)
{
	memset(sample, 0, sizeof(*sample));
	sample->client.sin_family = AF_INET;
	inet_pton(AF_INET, "192.0.2.7", &sample->client.sin_addr);
	name_make(&sample->qname, qname);
	name_make(&sample->listed, listed);
	strcpy(sample->feed.name, POL_OPERATOR_NAME);
	sample->query.time.tv_sec = 1795324831;
	sample->query.time.tv_usec = 123999;
	sample->query.client = (const struct sockaddr *)&sample->client;
	sample->query.client_len = sizeof(sample->client);
	sample->query.qname = sample->qname.wire;
	sample->query.qname_len = sample->qname.len;
	sample->query.qtype = 1;
	sample->match.indicator.scope = POL_SUBTREE;
	sample->match.feed = &sample->feed;
	sample->match.action = POL_SINKHOLE;
	sample->match.name = sample->listed.wire;
	sample->match.specificity = pol_name_labels(sample->listed.wire);
}

void
put_numbered(struct querylog *log, unsigned worker, unsigned number)
{
	struct sample sample;
	char qname[64];

	snprintf(qname, sizeof(qname), "n%u.w%u.bad.example", number, worker);
	sample_make(&sample, qname, "bad.example");
	querylog_put(log, worker, &sample.query, &sample.match);
}

void
put_many(struct querylog *log, unsigned worker, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		put_numbered(log, worker, i);
}

/* ---- folder ---- */

int
folder_make(void **state)
{
	char folder[] = "/tmp/sbquerylog-XXXXXX";

	if (mkdtemp(folder) == NULL || chdir(folder) != 0)
		return -1;
	atomic_store(&complaints, 0);
	atomic_store(&recoveries, 0);
	atomic_store(&losses, 0);
	sem_init(&writer_waits, 0, 0);
	sem_init(&writer_goes_on, 0, 0);
	*state = strdup(folder);
	return *state == NULL ? -1 : 0;
}

int
folder_remove(void **state)
{
	struct rlimit limit;

	/* A test that failed may have left a low limit. */
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
	sem_destroy(&writer_waits);
	sem_destroy(&writer_goes_on);
	if (chdir("/") != 0 || remove_folder(*state) != 0)
		return -1;
	free(*state);
	return 0;
}

/* ---- messages ---- */

void
complain(const char *message)
{
	if (strstr(message, "written again") != NULL)
		atomic_fetch_add(&recoveries, 1);
	else if (strstr(message, "after the last line") != NULL)
		atomic_fetch_add(&losses,
		    (unsigned)strtoul(strchr(message, ':') + 1, NULL, 10));
	else
		atomic_fetch_add(&complaints, 1);
}

void
complain_and_wait(const char *message)
{
	complain(message);
	sem_post(&writer_waits);
	sem_wait(&writer_goes_on);
	sem_post(&writer_goes_on);
}

struct querylog *
start(unsigned workers, size_t queue)
{
	struct querylog *log = NULL;

	assert_int_equal(querylog_start(workers, queue, complain, &log), 0);
	return log;
}

/* ---- lines ---- */

char *
slurp(const char *path)
{
	FILE *file = fopen(path, "re");
	size_t len = 0, size = 65536;
	char *text = malloc(size);

	assert_non_null(text);
	while (file != NULL) {
		size_t got = fread(text + len, 1, size - len - 1, file);

		if (got == 0)
			break;
		len += got;
		if (len < size - 1)
			continue;
		text = realloc(text, size *= 2);
		assert_non_null(text);
	}
	if (file != NULL)
		fclose(file);
	text[len] = '\0';
	return text;
}

static uint64_t
number_of(const json_t *line, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(line, key));
}

static void
tally_line(struct tally *tally, const char *text, size_t len)
{
	json_error_t error;
	json_t *line = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	uint64_t dropped;

	if (line == NULL)
		fail_msg("%s in: %.*s", error.text, (int)len, text);
	dropped = number_of(line, "dropped");
	if (json_object_get(line, "dropped") != NULL)
		assert_true(dropped > 0);
	assert_int_equal(number_of(line, "seq"), tally->seq + dropped + 1);
	tally->seq += dropped + 1;
	tally->dropped += dropped;
	tally->lines++;
	json_decref(line);
}

void
tally_text(struct tally *tally, const char *text)
{
	while (*text != '\0') {
		const char *end = strchr(text, '\n');

		if (end == NULL)
			fail_msg("half a line: %s", text);
		else {
			tally_line(tally, text, (size_t)(end - text));
			text = end + 1;
		}
	}
}

void
tally_file(struct tally *tally, const char *path)
{
	char *text = slurp(path);

	tally_text(tally, text);
	free(text);
}

size_t
count_lines(const char *path)
{
	char *text = slurp(path), *at = text;
	size_t lines = 0;

	while ((at = strchr(at, '\n')) != NULL) {
		lines++;
		at++;
	}
	free(text);
	return lines;
}
