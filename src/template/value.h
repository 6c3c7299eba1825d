/*
 * Values of the template language: dynamically typed, each carrying its Go
 * type, because users see the types: printf "%T", typeOf and every error text
 * name them, and functions tell an int from an int64.
 *
 * A value is copied freely. What it points to (text, elements, fields) lives
 * in a budget's arena or with the caller who made the data, is shared, and
 * never changes. The one exception is the dict: `set`, `unset` and `merge`
 * change it in place, as in Go.
 *
 * Three kinds of nothing are kept apart, as Go's reflection does:
 *   - no value at all (type is NULL): a missing key; prints "<no value>";
 *   - nil, the empty interface {} (type is type_any): JSON's null;
 *   - an empty slice or map that is nil (its pointer is NULL).
 *
 * `boxed` marks a value found in a place whose static type is interface {}: an
 * element of []interface {} or map[string]interface {}. It is the value in all
 * respects, but errors about it speak of its static type.
 */
#ifndef TIDEMARK_TEMPLATE_VALUE_H
#define TIDEMARK_TEMPLATE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "template/budget.h"

/* Go's reflect.Kind, as far as it is needed. */
enum value_kind {
    VALUE_INVALID,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_INT64,
    VALUE_UINT8,
    VALUE_UINT64,
    VALUE_FLOAT64,
    VALUE_COMPLEX128,
    VALUE_STRING,
    VALUE_SLICE,
    VALUE_MAP,
    VALUE_STRUCT,
    VALUE_POINTER,
    VALUE_INTERFACE,
};

struct func;
struct value;

struct value_field {
    const char *name;
    const struct value_type *type;
    bool embedded;
    const char *json; /* name in JSON, left out there if empty; NULL: the name as it is */
};

struct value_type {
    const char *name; /* as %T prints it */
    enum value_kind kind;
    const struct value_type *elem; /* of slices, maps and pointers */
    const struct value_type *key;  /* of maps */
    const struct value_field *fields;
    size_t n_fields;
    /* Methods on a plain value, and those that need a pointer as well; each
     * ends in a row without name. A pointer type has those of its elem. */
    const struct func *methods;
    const struct func *pointer_methods;
    /* The String and GoString methods that printing calls, or NULL. */
    void (*string)(const struct value *value, struct buf *ret);
    void (*go_string)(const struct value *value, struct buf *ret);
    /* The text that stands for it in JSON, or NULL: it has no form of its own. */
    void (*json)(const struct value *value, struct buf *ret);
};

struct value_complex {
    double re, im;
};

struct value {
    const struct value_type *type;
    bool boxed;
    union {
        bool truth;
        int64_t integer;
        uint64_t natural; /* of unsigned kinds */
        double real;
        struct value_complex complex;
        struct span text;
        struct value_list *list;        /* slices; NULL: nil */
        struct value_map *map;          /* maps; NULL: nil */
        const struct value *fields;     /* structs, as the type orders them */
        const struct value *pointed_to; /* pointers; NULL: nil */
    };
};

struct value_list {
    struct value *items;
    size_t len;
    struct value_room *room; /* shared by lists that may grow in place, or NULL */
};

struct value_entry {
    struct value key;
    struct value value;
};

struct value_map {
    struct value_entry *entries; /* sorted by key */
    size_t len;
    size_t cap;
};

extern const struct value_type type_any; /* interface {} */
extern const struct value_type type_bool;
extern const struct value_type type_int;
extern const struct value_type type_int64;
extern const struct value_type type_uint8;
extern const struct value_type type_uint64;
extern const struct value_type type_float64;
extern const struct value_type type_complex128;
extern const struct value_type type_string;
extern const struct value_type type_list;    /* []interface {} */
extern const struct value_type type_lists;   /* [][]interface {} */
extern const struct value_type type_strings; /* []string */
extern const struct value_type type_ints;    /* []int */
extern const struct value_type type_dict;    /* map[string]interface {} */
extern const struct value_type type_string_map;

/* Plain values. */
struct value value_none(void);
struct value value_nil(void);
struct value value_bool(bool truth);
struct value value_int(int64_t integer);
struct value value_int64(int64_t integer);
struct value value_float(double real);
struct value value_text(struct span text); /* not copied */
struct value value_texts(const char *text);

/* A list of LEN elements to be filled by the caller through items; fails only
 * on the budget. */
int value_new_list(struct budget *budget, const struct value_type *type, size_t len,
                   struct value *ret, struct err *err);

/* LIST with ITEM behind it, in amortised constant time; LIST stays as it is. */
int value_append(struct budget *budget, struct value list, struct value item, struct value *ret,
                 struct err *err);

/* The part [from, to) of a list, sharing its elements. */
int value_sublist(struct budget *budget, struct value list, size_t from, size_t to,
                  struct value *ret, struct err *err);

/* An empty map of TYPE that is not nil. */
int value_new_map(struct budget *budget, const struct value_type *type, struct value *ret,
                  struct err *err);

/* Adds or replaces. A nil map fails as in Go. */
int value_put(struct budget *budget, struct value map, struct value key, struct value item,
              struct err *err);
int value_put_text(struct budget *budget, struct value map, const char *key, struct value item,
                   struct err *err);
void value_remove(struct value map, struct value key);

/* The item, or NULL. */
const struct value *value_find(struct value map, struct value key);
const struct value *value_find_text(struct value map, struct span key);

/* Element I of a list, boxed if its static type asks for it. */
struct value value_at(struct value list, size_t i);
/* The item found in MAP under a key, boxed likewise. */
struct value value_in(const struct value_type *container, struct value item);

/* The field of that name, also of an embedded struct. */
bool value_find_field(struct value strct, struct span name, struct value *ret);

static inline enum value_kind value_kind(struct value value)
{
    return value.type ? value.type->kind : VALUE_INVALID;
}

/* Elements, entries or bytes; 0 of all other kinds. */
size_t value_len(struct value value);

/* Is it a nil interface, slice, map or pointer? */
bool value_is_nil(struct value value);

/* The static type's name: that of the interface for a boxed value. */
const char *value_static_name(struct value value);

static inline bool value_is(struct value value, const struct value_type *type)
{
    return value.type == type;
}

static inline struct value value_unboxed(struct value value)
{
    value.boxed = false;
    return value;
}

/* What text/template's if, and, or and not see. */
bool value_is_true(struct value value);

/* The order of map keys when they are printed or ranged over. */
int value_order(struct value a, struct value b);

/* Deep equality with types, as reflect.DeepEqual. Answers 1, 0, or -1 when the
 * budget does not suffice. */
int value_same(struct budget *budget, struct value a, struct value b, struct err *err);

/* What template_data of data.h is: the dot, and the memory that it lives in. */
struct template_data {
    struct budget budget;
    struct value root;
};

#endif
