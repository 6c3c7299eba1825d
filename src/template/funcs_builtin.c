#include "base/mem.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "template/fmt.h"
#include "template/funcs.h"

static int print(struct call *call)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(BUDGET_TEXT_MAX);
    if (fmt_print(call->budget, call->args, call->n_args, &text, call->err) != 0)
        return -1;
    return call_give_buf(call, &text);
}

static int println(struct call *call)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(BUDGET_TEXT_MAX);
    if (fmt_println(call->budget, call->args, call->n_args, &text, call->err) != 0)
        return -1;
    return call_give_buf(call, &text);
}

static int printf_(struct call *call)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(BUDGET_TEXT_MAX);
    if (fmt_printf(call->budget, call->args[0].text, call->args + 1, call->n_args - 1, &text,
                   call->err) != 0)
        return -1;
    return call_give_buf(call, &text);
}

static int not(struct call * call)
{
    *call->ret = value_bool(!value_is_true(call->args[0]));
    return 0;
}

/* A pointer becomes what it points to. */
static struct value follow(struct value value)
{
    if (value_kind(value) == VALUE_POINTER && value.pointed_to)
        return *value.pointed_to;
    return value;
}

static int len(struct call *call)
{
    struct value value = follow(call->args[0]);
    switch (value_kind(value)) {
    case VALUE_STRING:
    case VALUE_SLICE:
    case VALUE_MAP:
        *call->ret = value_int((int64_t)value_len(value));
        return 0;
    case VALUE_INVALID:
        return err_set(call->err, ERR_INVALID, "reflect: call of reflect.Value.Type on zero Value");
    case VALUE_INTERFACE:
        return err_set(call->err, ERR_INVALID, "len of nil pointer");
    default:
        return err_set(call->err, ERR_INVALID, "len of type %s", value.type->name);
    }
}

static int index_sequence(struct call *call, struct value value, struct value by, struct value *ret)
{
    size_t count = value_len(value);
    bool is_text = value_kind(value) == VALUE_STRING;
    if (value_kind(by) == VALUE_INVALID || value_kind(by) == VALUE_INTERFACE)
        return err_set(call->err, ERR_INVALID, "cannot index slice/array with nil");
    if (value_kind(by) < VALUE_INT || value_kind(by) > VALUE_UINT64)
        return err_set(call->err, ERR_INVALID, "cannot index slice/array with type %s",
                       by.type->name);
    if (by.integer < 0 || (uint64_t)by.integer > count)
        return err_set(call->err, ERR_INVALID, "index out of range: %lld", (long long)by.integer);
    size_t at = (size_t)by.integer;
    if (at == count)
        return err_set(call->err, ERR_INVALID, "reflect: %s index out of range",
                       is_text ? "string" : "slice");
    *ret = is_text
               ? (struct value){.type = &type_uint8, .natural = (unsigned char)value.text.data[at]}
               : value_at(value, at);
    return 0;
}

/* What a map has for a key that is not there. Structs that are items of maps
 * hold no structs, and have no methods that look behind their fields. */
static int give_zero(struct call *call, const struct value_type *type, struct value *ret)
{
    *ret = (struct value){.type = type, .boxed = type->kind == VALUE_INTERFACE};
    if (type->kind != VALUE_STRUCT)
        return 0;
    struct value *fields = budget_calloc(call->budget, type->n_fields, sizeof(*fields), call->err);
    if (!fields)
        return -1;
    for (size_t i = 0; i < type->n_fields; i++)
        fields[i].type = type->fields[i].type;
    ret->fields = fields;
    return 0;
}

static int index_map(struct call *call, struct value map, struct value by, struct value *ret)
{
    const struct value_type *key = map.type->key;
    if (value_kind(by) == VALUE_INVALID || value_kind(by) == VALUE_INTERFACE)
        return err_set(call->err, ERR_INVALID, "value is nil; should be of type %s", key->name);
    if (by.type != key)
        return err_set(call->err, ERR_INVALID, "value has type %s; should be %s", by.type->name,
                       key->name);
    const struct value *item = value_find(map, by);
    if (!item)
        return give_zero(call, map.type->elem, ret);
    *ret = value_in(map.type, *item);
    return 0;
}

static int index_(struct call *call)
{
    struct value value = call->args[0];
    if (!value.type || value_kind(value) == VALUE_INTERFACE)
        return err_set(call->err, ERR_INVALID, "index of untyped nil");
    for (size_t i = 1; i < call->n_args; i++) {
        if (value_kind(value) == VALUE_INTERFACE)
            return err_set(call->err, ERR_INVALID, "index of nil pointer");
        value = follow(value);
        int answer = 0;
        if (value_kind(value) == VALUE_SLICE || value_kind(value) == VALUE_STRING)
            answer = index_sequence(call, value, call->args[i], &value);
        else if (value_kind(value) == VALUE_MAP)
            answer = index_map(call, value, call->args[i], &value);
        else
            answer =
                err_set(call->err, ERR_INVALID, "can't index item of type %s", value.type->name);
        if (answer != 0)
            return -1;
    }
    *call->ret = value;
    return 0;
}

/* The arguments as one text, as html, js and urlquery see them: nil alone is
 * "<no value>", and pointers are followed. */
static int join_args(struct call *call, struct buf *text)
{
    struct value *args = budget_calloc(call->budget, call->n_args, sizeof(*args), call->err);
    if (!args)
        return -1;
    for (size_t i = 0; i < call->n_args; i++) {
        args[i] = follow(call->args[i]);
        if (!args[i].type || value_kind(args[i]) == VALUE_INTERFACE)
            args[i] = value_texts("<no value>");
    }
    return fmt_print(call->budget, args, call->n_args, text, call->err);
}

static int escape(struct call *call, void (*add)(struct span text, struct buf *out))
{
    CLEANUP(buf_finish) struct buf plain = BUF_INIT(BUDGET_TEXT_MAX);
    CLEANUP(buf_finish) struct buf escaped = BUF_INIT(BUDGET_TEXT_MAX);
    struct span ignored;
    if (join_args(call, &plain) != 0 ||
        budget_text_of(call->budget, &plain, &ignored, call->err) != 0)
        return -1;
    add(buf_span(&plain), &escaped);
    return call_give_buf(call, &escaped);
}

static void add_html(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.data[i]) {
        case '\0':
            utf8_encode(out, UTF8_REPLACEMENT);
            break;
        case '"':
            buf_adds(out, "&#34;");
            break;
        case '\'':
            buf_adds(out, "&#39;");
            break;
        case '&':
            buf_adds(out, "&amp;");
            break;
        case '<':
            buf_adds(out, "&lt;");
            break;
        case '>':
            buf_adds(out, "&gt;");
            break;
        default:
            buf_addc(out, text.data[i]);
            break;
        }
    }
}

static void add_js(struct span text, struct buf *out)
{
    while (text.len != 0) {
        uint32_t rune;
        bool valid;
        size_t len = utf8_decode_checked(text, &rune, &valid);
        if (rune == '\\' || rune == '\'' || rune == '"')
            buf_addf(out, "\\%c", (char)rune);
        else if (rune < ' ' || rune == '<' || rune == '>' || rune == '&' || rune == '=' ||
                 (rune > 0x7f && !unicode_is_print(rune)))
            buf_addf(out, "\\u%04X", rune);
        else
            buf_add(out, text.data, len);
        text = span_slice(text, len, text.len);
    }
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

static void add_query(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == ' ')
            buf_addc(out, '+');
        else if (is_unreserved(text.data[i]))
            buf_addc(out, text.data[i]);
        else
            buf_addf(out, "%%%02X", (unsigned)(unsigned char)text.data[i]);
    }
}

static int html(struct call *call)
{
    return escape(call, add_html);
}

static int js(struct call *call)
{
    return escape(call, add_js);
}

static int urlquery(struct call *call)
{
    return escape(call, add_query);
}

const struct func funcs_builtin[] = {
    {"and", "vv*", NULL},
    {"call", "vv*", NULL},
    {"html", "x*", html},
    {"index", "vv*", index_},
    {"js", "x*", js},
    {"len", "v", len},
    {"not", "v", not },
    {"or", "vv*", NULL},
    {"print", "x*", print},
    {"printf", "sx*", printf_},
    {"println", "x*", println},
    {"urlquery", "x*", urlquery},
    {0},
};
