/* JSON with ' in place of ", for the tables of tests. */
#ifndef TIDEMARK_TESTS_READ_JSON_H
#define TIDEMARK_TESTS_READ_JSON_H

#include "adapt/json.h"
#include "base/mem.h"
#include "base/str.h"

#include "test.h"

/* The value, to be freed. */
static inline struct json *read_json(const char *text)
{
    CLEANUP(mem_freep) char *copy = str_dup(text);
    struct json *value = NULL;
    struct err err;
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    check_ok(text, json_parse(span_of(copy), &value, &err), &err);
    return value;
}

#endif
