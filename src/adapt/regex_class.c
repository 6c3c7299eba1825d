#include "adapt/regex_class.h"

#include "adapt/regex_property.h"
#include "base/utf8.h"

enum {
    CLASS_ITEMS = 16, /* so many items of a class cost as much as a character */
};

static const char bad_class[] = "invalid character class range";
static const char bad_escape[] = "invalid escape sequence";

/* The text is at \p or \P. */
static void scan_property(struct regex_scan *scan, bool in_class)
{
    size_t begin = scan->at;
    bool negative = regex_scan_peek(scan, 1) == 'P';
    struct span name = regex_scan_rest(scan, begin + 2);
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
        regex_scan_fault(scan, bad_class, regex_scan_rest(scan, begin));
        return;
    }
    if (taken > 1 && name.len != 0 && name.data[0] == '^') {
        negative = !negative;
        name = span_slice(name, 1, name.len);
    }
    scan->at += 2 + taken;
    size_t before = scan->out->text.len;
    if (!regex_property(name, negative, in_class, &scan->out->text))
        regex_scan_fault(scan, bad_class, regex_scan_since(scan, begin));
    else if (!scan->found.data && scan->wanted.len != 0 &&
             span_equal(span_slice(buf_span(&scan->out->text), before, SIZE_MAX), scan->wanted))
        scan->found = regex_scan_since(scan, begin);
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
static size_t rune_len(const struct regex_scan *scan, size_t ahead)
{
    uint32_t rune;
    return utf8_decode(regex_scan_rest(scan, scan->at + ahead), &rune);
}

/* \x41: the length of it, or of what is read of a bad one. */
static bool read_hex_pair(const struct regex_scan *scan, size_t *ret_len)
{
    *ret_len = 2 + rune_len(scan, 2);
    *ret_len += rune_len(scan, *ret_len);
    return *ret_len == 4 && is_hex(regex_scan_peek(scan, 2)) && is_hex(regex_scan_peek(scan, 3));
}

/* \x{10FFFF}, likewise. */
static bool read_hex_braces(const struct regex_scan *scan, size_t *ret_len)
{
    uint32_t rune = 0;
    size_t len = 3;
    for (; is_hex(regex_scan_peek(scan, len)) && rune <= UTF8_RUNE_MAX; len++)
        rune = rune * 16 + hex_value(regex_scan_peek(scan, len));
    bool closed = len > 3 && regex_scan_peek(scan, len) == '}';
    *ret_len = rune > UTF8_RUNE_MAX ? len : len + rune_len(scan, len);
    return rune <= UTF8_RUNE_MAX && closed;
}

/* An escape that is a single character. RE2 has other pieces for a bad \x. */
static void scan_escaped_char(struct regex_scan *scan)
{
    size_t len = 2;
    bool good = true;
    if (regex_scan_peek(scan, 1) == 'x' && regex_scan_peek(scan, 2) == '{')
        good = read_hex_braces(scan, &len);
    else if (regex_scan_peek(scan, 1) == 'x')
        good = read_hex_pair(scan, &len);
    if (good)
        regex_scan_copy(scan, len);
    else
        regex_scan_fault(scan, bad_escape, span_slice(scan->pattern, scan->at, scan->at + len));
}

void regex_class_scan_escape(struct regex_scan *scan)
{
    char c = regex_scan_peek(scan, 1);
    scan->out->not_boundary = scan->out->not_boundary || c == 'B';
    if (c == 'p' || c == 'P')
        scan_property(scan, false);
    else if (c == 'C')
        regex_scan_fault(scan, bad_escape, span_slice(scan->pattern, scan->at, scan->at + 2));
    else
        scan_escaped_char(scan);
}

static void scan_char(struct regex_scan *scan)
{
    if (regex_scan_peek(scan, 0) == '\\')
        scan_escaped_char(scan);
    else
        regex_scan_copy(scan, 1);
}

/* One item of a class: a name like [:alpha:], a Unicode class, or a character,
 * which may begin a range. What ends a range is a character, whatever it looks
 * like. */
static void scan_item(struct regex_scan *scan)
{
    ptrdiff_t name_end = -1;
    char escape = regex_scan_peek(scan, 0) == '\\' ? regex_scan_peek(scan, 1) : '\0';
    if (regex_scan_sees(scan, "[:"))
        name_end = span_find(regex_scan_rest(scan, scan->at + 2), SPAN_LITERAL(":]"));
    if (name_end >= 0) {
        regex_scan_copy(scan, (size_t)name_end + 4);
    } else if (regex_scan_sees(scan, "[:")) {
        /* No name; nor may one end in what is written for a later class. */
        buf_adds(&scan->out->text, "\\[");
        scan->at++;
    } else if (escape == 'p' || escape == 'P') {
        scan_property(scan, true);
    } else {
        scan_char(scan);
        bool is_class = escape != '\0' && span_find_byte(SPAN_LITERAL("dDsSwW"), escape) >= 0;
        if (!is_class && regex_scan_peek(scan, 0) == '-' && regex_scan_peek(scan, 1) != ']' &&
            !scan->out->why) {
            regex_scan_copy(scan, 1);
            scan_char(scan);
        }
    }
}

void regex_class_scan(struct regex_scan *scan)
{
    size_t begin = scan->at, items = 0;
    regex_scan_copy(scan, regex_scan_peek(scan, 1) == '^' ? 2 : 1);
    do {
        if (regex_scan_at_end(scan)) {
            scan->out->unclosed = regex_scan_since(scan, begin);
            return;
        }
        scan_item(scan);
        if (scan->out->why) {
            scan->out->in_class = true;
            return;
        }
        items++;
    } while (regex_scan_peek(scan, 0) != ']');
    regex_scan_copy(scan, 1);
    regex_scan_add_part(scan, 1 + items / CLASS_ITEMS, 1);
}
