/* Sprig's functions on texts: cutting, searching, padding. */
#include <string.h>

#include "base/mem.h"
#include "base/quote.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "template/convert.h"
#include "template/fmt.h"
#include "template/funcs.h"

enum {
    ABBREV_MIN = 4,        /* one byte and the dots */
    ABBREV_BOTH_MIN = 7,   /* dots on both sides */
    ABBREV_NEAR_START = 4, /* offsets up to here are not worth dots in front */
    DOTS = 3,
};

static struct span text_arg(const struct call *call, size_t i)
{
    return call->args[i].text;
}

static int64_t int_arg(const struct call *call, size_t i)
{
    return call->args[i].integer;
}

/* The rune that TEXT ends in, and its length. */
static size_t last_rune(struct span text, uint32_t *ret)
{
    size_t start = text.len - 1;
    bool valid = false;
    /* A rune has at most four bytes; what is none is one bad byte. */
    while (start > 0 && text.len - start < 4 && ((unsigned char)text.data[start] & 0xc0) == 0x80)
        start--;
    size_t len = utf8_decode_checked(span_slice(text, start, text.len), ret, &valid);
    if (valid && start + len == text.len)
        return len;
    *ret = UTF8_REPLACEMENT;
    return 1;
}

static bool has_rune(struct span set, uint32_t rune)
{
    while (set.len != 0) {
        uint32_t member;
        size_t len = utf8_decode(set, &member);
        if (member == rune)
            return true;
        set = span_slice(set, len, set.len);
    }
    return false;
}

/* Without the runes of CUT at both ends; NULL: white space. */
static struct span trim_runes(struct span text, const struct span *cut)
{
    uint32_t rune;
    for (size_t len; text.len != 0; text = span_slice(text, len, text.len)) {
        len = utf8_decode(text, &rune);
        if (cut ? !has_rune(*cut, rune) : !unicode_is_space(rune))
            break;
    }
    for (size_t len; text.len != 0; text = span_slice(text, 0, text.len - len)) {
        len = last_rune(text, &rune);
        if (cut ? !has_rune(*cut, rune) : !unicode_is_space(rune))
            break;
    }
    return text;
}

static int trim(struct call *call)
{
    return call_give_text(call, trim_runes(text_arg(call, 0), NULL));
}

static int trim_all(struct call *call)
{
    struct span cut = text_arg(call, 0), text = text_arg(call, 1);
    if (budget_take_bytes(call->budget, cut.len * text.len, call->err) != 0)
        return -1;
    return call_give_text(call, trim_runes(text, &cut));
}

static bool has_prefix(struct span text, struct span prefix)
{
    return span_equal(span_slice(text, 0, prefix.len), prefix);
}

static bool has_suffix(struct span text, struct span suffix)
{
    return text.len >= suffix.len &&
           span_equal(span_slice(text, text.len - suffix.len, text.len), suffix);
}

static int trim_prefix(struct call *call)
{
    struct span prefix = text_arg(call, 0), text = text_arg(call, 1);
    bool cut = has_prefix(text, prefix);
    return call_give_text(call, cut ? span_slice(text, prefix.len, text.len) : text);
}

static int trim_suffix(struct call *call)
{
    struct span suffix = text_arg(call, 0), text = text_arg(call, 1);
    bool cut = has_suffix(text, suffix);
    return call_give_text(call, cut ? span_slice(text, 0, text.len - suffix.len) : text);
}

static int has_prefix_(struct call *call)
{
    return call_give_bool(call, has_prefix(text_arg(call, 1), text_arg(call, 0)));
}

static int has_suffix_(struct call *call)
{
    return call_give_bool(call, has_suffix(text_arg(call, 1), text_arg(call, 0)));
}

/* Searching a text for another one takes longer than copying it. */
static int take_search_steps(struct call *call, struct span text)
{
    return call_take(call, text.len / 16);
}

static int contains(struct call *call)
{
    if (take_search_steps(call, text_arg(call, 1)) != 0)
        return -1;
    return call_give_bool(call, span_find(text_arg(call, 1), text_arg(call, 0)) >= 0);
}

/* text[from:to] of Go, with its faults. A TO of -1 stands for a missing one. */
static int substr(struct call *call)
{
    int64_t from = int_arg(call, 0), to = int_arg(call, 1);
    struct span text = text_arg(call, 2);
    int64_t len = (int64_t)text.len;
    static const char fault[] = "runtime error: slice bounds out of range";
    if (from < 0) {
        if (to < 0)
            return call_fail(call, "%s [:%lld]", fault, (long long)to);
        if (to > len)
            return call_fail(call, "%s [:%lld] with length %lld", fault, (long long)to,
                             (long long)len);
        from = 0;
    }
    if (to < 0 || to > len)
        to = len;
    if (from > to)
        return call_fail(call, "%s [%lld:%lld]", fault, (long long)from, (long long)to);
    return call_give_text(call, span_slice(text, (size_t)from, (size_t)to));
}

static int trunc_(struct call *call)
{
    int64_t count = int_arg(call, 0);
    struct span text = text_arg(call, 1);
    int64_t len = (int64_t)text.len;
    if (count >= 0 && count < len)
        text = span_slice(text, 0, (size_t)count);
    else if (count < 0 && count > -len)
        text = span_slice(text, (size_t)(len + count), text.len);
    return call_give_text(call, text);
}

/* At most WIDTH bytes with dots at the end. */
static void add_abbreviated(struct span text, size_t width, struct buf *out)
{
    if (text.len <= width) {
        buf_add_span(out, text);
    } else if (width >= ABBREV_MIN) {
        buf_add_span(out, span_slice(text, 0, width - DOTS));
        buf_adds(out, "...");
    }
}

static void add_abbreviated_both(struct span text, size_t offset, size_t width, struct buf *out)
{
    size_t room = width - DOTS;
    if (offset > text.len)
        offset = text.len;
    if (text.len - offset < room)
        offset = text.len - room;
    if (text.len <= width || offset <= ABBREV_NEAR_START) {
        add_abbreviated(text, width, out);
    } else if (offset + room < text.len) {
        buf_adds(out, "...");
        add_abbreviated(span_slice(text, offset, text.len), room, out);
    } else {
        buf_adds(out, "...");
        buf_add_span(out, span_slice(text, text.len - room, text.len));
    }
}

static int abbreviate(struct call *call, int64_t offset, int64_t width, struct span text)
{
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    if (width < ABBREV_MIN || (offset > 0 && width < ABBREV_BOTH_MIN) ||
        (uint64_t)width >= text.len)
        return call_give_text(call, text);
    add_abbreviated_both(text, offset > 0 ? (size_t)offset : 0, (size_t)width, &out);
    return call_give_buf(call, &out);
}

static int abbrev(struct call *call)
{
    return abbreviate(call, 0, int_arg(call, 0), text_arg(call, 1));
}

static int abbrevboth(struct call *call)
{
    return abbreviate(call, int_arg(call, 0), int_arg(call, 1), text_arg(call, 2));
}

/* Doubles what is there, so that short texts are fast too. */
static void add_copies(struct span text, size_t count, struct buf *out)
{
    size_t len = text.len * count;
    char *room = buf_reserve(out, len);
    if (!room)
        return;
    memcpy(room, text.data, text.len);
    for (size_t have = text.len; have < len; have *= 2)
        memcpy(room + have, room, have < len - have ? have : len - have);
    buf_added(out, len);
}

static int repeat(struct call *call)
{
    int64_t count = int_arg(call, 0);
    struct span text = text_arg(call, 1);
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    if (count < 0)
        return call_fail(call, "strings: negative Repeat count");
    if (text.len != 0 && count > (int64_t)(BUDGET_TEXT_MAX / text.len))
        buf_reserve(&out, SIZE_MAX);
    else if (text.len != 0 && count != 0)
        add_copies(text, (size_t)count, &out);
    return call_give_buf(call, &out);
}

static void add_replaced(struct span text, struct span old, struct span new, struct buf *out)
{
    while (!buf_overflowed(out)) {
        /* Nothing is found before and after every rune. */
        ptrdiff_t found = span_find(text, old);
        if (found < 0)
            break;
        buf_add_span(out, span_slice(text, 0, (size_t)found));
        buf_add_span(out, new);
        text = span_slice(text, (size_t)found + old.len, text.len);
        if (old.len != 0)
            continue;
        if (text.len == 0)
            break;
        uint32_t rune;
        size_t len = utf8_decode(text, &rune);
        buf_add_span(out, span_slice(text, 0, len));
        text = span_slice(text, len, text.len);
    }
    buf_add_span(out, text);
}

static int replace(struct call *call)
{
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    if (take_search_steps(call, text_arg(call, 2)) != 0)
        return -1;
    add_replaced(text_arg(call, 2), text_arg(call, 0), text_arg(call, 1), &out);
    return call_give_buf(call, &out);
}

/* FIRST, and then blanks before every line. */
static int indent_from(struct call *call, const char *first)
{
    int64_t blanks = int_arg(call, 0);
    CLEANUP(buf_finish) struct buf pad = BUF_INIT(BUDGET_TEXT_MAX);
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    if (blanks < 0)
        return call_fail(call, "strings: negative Repeat count");
    buf_addc(&pad, '\n');
    for (int64_t i = 0; i < blanks && !buf_overflowed(&pad); i++)
        buf_addc(&pad, ' ');
    if (buf_overflowed(&pad))
        return call_give_buf(call, &pad);
    buf_adds(&out, first);
    buf_add_span(&out, span_slice(buf_span(&pad), 1, pad.len));
    add_replaced(text_arg(call, 1), SPAN_LITERAL("\n"), buf_span(&pad), &out);
    return call_give_buf(call, &out);
}

static int indent(struct call *call)
{
    return indent_from(call, "");
}

static int nindent(struct call *call)
{
    return indent_from(call, "\n");
}

static int plural(struct call *call)
{
    return call_give(call, call->args[int_arg(call, 2) == 1 ? 0 : 1]);
}

static int hello(struct call *call)
{
    return call_give(call, value_texts("Hello!"));
}

static bool is_nil(struct value value)
{
    return !value.type || value_kind(value) == VALUE_INTERFACE;
}

/* The arguments that are not nil, each as ADD writes it, with blanks between. */
static int join_each(struct call *call,
                     int (*add)(struct call *call, struct value value, struct buf *out))
{
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    bool any = false;
    for (size_t i = 0; i < call->n_args; i++) {
        if (is_nil(call->args[i]))
            continue;
        if (any)
            buf_addc(&out, ' ');
        if (add(call, call->args[i], &out) != 0)
            return -1;
        any = true;
    }
    return call_give_buf(call, &out);
}

static int add_plain(struct call *call, struct value value, struct buf *out)
{
    return fmt_value(call->budget, value, out, call->err);
}

static int add_quoted(struct call *call, struct value value, struct buf *out)
{
    struct span text;
    if (convert_text(call, value, &text) != 0)
        return -1;
    quote_go(text, out);
    return 0;
}

static int add_single_quoted(struct call *call, struct value value, struct buf *out)
{
    buf_addc(out, '\'');
    int answer = fmt_value(call->budget, value, out, call->err);
    buf_addc(out, '\'');
    return answer;
}

static int cat(struct call *call)
{
    return join_each(call, add_plain);
}

static int quote(struct call *call)
{
    return join_each(call, add_quoted);
}

static int squote(struct call *call)
{
    return join_each(call, add_single_quoted);
}

const struct func funcs_strings[] = {
    {"abbrev", "is", abbrev},
    {"abbrevboth", "iis", abbrevboth},
    {"cat", "x*", cat},
    {"contains", "ss", contains},
    {"hasPrefix", "ss", has_prefix_},
    {"hasSuffix", "ss", has_suffix_},
    {"hello", "", hello},
    {"indent", "is", indent},
    {"nindent", "is", nindent},
    {"plural", "ssi", plural},
    {"quote", "x*", quote},
    {"repeat", "is", repeat},
    {"replace", "sss", replace},
    {"squote", "x*", squote},
    {"substr", "iis", substr},
    {"trim", "s", trim},
    {"trimAll", "ss", trim_all},
    {"trimPrefix", "ss", trim_prefix},
    {"trimSuffix", "ss", trim_suffix},
    {"trimall", "ss", trim_all},
    {"trunc", "is", trunc_},
    {0},
};
