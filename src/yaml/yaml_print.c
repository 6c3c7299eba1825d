#include "yaml/yaml_print.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "yaml/yaml_key.h"
#include "yaml/yaml_plain.h"

enum {
    INDENT = 2,
    WIDTH = 80,           /* a blank behind this column may become a line end */
    SIMPLE_KEY_MAX = 128, /* bytes of a key that stands on one line with its value */
};

struct printer {
    struct buf *out;
    size_t column; /* characters on the line so far */
};

/* Where a value is written. */
struct spot {
    size_t indent;  /* of the collection that holds it */
    bool is_inline; /* a nested collection begins on this line, behind `- ` or `: ` */
};

static void put_span(struct printer *p, struct span text)
{
    buf_add_span(p->out, text);
    p->column += utf8_count(text);
}

static void put(struct printer *p, const char *text)
{
    put_span(p, span_of(text));
}

static void new_line(struct printer *p)
{
    buf_addc(p->out, '\n');
    p->column = 0;
}

/* Goes to column INDENT, on a line of its own unless nothing stands before it. */
static void start_line(struct printer *p, size_t indent)
{
    if (p->column > indent)
        new_line(p);
    while (p->column < indent)
        put(p, " ");
}

static bool is_space_at(struct span text, size_t at)
{
    return at < text.len && text.data[at] == ' ';
}

/* Whether the blank at AT may become a line end: it is the first of its run,
 * inside the text, and far enough to the right. */
static bool may_fold(const struct printer *p, struct span text, size_t at)
{
    return p->column > WIDTH && is_space_at(text, at) && at > 0 && at + 1 < text.len &&
           !is_space_at(text, at - 1);
}

/* The bytes from AT up to the next of the set, or the end. */
static struct span run_until(struct span text, size_t at, const char *set)
{
    size_t end = at;
    while (end < text.len && !strchr(set, text.data[end]))
        end++;
    return span_slice(text, at, end);
}

static void print_plain(struct printer *p, struct span text, size_t indent, bool fold)
{
    for (size_t at = 0; at < text.len;) {
        struct span run = run_until(text, at, " ");
        put_span(p, run);
        at += run.len;
        if (at == text.len)
            return;
        if (fold && may_fold(p, text, at) && !is_space_at(text, at + 1))
            start_line(p, indent);
        else
            put(p, " ");
        at++;
    }
}

static void print_single_quoted(struct printer *p, struct span text, size_t indent, bool fold)
{
    put(p, "'");
    for (size_t at = 0; at < text.len;) {
        struct span run = run_until(text, at, " '");
        put_span(p, run);
        at += run.len;
        if (at == text.len)
            break;
        if (text.data[at] == '\'')
            put(p, "''");
        else if (fold && may_fold(p, text, at) && !is_space_at(text, at + 1))
            start_line(p, indent);
        else
            put(p, " ");
        at++;
    }
    put(p, "'");
}

static void put_escape(struct printer *p, uint32_t rune)
{
    static const struct {
        uint32_t rune;
        const char *escape;
    } short_forms[] = {
        {0x07, "\\a"}, {0x08, "\\b"},   {'\t', "\\t"},   {'\n', "\\n"}, {0x0b, "\\v"},
        {0x0c, "\\f"}, {'\r', "\\r"},   {0x1b, "\\e"},   {'"', "\\\""}, {'\\', "\\\\"},
        {0x85, "\\N"}, {0x2028, "\\L"}, {0x2029, "\\P"},
    };
    for (size_t i = 0; i < ARRAY_LEN(short_forms); i++) {
        if (short_forms[i].rune == rune) {
            put(p, short_forms[i].escape);
            return;
        }
    }
    char escape[16];
    if (rune <= 0xff)
        snprintf(escape, sizeof(escape), "\\x%02" PRIX32, rune);
    else if (rune <= 0xffff)
        snprintf(escape, sizeof(escape), "\\u%04" PRIX32, rune);
    else
        snprintf(escape, sizeof(escape), "\\U%08" PRIX32, rune);
    put(p, escape);
}

static void print_double_quoted(struct printer *p, struct span text, size_t indent, bool fold)
{
    put(p, "\"");
    for (size_t at = 0; at < text.len;) {
        uint32_t rune;
        size_t len = utf8_decode(span_slice(text, at, text.len), &rune);
        struct span one = span_slice(text, at, at + len);
        if (rune == ' ' && fold && may_fold(p, text, at)) {
            start_line(p, indent);
            if (is_space_at(text, at + 1))
                put(p, "\\"); /* or the blanks would be taken for indent */
        } else if (rune == '"' || rune == '\\' || !yaml_plain_printable(one)) {
            put_escape(p, rune);
        } else {
            put_span(p, one);
        }
        at += len;
    }
    put(p, "\"");
}

static void print_literal(struct printer *p, struct span text, size_t indent)
{
    put(p, "|");
    if (text.data[0] == ' ' || text.data[0] == '\n')
        put(p, "2"); /* INDENT: the first line does not show it */
    if (!span_ends_with(text, "\n"))
        put(p, "-");
    else if (text.len == 1 || span_ends_with(text, "\n\n"))
        put(p, "+");
    new_line(p);
    for (size_t at = 0; at < text.len; at++) {
        struct span line = run_until(text, at, "\n");
        if (line.len != 0) {
            start_line(p, indent);
            put_span(p, line);
        }
        at += line.len;
        if (at < text.len)
            new_line(p);
    }
}

/* Whether a text of several lines reads back from a literal block. */
static bool fits_literal(struct span text)
{
    for (struct span line; span_next(&text, '\n', &line);) {
        if (!yaml_plain_printable(line) || span_ends_with(line, " "))
            return false;
    }
    return true;
}

/* Whether TEXT would be taken for something else if it were plain. */
static bool reads_as_other(struct span text, bool key)
{
    return yaml_plain_kind(text) != YAML_PLAIN_STRING || (key && span_is(text, "<<"));
}

/* INDENT is that of further lines. KEY: it must stay on one line. */
static void print_text(struct printer *p, struct span text, size_t indent, bool key)
{
    bool many_lines = span_find_byte(text, '\n') >= 0;
    if (many_lines && !key && fits_literal(text))
        print_literal(p, text, indent);
    else if (many_lines || !yaml_plain_printable(text) || reads_as_other(text, key))
        print_double_quoted(p, text, indent, !key);
    else if (!yaml_plain_fits(text, false))
        print_single_quoted(p, text, indent, !key);
    else
        print_plain(p, text, indent, !key);
}

void yaml_print_real(double value, struct buf *ret)
{
    if (nearbyint(value) == value && fabs(value) < 1e15) {
        buf_addf(ret, "%.0f", value);
        return;
    }
    char text[32];
    int digits = 1;
    for (; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*e", digits - 1, value);
        if (strtod(text, NULL) == value)
            break;
    }
    long exponent = strtol(strchr(text, 'e') + 1, NULL, 10);
    if (exponent < -4 || exponent >= 6) {
        buf_adds(ret, text);
        return;
    }
    int decimals = digits - 1 - (int)exponent;
    buf_addf(ret, "%.*f", decimals > 0 ? decimals : 0, value);
}

static void print_scalar(struct printer *p, const struct json *value, size_t indent)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(64);
    double real;
    switch (json_kind(value)) {
    case JSON_KIND_STRING:
        print_text(p, json_span(value), indent, false);
        return;
    case JSON_KIND_REAL:
        json_number(value, &real);
        yaml_print_real(real, &text);
        break;
    case JSON_KIND_NULL:
        buf_adds(&text, "null");
        break;
    default: /* true, 12, []: the same in JSON */
        json_print(value, JSON_STYLE_COMPACT, &text);
        break;
    }
    put_span(p, buf_span(&text));
}

static void print_value(struct printer *p, const struct json *value, struct spot spot);

static void print_sequence(struct printer *p, const struct json *array, size_t indent)
{
    for (size_t i = 0; i < json_count(array); i++) {
        start_line(p, indent);
        put(p, "-");
        print_value(p, json_at(array, i), (struct spot){.indent = indent, .is_inline = true});
    }
}

static bool is_simple_key(struct span key)
{
    return key.len <= SIMPLE_KEY_MAX && span_find_byte(key, '\n') < 0 &&
           span_find_byte(key, '\r') < 0;
}

static void print_mapping(struct printer *p, const struct json *object, size_t indent)
{
    CLEANUP(mem_freep) const char **keys = yaml_key_sorted(object);
    for (size_t i = 0; i < json_count(object); i++) {
        struct span key = span_of(keys[i]);
        bool simple = is_simple_key(key);
        start_line(p, indent);
        if (!simple) {
            put(p, "? ");
            print_text(p, key, indent + INDENT, false);
            start_line(p, indent);
        } else {
            print_text(p, key, indent, true);
        }
        put(p, ":");
        print_value(p, json_member(object, keys[i]),
                    (struct spot){.indent = indent, .is_inline = !simple});
    }
}

/* Writes VALUE behind the `-` or `:` that the caller wrote. */
static void print_value(struct printer *p, const struct json *value, struct spot spot)
{
    enum json_kind kind = json_kind(value);
    bool is_collection = kind == JSON_KIND_ARRAY || kind == JSON_KIND_OBJECT;
    if (!is_collection || json_count(value) == 0) {
        put(p, " ");
        print_scalar(p, value, spot.indent + INDENT);
        return;
    }
    if (!spot.is_inline)
        new_line(p);
    if (kind == JSON_KIND_OBJECT)
        print_mapping(p, value, spot.indent + INDENT);
    else
        print_sequence(p, value, spot.is_inline ? spot.indent + INDENT : spot.indent);
}

void yaml_print_document(const struct json *value, struct buf *ret)
{
    struct printer p = {.out = ret};
    buf_adds(ret, "---\n");
    if (json_kind(value) == JSON_KIND_OBJECT && json_count(value) != 0)
        print_mapping(&p, value, 0);
    else if (json_kind(value) == JSON_KIND_ARRAY && json_count(value) != 0)
        print_sequence(&p, value, 0);
    else
        print_scalar(&p, value, INDENT);
    if (p.column != 0)
        new_line(&p);
}
