#include "adapt/regex_rewrite.h"

#include "adapt/regex.h"
#include "adapt/regex_property.h"
#include "base/utf8.h"

enum {
    REPEAT_MAX = 1000, /* of `{n,m}`, in Go and RE2 */
    CLASS_ITEMS = 16,  /* so many items of a class cost as much as a character */
    COUNT_OVERFLOW = 1000000,
    /* Each byte may become a combination of classes (regex_property.c). */
    TEXT_MAX = REGEX_PATTERN_MAX * REGEX_PROPERTY_TEXT_MAX,
};

static const char bad_class[] = "invalid character class range";
static const char bad_escape[] = "invalid escape sequence";
static const char bad_name[] = "invalid named capture";
static const char bad_count[] = "invalid repeat count";
static const char too_deep[] = "expression nests too deeply";
static const char too_large[] = "expression too large";

/* What a group costs so far, and the part of it that an operator would repeat;
 * and for both, how often counts in them repeat what is inside. */
struct cost {
    size_t sum;
    size_t last;
    size_t times;
    size_t last_times;
};

struct scan {
    struct span pattern;
    size_t at;
    size_t depth;
    struct cost costs[REGEX_DEPTH_MAX + 1]; /* of the pattern and each open group */
    struct span wanted;                     /* a rewritten class to look for, and */
    struct span found;                      /* as which text it was written first */
    struct regex_rewrite *out;
};

static struct span rest_from(const struct scan *scan, size_t at)
{
    return span_slice(scan->pattern, at, scan->pattern.len);
}

static bool looking_at(const struct scan *scan, const char *text)
{
    return span_starts_with(rest_from(scan, scan->at), text);
}

/* The byte AHEAD bytes from here; 0 behind the end. */
static char peek(const struct scan *scan, size_t ahead)
{
    size_t at = scan->at + ahead;
    return at < scan->pattern.len ? scan->pattern.data[at] : '\0';
}

static bool at_end(const struct scan *scan)
{
    return scan->at >= scan->pattern.len;
}

/* Copies the next COUNT bytes, or what is left. */
static void copy(struct scan *scan, size_t count)
{
    struct span piece = span_slice(scan->pattern, scan->at, scan->at + count);
    buf_add_span(&scan->out->text, piece);
    scan->at += piece.len;
}

/* The first fault counts. */
static void fault(struct scan *scan, const char *why, struct span piece)
{
    if (scan->out->why)
        return;
    scan->out->why = why;
    scan->out->piece = piece;
}

/* The text from BEGIN to here. */
static struct span since(const struct scan *scan, size_t begin)
{
    return span_slice(scan->pattern, begin, scan->at);
}

/* Puts SIZE in the place of what the last part costs. */
static void set_last(struct scan *scan, size_t size, size_t times)
{
    struct cost *cost = &scan->costs[scan->depth];
    cost->sum += size - cost->last;
    cost->last = size;
    cost->last_times = times;
    cost->times = times > cost->times ? times : cost->times;
    if (cost->sum > REGEX_SIZE_MAX)
        fault(scan, too_large, scan->pattern);
}

/* One more part that an operator could repeat. */
static void add_part(struct scan *scan, size_t size, size_t times)
{
    scan->costs[scan->depth].last = 0;
    set_last(scan, size, times);
}

/* The text is at \p or \P. */
static void scan_property(struct scan *scan, bool in_class)
{
    size_t begin = scan->at;
    bool negative = peek(scan, 1) == 'P';
    struct span name = rest_from(scan, begin + 2);
    size_t taken;
    uint32_t rune;
    if (name.len != 0 && name.data[0] == '{') {
        ptrdiff_t close = span_find_byte(name, '}');
        taken = close < 0 ? 0 : (size_t)close + 1;
        name = span_slice(name, 1, taken - 1);
    } else {
        taken = utf8_decode(name, &rune);
        name = span_slice(name, 0, taken);
    }
    if (taken == 0) {
        fault(scan, bad_class, rest_from(scan, begin));
        return;
    }
    if (taken > 1 && name.len != 0 && name.data[0] == '^') {
        negative = !negative;
        name = span_slice(name, 1, name.len);
    }
    scan->at += 2 + taken;
    size_t before = scan->out->text.len;
    if (!regex_property(name, negative, in_class, &scan->out->text))
        fault(scan, bad_class, since(scan, begin));
    else if (!scan->found.data && scan->wanted.len != 0 &&
             span_equal(span_slice(buf_span(&scan->out->text), before, SIZE_MAX), scan->wanted))
        scan->found = since(scan, begin);
}

static uint32_t hex_value(char c)
{
    return (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The bytes of the rune AHEAD bytes from here; 0 at the end. */
static size_t rune_len(const struct scan *scan, size_t ahead)
{
    uint32_t rune;
    return utf8_decode(rest_from(scan, scan->at + ahead), &rune);
}

/* \x41: the length of it, or of what is read of a bad one. */
static bool read_hex_pair(const struct scan *scan, size_t *ret_len)
{
    *ret_len = 2 + rune_len(scan, 2);
    *ret_len += rune_len(scan, *ret_len);
    return *ret_len == 4 && is_hex(peek(scan, 2)) && is_hex(peek(scan, 3));
}

/* \x{10FFFF}, likewise. */
static bool read_hex_braces(const struct scan *scan, size_t *ret_len)
{
    uint32_t rune = 0;
    size_t len = 3;
    for (; is_hex(peek(scan, len)) && rune <= UTF8_RUNE_MAX; len++)
        rune = rune * 16 + hex_value(peek(scan, len));
    bool closed = len > 3 && peek(scan, len) == '}';
    *ret_len = rune > UTF8_RUNE_MAX ? len : len + rune_len(scan, len);
    return rune <= UTF8_RUNE_MAX && closed;
}

/* An escape that is a single character. RE2 has other pieces for a bad \x. */
static void scan_escaped_char(struct scan *scan)
{
    size_t len = 2;
    bool good = true;
    if (peek(scan, 1) == 'x' && peek(scan, 2) == '{')
        good = read_hex_braces(scan, &len);
    else if (peek(scan, 1) == 'x')
        good = read_hex_pair(scan, &len);
    if (good)
        copy(scan, len);
    else
        fault(scan, bad_escape, span_slice(scan->pattern, scan->at, scan->at + len));
}

static void scan_escape(struct scan *scan)
{
    char c = peek(scan, 1);
    scan->out->not_boundary = scan->out->not_boundary || c == 'B';
    if (c == 'p' || c == 'P')
        scan_property(scan, false);
    else if (c == 'C')
        fault(scan, bad_escape, span_slice(scan->pattern, scan->at, scan->at + 2));
    else
        scan_escaped_char(scan);
}

/* \Q…\E, or to the end. */
static void scan_quoted(struct scan *scan)
{
    ptrdiff_t end = span_find(rest_from(scan, scan->at), SPAN_LITERAL("\\E"));
    size_t len = end < 0 ? scan->pattern.len - scan->at : (size_t)end + 2;
    copy(scan, len);
    add_part(scan, len, 1);
}

static void scan_char(struct scan *scan)
{
    if (peek(scan, 0) == '\\')
        scan_escaped_char(scan);
    else
        copy(scan, 1);
}

/* One item of a class: a name like [:alpha:], a Unicode class, or a character,
 * which may begin a range. What ends a range is a character, whatever it looks
 * like. */
static void scan_item(struct scan *scan)
{
    ptrdiff_t name_end = -1;
    char escape = peek(scan, 0) == '\\' ? peek(scan, 1) : '\0';
    if (looking_at(scan, "[:"))
        name_end = span_find(rest_from(scan, scan->at + 2), SPAN_LITERAL(":]"));
    if (name_end >= 0) {
        copy(scan, (size_t)name_end + 4);
    } else if (looking_at(scan, "[:")) {
        /* No name; nor may one end in what is written for a later class. */
        buf_adds(&scan->out->text, "\\[");
        scan->at++;
    } else if (escape == 'p' || escape == 'P') {
        scan_property(scan, true);
    } else {
        scan_char(scan);
        bool is_class = escape != '\0' && span_find_byte(SPAN_LITERAL("dDsSwW"), escape) >= 0;
        if (!is_class && peek(scan, 0) == '-' && peek(scan, 1) != ']' && !scan->out->why) {
            copy(scan, 1);
            scan_char(scan);
        }
    }
}

static void scan_class(struct scan *scan)
{
    size_t begin = scan->at, items = 0;
    copy(scan, peek(scan, 1) == '^' ? 2 : 1);
    do {
        if (at_end(scan)) {
            scan->out->unclosed = since(scan, begin);
            return;
        }
        scan_item(scan);
        if (scan->out->why) {
            scan->out->in_class = true;
            return;
        }
        items++;
    } while (peek(scan, 0) != ']');
    copy(scan, 1);
    add_part(scan, 1 + items / CLASS_ITEMS, 1);
}

static bool is_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i], letter = (char)(c | 0x20);
        if (c != '_' && (c < '0' || c > '9') && (letter < 'a' || letter > 'z'))
            return false;
    }
    return name.len != 0;
}

static void open_group(struct scan *scan)
{
    if (scan->depth == REGEX_DEPTH_MAX) {
        fault(scan, too_deep, scan->pattern);
        return;
    }
    scan->costs[++scan->depth] = (struct cost){.times = 1, .last_times = 1};
}

static void close_group(struct scan *scan)
{
    copy(scan, 1);
    if (scan->depth == 0)
        return;
    struct cost inner = scan->costs[scan->depth--];
    add_part(scan, inner.sum + 1, inner.times);
}

/* (?P<name> and (?<name>, whose angle bracket is HEAD bytes away. */
static void scan_name(struct scan *scan, size_t head)
{
    size_t begin = scan->at;
    struct span name = rest_from(scan, begin + head + 1);
    ptrdiff_t close = span_find_byte(name, '>');
    if (close < 0) {
        fault(scan, bad_name, rest_from(scan, begin));
        return;
    }
    name = span_slice(name, 0, (size_t)close);
    scan->at += head + name.len + 2;
    if (!is_name(name)) {
        fault(scan, bad_name, since(scan, begin));
        return;
    }
    buf_addf(&scan->out->text, "(?P<%.*s>", (int)name.len, name.data);
    open_group(scan);
}

/* (?flags) is no group; (?flags: is one. */
static void scan_flags(struct scan *scan)
{
    size_t len = 2;
    while (scan->at + len < scan->pattern.len && peek(scan, len) != ':' && peek(scan, len) != ')')
        len++;
    if (peek(scan, len) == ':')
        open_group(scan);
    if (!scan->out->why)
        copy(scan, len + 1);
}

static void scan_group(struct scan *scan)
{
    if (looking_at(scan, "(?P<")) {
        scan_name(scan, 3);
    } else if (looking_at(scan, "(?<")) {
        scan_name(scan, 2);
    } else if (looking_at(scan, "(?")) {
        scan_flags(scan);
    } else {
        open_group(scan);
        if (!scan->out->why)
            copy(scan, 1);
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
static void scan_count(struct scan *scan, size_t len, size_t most)
{
    struct cost *cost = &scan->costs[scan->depth];
    size_t factor = most > 0 ? most : 1;
    size_t times = cost->last_times * factor;
    if (times <= REPEAT_MAX)
        set_last(scan, cost->last * factor + 1, times);
    if (!scan->out->why)
        copy(scan, len);
}

static void scan_repeat(struct scan *scan)
{
    size_t len, least, most;
    if (!read_repeat(rest_from(scan, scan->at), &len, &least, &most)) {
        copy(scan, 1);
        add_part(scan, 1, 1);
    } else if (most < least || most > REPEAT_MAX) {
        fault(scan, bad_count, span_slice(scan->pattern, scan->at, scan->at + len));
    } else {
        scan_count(scan, len, most);
    }
}

static void scan_operator(struct scan *scan)
{
    const struct cost *cost = &scan->costs[scan->depth];
    copy(scan, 1);
    set_last(scan, cost->last + 1, cost->last_times);
}

static void scan_token(struct scan *scan)
{
    switch (peek(scan, 0)) {
    case '\\':
        if (peek(scan, 1) == 'Q') {
            scan_quoted(scan);
        } else {
            scan_escape(scan);
            add_part(scan, 1, 1);
        }
        break;
    case '[':
        scan_class(scan);
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
        copy(scan, 1);
        add_part(scan, 1, 1);
        break;
    }
}

static struct span rewrite(struct span pattern, struct span wanted, struct regex_rewrite *ret)
{
    struct scan scan;
    scan.pattern = pattern;
    scan.at = scan.depth = 0;
    scan.costs[0] = (struct cost){.times = 1, .last_times = 1};
    scan.wanted = wanted;
    scan.found = (struct span){0};
    scan.out = ret;
    *ret = (struct regex_rewrite){.text.max = TEXT_MAX};
    if (pattern.len > REGEX_PATTERN_MAX)
        fault(&scan, too_large, pattern);
    while (!ret->why && !at_end(&scan))
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
