#include "registry/link_header.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* What is left to read. */
struct reader {
    struct span rest;
};

static struct span take(struct reader *reader, size_t len)
{
    struct span taken = span_slice(reader->rest, 0, len);
    reader->rest = span_slice(reader->rest, len, reader->rest.len);
    return taken;
}

static bool take_byte(struct reader *reader, char byte)
{
    reader->rest = span_trim(reader->rest);
    if (reader->rest.len == 0 || reader->rest.data[0] != byte)
        return false;
    take(reader, 1);
    return true;
}

static struct span take_until(struct reader *reader, const char *stops)
{
    size_t len = 0;
    while (len < reader->rest.len && !strchr(stops, reader->rest.data[len]))
        len++;
    return span_trim(take(reader, len));
}

/* The inside of a quoted string whose first quote is taken already. An escaped
 * quote ends nothing; no relation type has one. */
static struct span take_quoted(struct reader *reader)
{
    size_t len = 0;
    while (len < reader->rest.len && reader->rest.data[len] != '"')
        len += reader->rest.data[len] == '\\' ? 2 : 1;
    struct span inside = take(reader, len);
    take_byte(reader, '"');
    return inside;
}

/* Is "next" one of the relation types, which blanks separate? */
static bool names_next(struct span types)
{
    for (struct span type; span_next(&types, ' ', &type);) {
        if (type.len == 4 && strncasecmp(type.data, "next", type.len) == 0)
            return true;
    }
    return false;
}

/* Reads the parameters of one link. */
static bool is_next(struct reader *reader)
{
    bool has_rel = false, next = false;
    while (take_byte(reader, ';')) {
        struct span name = take_until(reader, "=;,");
        struct span value = {0};
        if (take_byte(reader, '='))
            value = take_byte(reader, '"') ? take_quoted(reader) : take_until(reader, ";,");
        if (!has_rel && name.len == 3 && strncasecmp(name.data, "rel", name.len) == 0) {
            has_rel = true;
            next = names_next(value);
        }
    }
    return next || !has_rel;
}

int link_header_next(struct span header, struct span *ret_reference, struct err *err)
{
    struct reader reader = {span_trim(header)};
    do {
        if (!take_byte(&reader, '<'))
            return err_set(err, ERR_INVALID, "failed to parse link header: missing '<'");
        struct span reference = take_until(&reader, ">");
        if (!take_byte(&reader, '>'))
            return err_set(err, ERR_INVALID, "failed to parse link header: missing '>'");
        if (is_next(&reader)) {
            *ret_reference = reference;
            return 1;
        }
    } while (take_byte(&reader, ','));
    return 0;
}
