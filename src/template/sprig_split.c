/* Sprig's functions between texts and lists of texts. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "template/convert.h"
#include "template/funcs.h"

/* Takes the next part off the front of *REST, as strings.Split cuts it: at the
 * separator, or after each rune if that is empty. False at the last part. */
static bool next_part(struct span *rest, struct span separator, struct span *ret)
{
    uint32_t rune;
    size_t skip = separator.len;
    ptrdiff_t found =
        separator.len != 0 ? span_find(*rest, separator) : (ptrdiff_t)utf8_decode(*rest, &rune);
    if (found < 0 || (separator.len == 0 && (size_t)found == rest->len)) {
        *ret = *rest;
        return false;
    }
    *ret = span_slice(*rest, 0, (size_t)found);
    *rest = span_slice(*rest, (size_t)found + skip, rest->len);
    return true;
}

/* How many parts there are, at most LIMIT. */
static size_t count_parts(struct span text, struct span separator, size_t limit)
{
    struct span part;
    size_t count = 1;
    if (limit == 0 || (separator.len == 0 && text.len == 0))
        return 0;
    while (count < limit && next_part(&text, separator, &part))
        count++;
    return count;
}

/* The parts as a []string; LIMIT is the most that there can be. */
static int split_text(struct call *call, struct span text, struct span separator, size_t limit,
                      struct value *ret)
{
    if (call_take(call, text.len / 8) != 0)
        return -1;
    size_t count = count_parts(text, separator, limit);
    if (budget_check_list(count, call->err) != 0 ||
        value_new_list(call->budget, &type_strings, count, ret, call->err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct span part = text;
        if (i + 1 < count)
            next_part(&text, separator, &part);
        ret->list->items[i] = value_text(part);
    }
    return 0;
}

static int split_list(struct call *call)
{
    return split_text(call, call->args[1].text, call->args[0].text, SIZE_MAX, call->ret);
}

/* The parts under the keys _0, _1 … */
static int split_to_map(struct call *call, struct span text, struct span separator, size_t limit)
{
    struct value parts;
    if (split_text(call, text, separator, limit, &parts) != 0 ||
        value_new_map(call->budget, &type_string_map, call->ret, call->err) != 0)
        return -1;
    for (size_t i = 0; i < value_len(parts); i++) {
        char key[32];
        struct span copy;
        snprintf(key, sizeof(key), "_%zu", i);
        if (budget_text(call->budget, span_of(key), &copy, call->err) != 0 ||
            value_put(call->budget, *call->ret, value_text(copy), parts.list->items[i],
                      call->err) != 0)
            return -1;
    }
    return 0;
}

static int split(struct call *call)
{
    return split_to_map(call, call->args[1].text, call->args[0].text, SIZE_MAX);
}

static int splitn(struct call *call)
{
    int64_t limit = call->args[1].integer;
    return split_to_map(call, call->args[2].text, call->args[0].text,
                        limit < 0 ? SIZE_MAX : (size_t)limit);
}

static int join(struct call *call)
{
    struct value texts;
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    if (convert_texts(call, call->args[1], &texts) != 0)
        return -1;
    for (size_t i = 0; i < value_len(texts) && !buf_overflowed(&out); i++) {
        if (i > 0)
            buf_add_span(&out, call->args[0].text);
        buf_add_span(&out, texts.list->items[i].text);
    }
    return call_give_buf(call, &out);
}

static int to_string(struct call *call)
{
    struct span text;
    if (convert_text(call, call->args[0], &text) != 0)
        return -1;
    return call_give_text(call, text);
}

static int to_strings(struct call *call)
{
    return convert_texts(call, call->args[0], call->ret);
}

static int compare_texts(const void *a, const void *b)
{
    return span_compare(((const struct value *)a)->text, ((const struct value *)b)->text);
}

/* Steps for sorting: the bytes that comparisons may read. */
static int take_sort_steps(struct call *call, struct value texts)
{
    size_t bytes = 0, rounds = 1;
    for (size_t i = 0; i < value_len(texts); i++)
        bytes += texts.list->items[i].text.len + sizeof(struct value);
    for (size_t n = value_len(texts); n > 1; n /= 2)
        rounds++;
    return budget_take_bytes(call->budget, bytes * rounds, call->err);
}

/* Sorts a copy. (In Go a []string is itself sorted.) */
static int sort_alpha(struct call *call)
{
    struct value texts, list = call->args[0];
    if (value_kind(list) != VALUE_SLICE) {
        struct span text;
        if (convert_text(call, list, &text) != 0 ||
            value_new_list(call->budget, &type_strings, 1, call->ret, call->err) != 0)
            return -1;
        call->ret->list->items[0] = value_text(text);
        return 0;
    }
    if (convert_texts(call, list, &texts) != 0 || take_sort_steps(call, texts) != 0)
        return -1;
    size_t count = value_len(texts);
    if (value_new_list(call->budget, &type_strings, count, call->ret, call->err) != 0)
        return -1;
    if (count != 0) {
        memcpy(call->ret->list->items, texts.list->items, count * sizeof(struct value));
        qsort(call->ret->list->items, count, sizeof(struct value), compare_texts);
    }
    return 0;
}

/* The last blank in TEXT, or -1. */
static ptrdiff_t last_blank(struct span text)
{
    const char *found = text.len != 0 ? memrchr(text.data, ' ', text.len) : NULL;
    return found ? found - text.data : -1;
}

struct wrapping {
    size_t width;
    struct span newline;
    bool cuts_words;
};

/* Adds one line of what is too long for one, and takes it off *REST. */
static void wrap_line(const struct wrapping *how, struct span *rest, struct buf *out)
{
    ptrdiff_t blank = last_blank(span_slice(*rest, 0, how->width + 1));
    size_t skip = 1, len = how->width;
    if (blank >= 0) {
        len = (size_t)blank;
    } else if (how->cuts_words) {
        skip = 0;
    } else {
        struct span more = span_slice(*rest, how->width, rest->len);
        ptrdiff_t next = span_find_byte(more, ' ');
        if (next < 0) {
            buf_add_span(out, *rest);
            *rest = (struct span){0};
            return;
        }
        len += (size_t)next;
    }
    buf_add_span(out, span_slice(*rest, 0, len));
    buf_add_span(out, how->newline);
    *rest = span_slice(*rest, len + skip, rest->len);
}

static int wrap_text(struct call *call, int64_t width, struct span newline, bool cuts_words,
                     struct span text)
{
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    struct wrapping how = {
        .width = width < 1                 ? 1
                 : width > BUDGET_TEXT_MAX ? BUDGET_TEXT_MAX
                                           : (size_t)width,
        .newline = newline.len != 0 ? newline : SPAN_LITERAL("\n"),
        .cuts_words = cuts_words,
    };
    if (call_take(call, text.len) != 0)
        return -1;
    while (text.len > how.width && !buf_overflowed(&out)) {
        if (text.data[0] == ' ')
            text = span_slice(text, 1, text.len);
        else
            wrap_line(&how, &text, &out);
    }
    buf_add_span(&out, text);
    return call_give_buf(call, &out);
}

static int wrap(struct call *call)
{
    return wrap_text(call, call->args[0].integer, SPAN_LITERAL("\n"), false, call->args[1].text);
}

static int wrap_with(struct call *call)
{
    return wrap_text(call, call->args[0].integer, call->args[1].text, true, call->args[2].text);
}

const struct func funcs_split[] = {
    {"join", "sx", join},           {"sortAlpha", "x", sort_alpha},
    {"split", "ss", split},         {"splitList", "ss", split_list},
    {"splitn", "sis", splitn},      {"toString", "x", to_string},
    {"toStrings", "x", to_strings}, {"wrap", "is", wrap},
    {"wrapWith", "iss", wrap_with}, {0},
};
