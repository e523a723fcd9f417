/*
 * http.c - fetch a URL by libcurl: http, https, and file.
 *
 * The body is unpacked while it arrives and written to the candidate. Whether
 * that is complete, libcurl says of the transfer and the end of the compression
 * of what was compressed. Where another attempt may help it begins anew.
 */
#include "sinkbound_config.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "policy/error.h"
#include "tools/fetch/fetch.h"
#include "tools/fetch/unpack.h"

#define ATTEMPTS 3
#define WAIT_FIRST 1	     /* seconds before the second attempt; then twice */
#define WAIT_MAX 30	     /* a longer Retry-After is left to the next run */
#define REFRESH_MAX 86400    /* ... and believed up to this */
#define CONNECT_TIMEOUT 30L  /* seconds */
#define LOW_SPEED_LIMIT 100L /* octets a second, during */
#define LOW_SPEED_TIME 30L   /* seconds */
#define REDIRECTS_MAX 5L
#define HEADER_MAX 512

/* One attempt. */
struct attempt {
	const struct fetch_job *job;
	struct fetch_result *result;
	CURL *curl;
	struct curl_slist *headers;
	FILE *out;
	struct unpack *unpack;
	uint64_t received;
	int error;     /* of writing or unpacking */
	int out_errno; /* of writing */
	bool may_help; /* to try again */
	char message[CURL_ERROR_SIZE];
};

/* ---- the body ---- */

static int
write_out(const void *octets, size_t len, void *arg)
{
	struct attempt *attempt = arg;

	if (fwrite(octets, 1, len, attempt->out) == len)
		return 0;
	attempt->out_errno = errno;
	return POL_EIO;
}

static size_t
take_body(char *octets, size_t size, size_t count, void *arg)
{
	struct attempt *attempt = arg;
	size_t len = size * count;

	attempt->received += len;
	/* What is packed may say little in much, too. */
	if (attempt->received > attempt->job->source->max_size + UNPACK_FREE)
		attempt->error = POL_ERANGE;
	else
		attempt->error = unpack_write(attempt->unpack, octets, len);
	return attempt->error == 0 ? len : CURL_WRITEFUNC_ERROR;
}

static int
show_progress(void *arg, curl_off_t total, curl_off_t done, curl_off_t up_total,
    curl_off_t up_done)
{
	const struct attempt *attempt = arg;
	const struct fetch_job *job = attempt->job;

	(void)up_total;
	(void)up_done;
	if (job->progress != NULL && done >= 0 && total >= 0)
		job->progress(
		    (uint64_t)done, (uint64_t)total, job->progress_arg);
	return 0;
}

/* ---- the request ---- */

static bool
add_header(struct attempt *attempt, const char *name, const char *value)
{
	char header[HEADER_MAX];
	struct curl_slist *longer;

	if (*value == '\0')
		return true;
	snprintf(header, sizeof(header), "%s: %s", name, value);
	longer = curl_slist_append(attempt->headers, header);
	if (longer == NULL)
		return false;
	attempt->headers = longer;
	return true;
}

static bool
add_headers(struct attempt *attempt)
{
	const struct fetch_validators *known = attempt->job->known;

	if (!add_header(attempt, "Accept-Encoding", "gzip, zstd"))
		return false;
	return known == NULL ||
	       (add_header(attempt, "If-None-Match", known->etag) &&
		   add_header(
		       attempt, "If-Modified-Since", known->last_modified));
}

static bool
is_https(const char *url)
{
	return strncasecmp(url, "https:", 6) == 0;
}

static void
set_limits(CURL *curl, const struct fetch_source *source)
{
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)source->timeout);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_LIMIT);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, LOW_SPEED_TIME);
	curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE,
	    (curl_off_t)(source->max_size + UNPACK_FREE));
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https,file");
	/* Never from a file's or a secure URL to something less. */
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR,
	    is_https(source->url) ? "https" : "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	if (source->ca_file[0] != '\0')
		curl_easy_setopt(curl, CURLOPT_CAINFO, source->ca_file);
}

static void
set_request(struct attempt *attempt)
{
	CURL *curl = attempt->curl;

	curl_easy_setopt(curl, CURLOPT_URL, attempt->job->source->url);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, PACKAGE "/" PACKAGE_VERSION);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, attempt->headers);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, attempt->message);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, attempt);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, show_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, attempt);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

/* ---- the answer ---- */

/* A header of the last answer, kept where it is short and plain. */
static void
keep_header(CURL *curl, const char *name, char *value)
{
	struct curl_header *header;

	value[0] = '\0';
	if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) !=
		CURLHE_OK ||
	    strlen(header->value) > FETCH_VALIDATOR_MAX)
		return;
	for (const char *c = header->value; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
			return;
	strcpy(value, header->value);
}

/* A server may pack only as it was asked to. */
static bool
has_known_encoding(CURL *curl, char *encoding)
{
	static const char *const known[] = {
	    "", "identity", "gzip", "x-gzip", "zstd", "bzip2", "x-bzip2"};

	keep_header(curl, "Content-Encoding", encoding);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcasecmp(encoding, known[i]) == 0)
			return true;
	return false;
}

static bool
is_passing_status(long status)
{
	return status == 408 || status == 429 || status == 500 ||
	       status == 502 || status == 503 || status == 504;
}

/* May the same go well in a second? A time-out has taken long enough. */
static bool
is_passing_error(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
	case CURLE_PARTIAL_FILE:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return true;
	default:
		return false;
	}
}

static void
refuse_status(struct attempt *attempt, long status)
{
	curl_off_t wait = 0;

	curl_easy_getinfo(attempt->curl, CURLINFO_RETRY_AFTER, &wait);
	fetch_fail(
	    attempt->result, "the server answered with status %ld", status);
	attempt->may_help = is_passing_status(status);
	attempt->result->refresh = wait < REFRESH_MAX ? wait : REFRESH_MAX;
}

static void
judge_failure(struct attempt *attempt, CURLcode code, long status)
{
	struct fetch_result *result = attempt->result;
	const char *problem = unpack_problem(attempt->unpack);

	if (code == CURLE_HTTP_RETURNED_ERROR)
		refuse_status(attempt, status);
	else if (attempt->out_errno != 0)
		fetch_fail(result, "cannot write %s: %s",
		    attempt->job->candidate, strerror(attempt->out_errno));
	else if (problem[0] != '\0')
		fetch_fail(result, "%s", problem);
	else if (attempt->error == POL_ERANGE ||
		 code == CURLE_FILESIZE_EXCEEDED)
		fetch_fail(result, "it is larger than %llu octets (max-size)",
		    (unsigned long long)attempt->job->source->max_size);
	else if (attempt->error != 0)
		fetch_fail(result, "%s", pol_strerror(attempt->error));
	else {
		fetch_fail(result, "%s",
		    attempt->message[0] != '\0' ? attempt->message
						: curl_easy_strerror(code));
		attempt->may_help = is_passing_error(code);
	}
}

/* The transfer is complete; is what it brought? */
static void
judge_success(struct attempt *attempt, long status)
{
	struct fetch_result *result = attempt->result;
	const struct fetch_validators *known = attempt->job->known;
	char encoding[FETCH_VALIDATOR_MAX + 1];
	bool is_file = status == 0;

	if (status == 304 && known != NULL) {
		result->outcome = FETCH_UNCHANGED;
		result->validators = *known;
		return;
	}
	if (status != 200 && !is_file) {
		refuse_status(attempt, status);
		return;
	}
	if (!has_known_encoding(attempt->curl, encoding)) {
		fetch_fail(result,
		    "the server packed it by \"%s\" without being asked to",
		    encoding);
		return;
	}
	attempt->error = unpack_end(attempt->unpack);
	if (attempt->error != 0) {
		judge_failure(attempt, CURLE_OK, status);
		return;
	}
	result->outcome = FETCH_NEW;
	keep_header(attempt->curl, "ETag", result->validators.etag);
	keep_header(
	    attempt->curl, "Last-Modified", result->validators.last_modified);
}

/* ---- an attempt ---- */

static void
perform(struct attempt *attempt)
{
	long status = 0;
	CURLcode code;

	set_limits(attempt->curl, attempt->job->source);
	set_request(attempt);
	code = curl_easy_perform(attempt->curl);
	curl_easy_getinfo(attempt->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK)
		judge_success(attempt, status);
	else
		judge_failure(attempt, code, status);
	attempt->result->received += attempt->received;
}

static void
close_out(struct attempt *attempt)
{
	if (attempt->out == NULL)
		return;
	if (fclose(attempt->out) != 0 && attempt->result->outcome == FETCH_NEW)
		fetch_fail(attempt->result, "cannot write %s: %s",
		    attempt->job->candidate, strerror(errno));
}

/* True where another attempt may help. */
static bool
try(const struct fetch_job *job, struct fetch_result *result)
{
	struct attempt attempt = {.job = job, .result = result};

	result->message[0] = '\0';
	result->refresh = 0;
	attempt.curl = curl_easy_init();
	attempt.out = fopen(job->candidate, "we");
	if (attempt.out == NULL)
		fetch_fail(result, "cannot write %s: %s", job->candidate,
		    strerror(errno));
	else if (attempt.curl == NULL || !add_headers(&attempt) ||
		 unpack_new(job->source->max_size, write_out, &attempt,
		     &attempt.unpack) != 0)
		fetch_fail(result, "%s", pol_strerror(POL_ENOMEM));
	else
		perform(&attempt);
	close_out(&attempt);
	unpack_free(attempt.unpack);
	curl_slist_free_all(attempt.headers);
	curl_easy_cleanup(attempt.curl);
	return attempt.may_help;
}

static void
wait_for(int64_t seconds)
{
	struct timespec rest = {.tv_sec = (time_t)seconds};

	while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
		;
}

void
fetch_url(const struct fetch_job *job, struct fetch_result *result)
{
	int64_t wait = WAIT_FIRST;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		fetch_fail(result, "libcurl does not start");
		return;
	}
	for (int i = 1; try(job, result) && i < ATTEMPTS; i++) {
		if (result->refresh > WAIT_MAX)
			break;
		wait_for(result->refresh > wait ? result->refresh : wait);
		wait *= 2;
	}
	curl_global_cleanup();
}
