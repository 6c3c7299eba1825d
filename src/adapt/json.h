/*
 * JSON values (over jansson).
 *
 * A value is null, a bool, a 64-bit integer, a double, a UTF-8 string without
 * NUL bytes, an array or an object. A `struct json *` is owned and ends in
 * json_free(); a `const struct json *` is borrowed from the value that holds
 * it. Every reader takes NULL and a value of the wrong kind, and answers as if
 * nothing were there, so that a path into a document needs one check at its end:
 *
 *     const char *name = json_text(json_member(json_member(doc, "metadata"), "name"));
 *
 * Objects keep the order of insertion; json_print() can sort. A value may be
 * used by one thread at a time.
 */
#ifndef TIDEMARK_ADAPT_JSON_H
#define TIDEMARK_ADAPT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/span.h"

enum {
    JSON_DEPTH_MAX = 256, /* nesting that json_parse() accepts */
};

enum json_kind {
    JSON_KIND_NULL,
    JSON_KIND_BOOL,
    JSON_KIND_INT,
    JSON_KIND_REAL,
    JSON_KIND_STRING,
    JSON_KIND_ARRAY,
    JSON_KIND_OBJECT,
};

enum json_style {
    JSON_STYLE_COMPACT, /* {"b":1,"a":2} in insertion order */
    JSON_STYLE_SORTED,  /* {"a":2,"b":1} */
    JSON_STYLE_PRETTY,  /* sorted, indented by two */
};

struct json;

void json_free(struct json *value);
MEM_DEFINE_FREEP(struct json, json_free)

/*
 * Reads one JSON text (RFC 8259), with nothing but blanks around it. Of equal
 * keys in an object the last one counts. Class invalid, with line and column,
 * if it is malformed, nested deeper than JSON_DEPTH_MAX, not UTF-8 or holds
 * \u0000. The caller caps the size of TEXT.
 */
int json_parse(struct span text, struct json **ret, struct err *err);

/* Appends the text of VALUE to BUF. A double prints with 17 digits, enough
 * to read it back exactly. */
void json_print(const struct json *value, enum json_style style, struct buf *buf);

/* Makers. The text must be UTF-8; what is not becomes U+FFFD. */
struct json *json_new_null(void);
struct json *json_new_bool(bool value);
struct json *json_new_int(int64_t value);
struct json *json_new_real(double value); /* NaN and infinities become null */
struct json *json_new_text(const char *text);
struct json *json_new_span(struct span text);
struct json *json_new_array(void);
struct json *json_new_object(void);
struct json *json_clone(const struct json *value); /* deep; NULL stays NULL */

/* Readers. */
enum json_kind json_kind(const struct json *value); /* of NULL: JSON_KIND_NULL */
const char *json_text(const struct json *value);    /* NULL if it is no string */
struct span json_span(const struct json *value);    /* empty if it is no string */
bool json_bool(const struct json *value, bool fallback);
bool json_int(const struct json *value, int64_t *ret);   /* false if it is no integer */
bool json_number(const struct json *value, double *ret); /* integers too */
size_t json_count(const struct json *value);             /* of an array or object, else 0 */
const struct json *json_at(const struct json *array, size_t index); /* or NULL */
const struct json *json_member(const struct json *object, const char *key);
/* The same for changing it in place; still owned by OBJECT. */
struct json *json_member_mut(struct json *object, const char *key);
struct json *json_at_mut(struct json *array, size_t index);

/* Shorthand: json_text(json_member(object, key)). */
const char *json_member_text(const struct json *object, const char *key);

/* Deep equality; the order of members does not count, and 1 is not 1.0. */
bool json_same(const struct json *a, const struct json *b);

/* Changes. Values are taken over. OBJECT and ARRAY must be of that kind. */
void json_put_take(struct json *object, const char *key, struct json *value);
void json_put_text(struct json *object, const char *key, const char *text); /* NULL: removes */
void json_put_int(struct json *object, const char *key, int64_t value);
void json_put_bool(struct json *object, const char *key, bool value);
void json_remove(struct json *object, const char *key);
void json_push_take(struct json *array, struct json *value);
void json_remove_at(struct json *array, size_t index);

/* The object member KEY of OBJECT, made (or put in place of another kind) if
 * it is not there. */
struct json *json_ensure_object(struct json *object, const char *key);
struct json *json_ensure_array(struct json *object, const char *key);

/* RFC 7386: members of PATCH replace those of TARGET, null removes them. */
void json_merge_patch(struct json *target, const struct json *patch);
/* The patch that turns BEFORE into AFTER (both objects); empty if they are the
 * same. */
struct json *json_diff_patch(const struct json *before, const struct json *after);

/*
 * Walks the members in insertion order; the object must not change meanwhile.
 *
 *     json_foreach_member(key, value, object) { … }
 */
void *json_iter_first(const struct json *object);
void *json_iter_after(const struct json *object, void *iter);
const char *json_iter_name(void *iter);
const struct json *json_iter_item(void *iter);

#define json_foreach_member(key, value, object)                                                    \
    for (void *json_it_ = json_iter_first(object); json_it_;                                       \
         json_it_ = json_iter_after(object, json_it_))                                             \
        for (const char *key = json_iter_name(json_it_), *json_once_ = key; json_once_;            \
             json_once_ = NULL)                                                                    \
            for (const struct json *value __attribute__((unused)) = json_iter_item(json_it_);      \
                 json_once_; json_once_ = NULL)

#endif
