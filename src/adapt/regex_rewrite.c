#include "adapt/regex_rewrite.h"

#include "adapt/regex_class.h"
#include "adapt/regex_property.h"
#include "adapt/regex_scan.h"

enum {
    REPEAT_MAX = 1000, /* of `{n,m}`, in Go and RE2 */
    COUNT_OVERFLOW = 1000000,
    /* Each byte may become a combination of classes (regex_property.c). */
    TEXT_MAX = REGEX_PATTERN_MAX * REGEX_PROPERTY_TEXT_MAX,
};

static const char bad_name[] = "invalid named capture";
static const char bad_flag[] = "invalid or unsupported Perl syntax";
static const char bad_count[] = "invalid repeat count";
static const char too_deep[] = "expression nests too deeply";
static const char too_large[] = "expression too large";

static bool is_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i], letter = (char)(c | 0x20);
        if (c != '_' && (c < '0' || c > '9') && (letter < 'a' || letter > 'z'))
            return false;
    }
    return name.len != 0;
}

static void open_group(struct regex_scan *scan)
{
    if (scan->depth == REGEX_DEPTH_MAX) {
        regex_scan_fault(scan, too_deep, scan->pattern);
        return;
    }
    scan->costs[++scan->depth] = (struct regex_cost){.times = 1, .last_times = 1};
}

static void close_group(struct regex_scan *scan)
{
    regex_scan_copy(scan, 1);
    if (scan->depth == 0)
        return;
    struct regex_cost inner = scan->costs[scan->depth--];
    regex_scan_add_part(scan, inner.sum + 1, inner.times);
}

/* (?P<name> and (?<name>, whose angle bracket is HEAD bytes away. */
static void scan_name(struct regex_scan *scan, size_t head)
{
    size_t begin = scan->at;
    struct span name = regex_scan_rest(scan, begin + head + 1);
    ptrdiff_t close = span_find_byte(name, '>');
    if (name.len == 0) { /* at the very end Go sees no name, but an odd flag */
        regex_scan_fault(scan, bad_flag, span_slice(scan->pattern, begin, begin + 3));
        return;
    }
    if (close < 0) {
        regex_scan_fault(scan, bad_name, regex_scan_rest(scan, begin));
        return;
    }
    name = span_slice(name, 0, (size_t)close);
    scan->at += head + name.len + 2;
    if (!is_name(name)) {
        regex_scan_fault(scan, bad_name, regex_scan_since(scan, begin));
        return;
    }
    buf_addf(&scan->out->text, "(?P<%.*s>", (int)name.len, name.data);
    open_group(scan);
}

/* (?flags) is no group; (?flags: is one. */
static void scan_flags(struct regex_scan *scan)
{
    size_t len = 2;
    while (scan->at + len < scan->pattern.len && regex_scan_peek(scan, len) != ':' &&
           regex_scan_peek(scan, len) != ')')
        len++;
    if (regex_scan_peek(scan, len) == ':')
        open_group(scan);
    if (!scan->out->why)
        regex_scan_copy(scan, len + 1);
}

static void scan_group(struct regex_scan *scan)
{
    if (regex_scan_sees(scan, "(?P<")) {
        scan_name(scan, 3);
    } else if (regex_scan_sees(scan, "(?<")) {
        scan_name(scan, 2);
    } else if (regex_scan_sees(scan, "(?")) {
        scan_flags(scan);
    } else {
        open_group(scan);
        if (!scan->out->why)
            regex_scan_copy(scan, 1);
    }
}

/* The digits at *AT as a number, cut at COUNT_OVERFLOW; false if there are
 * none, or a zero leads them. */
static bool read_count(struct span text, size_t *at, size_t *ret)
{
    size_t begin = *at;
    *ret = 0;
    for (; *at < text.len && text.data[*at] >= '0' && text.data[*at] <= '9'; ++*at) {
        *ret = *ret * 10 + (size_t)(text.data[*at] - '0');
        *ret = *ret > COUNT_OVERFLOW ? COUNT_OVERFLOW : *ret;
    }
    return *at != begin && (*at == begin + 1 || text.data[begin] != '0');
}

/* {n}, {n,} or {n,m}; anything else is text. */
static bool read_repeat(struct span text, size_t *ret_len, size_t *ret_least, size_t *ret_most)
{
    size_t at = 1;
    if (!read_count(text, &at, ret_least))
        return false;
    *ret_most = *ret_least;
    if (at < text.len && text.data[at] == ',') {
        at++;
        if (at < text.len && text.data[at] != '}' && !read_count(text, &at, ret_most))
            return false;
    }
    *ret_len = at + 1;
    return at < text.len && text.data[at] == '}';
}

/* A count: one that repeats more than REPEAT_MAX times together with those
 * inside is for RE2 to refuse, before it grows. */
static void scan_count(struct regex_scan *scan, size_t len, size_t most)
{
    struct regex_cost *cost = &scan->costs[scan->depth];
    size_t factor = most > 0 ? most : 1;
    size_t times = cost->last_times * factor;
    if (times <= REPEAT_MAX)
        regex_scan_set_last(scan, cost->last * factor + 1, times);
    if (!scan->out->why)
        regex_scan_copy(scan, len);
}

static void scan_repeat(struct regex_scan *scan)
{
    size_t len, least, most;
    if (!read_repeat(regex_scan_rest(scan, scan->at), &len, &least, &most)) {
        regex_scan_copy(scan, 1);
        regex_scan_add_part(scan, 1, 1);
    } else if (most < least || most > REPEAT_MAX) {
        regex_scan_fault(scan, bad_count, span_slice(scan->pattern, scan->at, scan->at + len));
    } else {
        scan_count(scan, len, most);
    }
}

static void scan_operator(struct regex_scan *scan)
{
    const struct regex_cost *cost = &scan->costs[scan->depth];
    regex_scan_copy(scan, 1);
    regex_scan_set_last(scan, cost->last + 1, cost->last_times);
}

/* \Q…\E, or to the end. */
static void scan_quoted(struct regex_scan *scan)
{
    ptrdiff_t end = span_find(regex_scan_rest(scan, scan->at), SPAN_LITERAL("\\E"));
    size_t len = end < 0 ? scan->pattern.len - scan->at : (size_t)end + 2;
    regex_scan_copy(scan, len);
    regex_scan_add_part(scan, len, 1);
}

static void scan_token(struct regex_scan *scan)
{
    switch (regex_scan_peek(scan, 0)) {
    case '\\':
        if (regex_scan_peek(scan, 1) == 'Q') {
            scan_quoted(scan);
        } else {
            regex_class_scan_escape(scan);
            regex_scan_add_part(scan, 1, 1);
        }
        break;
    case '[':
        regex_class_scan(scan);
        break;
    case '(':
        scan_group(scan);
        break;
    case ')':
        close_group(scan);
        break;
    case '{':
        scan_repeat(scan);
        break;
    case '*':
    case '+':
    case '?':
        scan_operator(scan);
        break;
    default:
        regex_scan_copy(scan, 1);
        regex_scan_add_part(scan, 1, 1);
        break;
    }
}

static struct span rewrite(struct span pattern, struct span wanted, struct regex_rewrite *ret)
{
    struct regex_scan scan;
    scan.pattern = pattern;
    scan.at = scan.depth = 0;
    scan.costs[0] = (struct regex_cost){.times = 1, .last_times = 1};
    scan.wanted = wanted;
    scan.found = (struct span){0};
    scan.out = ret;
    *ret = (struct regex_rewrite){.text.max = TEXT_MAX};
    if (pattern.len > REGEX_PATTERN_MAX)
        regex_scan_fault(&scan, too_large, pattern);
    while (!ret->why && !regex_scan_at_end(&scan))
        scan_token(&scan);
    return scan.found.data ? scan.found : wanted;
}

void regex_rewrite(struct span pattern, struct regex_rewrite *ret)
{
    rewrite(pattern, (struct span){0}, ret);
}

void regex_rewrite_finish(struct regex_rewrite *it)
{
    buf_finish(&it->text);
}

struct span regex_rewrite_original(struct span pattern, struct span property)
{
    struct regex_rewrite ignored;
    struct span original = rewrite(pattern, property, &ignored);
    regex_rewrite_finish(&ignored);
    return original;
}
