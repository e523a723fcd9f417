/*
 * config_support.c - load a text as the configuration.
 */
#include "config_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/error.h"

char config_folder[64];
char config_path[96];
char config_printed[1 << 16];

int
make_config_folder(void **state)
{
	(void)state;
	strcpy(config_folder, "/tmp/sinkbound-config-XXXXXX");
	if (mkdtemp(config_folder) == NULL)
		return -1;
	snprintf(config_path, sizeof(config_path), "%s/sinkbound.yaml",
	    config_folder);
	return 0;
}

int
remove_config_folder(void **state)
{
	(void)state;
	unlink(config_path);
	return rmdir(config_folder);
}

void
write_config(const char *text, size_t len)
{
	FILE *file = fopen(config_path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

int
load_config_at(const char *path, struct config **config)
{
	int stderr_fd = dup(STDERR_FILENO);
	FILE *capture = tmpfile();
	size_t len;
	int rc;

	assert_true(stderr_fd >= 0 && capture != NULL);
	fflush(stderr);
	assert_true(dup2(fileno(capture), STDERR_FILENO) >= 0);
	rc = config_load(path, config);
	fflush(stderr);
	assert_true(dup2(stderr_fd, STDERR_FILENO) >= 0);
	close(stderr_fd);
	rewind(capture);
	len = fread(config_printed, 1, sizeof(config_printed) - 1, capture);
	config_printed[len] = '\0';
	fclose(capture);
	return rc;
}

struct config *
load_config(const char *text)
{
	struct config *config = NULL;

	write_config(text, strlen(text));
	assert_int_equal(load_config_at(config_path, &config), 0);
	assert_string_equal(config_printed, "");
	assert_non_null(config);
	return config;
}

static void
strip_path(void)
{
	size_t len = strlen(config_path);
	char *line = config_printed;

	while (*line != '\0') {
		assert_memory_equal(line, config_path, len);
		assert_int_equal(line[len], ':');
		memmove(line, line + len + 1, strlen(line + len + 1) + 1);
		line = strchr(line, '\n');
		assert_non_null(line);
		line++;
	}
}

void
load_bad_config(const char *text, size_t len)
{
	struct config *config = NULL;

	write_config(text, len);
	assert_int_equal(load_config_at(config_path, &config), POL_EINVAL);
	assert_null(config);
	strip_path();
}

void
assert_config_errors(const char *text, const char *expected)
{
	load_bad_config(text, strlen(text));
	assert_string_equal(config_printed, expected);
}
