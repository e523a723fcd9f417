/*
 * standalone.c - run a fuzz target on files, without libFuzzer.
 *
 * Arguments are files, and folders of files. Linked with one target, this is
 * how `make check` runs its corpus.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#define PATH_SIZE 4096
#define INPUT_MAX ((size_t)16 << 20)

static void
fail(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	exit(EXIT_FAILURE);
}

/* Run the target on a file. Its octets are copied to memory of exactly their
 * number, so that a sanitizer sees a read behind them. */
static void
run_file(const char *path)
{
	FILE *file = fopen(path, "re");
	uint8_t *input = malloc(INPUT_MAX);
	uint8_t *data;
	size_t size;

	if (file == NULL || input == NULL)
		fail(path);
	size = fread(input, 1, INPUT_MAX, file);
	if (ferror(file))
		fail(path);
	fclose(file);
	data = malloc(size > 0 ? size : 1);
	if (data == NULL)
		fail(path);
	memcpy(data, input, size);
	free(input);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

/* Run the target on the files of a folder. Their number. */
static unsigned
run_folder(const char *path, DIR *folder)
{
	unsigned count = 0;
	struct dirent *entry;
	char file[PATH_SIZE];

	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		run_file(file);
		count++;
	}
	return count;
}

int
main(int argc, char **argv)
{
	unsigned count = 0;

	for (int i = 1; i < argc; i++) {
		DIR *folder = opendir(argv[i]);

		if (folder != NULL) {
			count += run_folder(argv[i], folder);
			closedir(folder);
		} else {
			run_file(argv[i]);
			count++;
		}
	}
	printf("%u inputs\n", count);
	/* A corpus that was not found must not look like one that passes. */
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
