#include "template/json_encode.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "template/fmt.h"

enum {
    FLOAT_PLAIN_FROM = -6, /* powers of ten that are written without exponent */
    FLOAT_PLAIN_TO = 21,
};

struct encoder {
    struct budget *budget;
    struct json_encode_style style;
    struct buf *out;
    struct err *err;
    size_t depth;
};

static int encode(struct encoder *e, struct value value);

static void add_rune(struct encoder *e, uint32_t rune, struct span bytes)
{
    static const char letters[] = "btn\0fr"; /* of 0x08 to 0x0d */
    bool html = rune == '<' || rune == '>' || rune == '&';
    if (rune == '"' || rune == '\\')
        buf_addf(e->out, "\\%c", (char)rune);
    else if (rune >= 0x08 && rune <= 0x0d && rune != 0x0b)
        buf_addf(e->out, "\\%c", letters[rune - 0x08]);
    else if (rune < ' ' || (html && e->style.escapes_html) || rune == 0x2028 || rune == 0x2029)
        buf_addf(e->out, "\\u%04x", rune);
    else
        buf_add_span(e->out, bytes);
}

static void add_text(struct encoder *e, struct span text)
{
    buf_addc(e->out, '"');
    while (text.len != 0 && !buf_overflowed(e->out)) {
        uint32_t rune;
        bool valid;
        size_t len = utf8_decode_checked(text, &rune, &valid);
        if (valid)
            add_rune(e, rune, span_slice(text, 0, len));
        else
            buf_adds(e->out, "\\ufffd");
        text = span_slice(text, len, text.len);
    }
    buf_addc(e->out, '"');
}

static void add_newline(struct encoder *e)
{
    if (!e->style.indents)
        return;
    buf_addc(e->out, '\n');
    for (size_t i = 0; i < e->depth; i++)
        buf_adds(e->out, "  ");
}

/* Between two elements, or before the first one. */
static void add_separator(struct encoder *e, bool first)
{
    if (!first)
        buf_addc(e->out, ',');
    add_newline(e);
}

static void add_key(struct encoder *e, struct span key)
{
    add_text(e, key);
    buf_adds(e->out, e->style.indents ? ": " : ":");
}

/* After the last element of a container that has some. */
static void close_container(struct encoder *e, bool empty, char sign)
{
    e->depth--;
    if (!empty)
        add_newline(e);
    buf_addc(e->out, sign);
}

static int encode_list(struct encoder *e, struct value list)
{
    buf_addc(e->out, '[');
    e->depth++;
    for (size_t i = 0; i < value_len(list); i++) {
        add_separator(e, i == 0);
        int answer = encode(e, list.list->items[i]);
        if (answer != 0)
            return answer;
    }
    close_container(e, value_len(list) == 0, ']');
    return 0;
}

static int encode_map(struct encoder *e, struct value map)
{
    buf_addc(e->out, '{');
    e->depth++;
    for (size_t i = 0; i < value_len(map); i++) {
        add_separator(e, i == 0);
        add_key(e, map.map->entries[i].key.text);
        int answer = encode(e, map.map->entries[i].value);
        if (answer != 0)
            return answer;
    }
    close_container(e, value_len(map) == 0, '}');
    return 0;
}

static bool is_exported(const struct value_field *field)
{
    return field->name[0] >= 'A' && field->name[0] <= 'Z';
}

/* The exported fields, those of embedded structs in their place. */
static int encode_fields(struct encoder *e, struct value strct, bool *any)
{
    for (size_t i = 0; i < strct.type->n_fields; i++) {
        const struct value_field *field = &strct.type->fields[i];
        struct value value = strct.fields[i];
        int answer = 0;
        if (field->embedded) {
            answer = encode_fields(e, value, any);
        } else if (is_exported(field) && (!field->json || value_is_true(value))) {
            add_separator(e, !*any);
            add_key(e, span_of(field->json ? field->json : field->name));
            *any = true;
            answer = encode(e, value);
        }
        if (answer != 0)
            return answer;
    }
    return 0;
}

static int encode_struct(struct encoder *e, struct value strct)
{
    bool any = false;
    buf_addc(e->out, '{');
    e->depth++;
    int answer = encode_fields(e, strct, &any);
    if (answer == 0)
        close_container(e, !any, '}');
    return answer;
}

static int unsupported_type(struct encoder *e, struct value value)
{
    err_set(e->err, ERR_INVALID, "json: unsupported type: %s", value.type->name);
    return 1;
}

static int encode_float(struct encoder *e, double real)
{
    if (isfinite(real)) {
        fmt_add_float(real, FLOAT_PLAIN_FROM, FLOAT_PLAIN_TO, e->out);
        return 0;
    }
    err_set(e->err, ERR_INVALID, "json: unsupported value: %s",
            isnan(real) ? "NaN"
            : real > 0  ? "+Inf"
                        : "-Inf");
    return 1;
}

/* A type with a JSON form of its own, which is a text. */
static void add_own_form(struct encoder *e, struct value value)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(BUDGET_TEXT_MAX);
    value.type->json(&value, &text);
    add_text(e, buf_span(&text));
}

static int encode_composite(struct encoder *e, struct value value)
{
    if (value_kind(value) == VALUE_MAP && value.type->key->kind != VALUE_STRING)
        return unsupported_type(e, value);
    if (value_is_nil(value)) {
        buf_adds(e->out, "null");
        return 0;
    }
    switch (value_kind(value)) {
    case VALUE_SLICE:
        return encode_list(e, value);
    case VALUE_MAP:
        return encode_map(e, value);
    case VALUE_POINTER:
        return encode(e, *value.pointed_to);
    default:
        return encode_struct(e, value);
    }
}

static int encode(struct encoder *e, struct value value)
{
    if (budget_check_depth(e->depth, e->err) != 0 || budget_take(e->budget, 1, e->err) != 0)
        return -1;
    if (value.type && value.type->json) {
        add_own_form(e, value);
        return 0;
    }
    switch (value_kind(value)) {
    case VALUE_INVALID:
    case VALUE_INTERFACE:
        buf_adds(e->out, "null");
        return 0;
    case VALUE_BOOL:
        buf_adds(e->out, value.truth ? "true" : "false");
        return 0;
    case VALUE_INT:
    case VALUE_INT64:
        buf_addf(e->out, "%lld", (long long)value.integer);
        return 0;
    case VALUE_UINT8:
    case VALUE_UINT64:
        buf_addf(e->out, "%llu", (unsigned long long)value.natural);
        return 0;
    case VALUE_FLOAT64:
        return encode_float(e, value.real);
    case VALUE_STRING:
        add_text(e, value.text);
        return 0;
    case VALUE_COMPLEX128:
        return unsupported_type(e, value);
    case VALUE_SLICE:
    case VALUE_MAP:
    case VALUE_STRUCT:
    case VALUE_POINTER:
        break;
    }
    return encode_composite(e, value);
}

int json_encode(struct budget *budget, struct value value, struct json_encode_style style,
                struct buf *out, struct err *err)
{
    struct encoder e = {.budget = budget, .style = style, .out = out, .err = err};
    return encode(&e, value);
}
