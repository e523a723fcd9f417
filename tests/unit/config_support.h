/*
 * config_support.h - what the tests of the configuration share: a folder with
 * a file for each test, and what loading it prints.
 */
#ifndef CONFIG_SUPPORT_H
#define CONFIG_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tools/config.h"

/* Of the test that runs. */
extern char config_folder[64];
extern char config_path[96];
extern char config_printed[1 << 16]; /* on stderr by the last load */

int make_config_folder(void **state);
int remove_config_folder(void **state);

/* A test with a folder. */
#define config_test(f) \
	cmocka_unit_test_setup_teardown( \
	    f, make_config_folder, remove_config_folder)

/* Make LEN octets the configuration. */
void write_config(const char *text, size_t len);

/* config_load(), with what it prints kept. */
int load_config_at(const char *path, struct config **config);

/* Load a text that has no errors. Free the result. */
struct config *load_config(const char *text);

/* Load octets that have errors, and take the path off the head of each line
 * printed: "LINE:COLUMN: error: ..." is left. */
void load_bad_config(const char *text, size_t len);

/* The same, with all that is printed compared. */
void assert_config_errors(const char *text, const char *expected);

#endif
