#include "template/convert.h"

#include "base/mem.h"
#include "base/number.h"
#include "template/fmt.h"
#include "template/literal.h"
#include "template/types.h"

int convert_text(struct call *call, struct value value, struct span *ret)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(BUDGET_TEXT_MAX);
    if (value_kind(value) == VALUE_STRING) {
        *ret = value.text;
        return 0;
    }
    if (fmt_value(call->budget, value, &text, call->err) != 0)
        return -1;
    return budget_text_of(call->budget, &text, ret, call->err);
}

static bool is_nil(struct value value)
{
    return !value.type || value_kind(value) == VALUE_INTERFACE;
}

int convert_texts(struct call *call, struct value value, struct value *ret)
{
    bool is_list = value_kind(value) == VALUE_SLICE;
    size_t count = is_list ? value_len(value) : 1, len = 0;
    if (value_is(value, &type_strings)) {
        *ret = value;
        return 0;
    }
    if (value_new_list(call->budget, &type_strings, count, ret, call->err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct value item = is_list ? value.list->items[i] : value;
        struct span text;
        if (is_nil(item))
            continue;
        if (convert_text(call, item, &text) != 0)
            return -1;
        ret->list->items[len++] = value_text(text);
    }
    ret->list->len = len;
    return 0;
}

/* As Go does on most machines: what does not fit is the least number. */
static int64_t truncate_float(double real)
{
    return real >= -0x1p63 && real < 0x1p63 ? (int64_t)real : INT64_MIN;
}

/* "1.00" without its tail; "1.50", "1." and "100" stay. */
static struct span without_zero_fraction(struct span text)
{
    size_t len = text.len;
    while (len > 0 && text.data[len - 1] == '0')
        len--;
    bool tail = len > 0 && len < text.len && text.data[len - 1] == '.';
    return tail ? span_slice(text, 0, len - 1) : text;
}

int64_t convert_integer(struct value value)
{
    int64_t integer;
    switch (value_kind(value)) {
    case VALUE_INT:
    case VALUE_INT64:
    case VALUE_UINT8:
    case VALUE_UINT64:
        /* The library does not know this one of Go's named integers. */
        return value_is(value, &type_duration) ? 0 : value.integer;
    case VALUE_BOOL:
        return value.truth;
    case VALUE_FLOAT64:
        return truncate_float(value.real);
    case VALUE_STRING:
        if (literal_read_integer(without_zero_fraction(value.text), 0, &integer) == LITERAL_OK)
            return integer;
        return 0;
    default:
        return 0;
    }
}

double convert_float(struct value value)
{
    double real;
    switch (value_kind(value)) {
    case VALUE_BOOL:
        return value.truth;
    case VALUE_INT:
    case VALUE_INT64:
        return value_is(value, &type_duration) ? 0 : (double)value.integer;
    case VALUE_UINT8:
    case VALUE_UINT64:
        return (double)value.natural;
    case VALUE_FLOAT64:
        return value.real;
    case VALUE_STRING:
        return number_parse_float(value.text, &real, NULL) == 0 ? real : 0;
    default:
        return 0;
    }
}

bool convert_is_empty(struct value value)
{
    return !value_is_true(value);
}

const char *convert_kind_name(struct value value)
{
    static const char *const names[] = {
        [VALUE_INVALID] = "invalid",       [VALUE_BOOL] = "bool",         [VALUE_INT] = "int",
        [VALUE_INT64] = "int64",           [VALUE_UINT8] = "uint8",       [VALUE_UINT64] = "uint64",
        [VALUE_FLOAT64] = "float64",       [VALUE_STRING] = "string",     [VALUE_SLICE] = "slice",
        [VALUE_COMPLEX128] = "complex128", [VALUE_MAP] = "map",           [VALUE_STRUCT] = "struct",
        [VALUE_POINTER] = "ptr",           [VALUE_INTERFACE] = "invalid",
    };
    return names[value_kind(value)];
}

int convert_is_list(struct call *call, struct value value)
{
    if (is_nil(value))
        return call_fail_nil(call);
    return value_kind(value) == VALUE_SLICE;
}
