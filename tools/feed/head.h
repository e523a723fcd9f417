/*
 * head.h - a look at the beginning of a source, which need not be a file that
 * can be read twice.
 */
#ifndef FEED_HEAD_H
#define FEED_HEAD_H

#include <stdbool.h>
#include <stdio.h>

#define FEED_HEAD_MAX ((size_t)65536)

struct feed_head;

/*
 * Read the first FEED_HEAD_MAX octets of SOURCE, or what it has. SOURCE stays
 * the caller's, and is read on through feed_head_whole(). Free with
 * feed_head_free(). 0; POL_ENOMEM; POL_EIO with errno set.
 */
int feed_head_new(FILE *source, struct feed_head **head);
void feed_head_free(struct feed_head *head);

/* The octets, without UTF-8's mark in front. */
const char *feed_head_text(const struct feed_head *head, size_t *len);

/* Is that all there is? */
bool feed_head_is_all(const struct feed_head *head);

/* The whole source from its first octet. Ends with the head. */
FILE *feed_head_whole(struct feed_head *head);

/* Does it look like a page of HTML; like a JSON document? */
bool feed_head_is_html(const struct feed_head *head);
bool feed_head_is_json(const struct feed_head *head);

#endif
