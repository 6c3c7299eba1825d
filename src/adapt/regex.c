#include "adapt/regex.h"

#include <string.h>

#include "adapt/regex_re2.h"
#include "adapt/regex_rewrite.h"
#include "adapt/regex_suffix.h"
#include "base/utf8.h"

struct regex {
    struct regex_re2 *re2;
    bool splits_runes; /* RE2 lets \B match between the bytes of a rune */
    struct buf suffix; /* what a text must end with to match at all */
};

static int refuse(const char *why, struct span piece, struct err *err)
{
    return err_set(err, ERR_INVALID, "error parsing regexp: %s: `%.*s`", why, (int)piece.len,
                   piece.data);
}

static const char *why_of(enum regex_re2_fault fault)
{
    switch (fault) {
    case REGEX_RE2_BAD_ESCAPE:
        return "invalid escape sequence";
    case REGEX_RE2_BAD_CLASS:
        return "invalid character class";
    case REGEX_RE2_BAD_RANGE:
        return "invalid character class range";
    case REGEX_RE2_MISSING_BRACKET:
        return "missing closing ]";
    case REGEX_RE2_MISSING_PAREN:
        return "missing closing )";
    case REGEX_RE2_UNEXPECTED_PAREN:
        return "unexpected )";
    case REGEX_RE2_TRAILING_BACKSLASH:
        return "trailing backslash at end of expression";
    case REGEX_RE2_REPEAT_ARGUMENT:
        return "missing argument to repetition operator";
    case REGEX_RE2_REPEAT_SIZE:
        return "invalid repeat count";
    case REGEX_RE2_REPEAT_OP:
        return "invalid nested repetition operator";
    case REGEX_RE2_BAD_PERL_OP:
        return "invalid or unsupported Perl syntax";
    case REGEX_RE2_BAD_UTF8:
        return "invalid UTF-8";
    case REGEX_RE2_BAD_NAME:
        return "invalid named capture";
    case REGEX_RE2_TOO_LARGE:
        return "expression too large";
    case REGEX_RE2_INTERNAL:
    case REGEX_RE2_OK:
    default:
        return "regexp/syntax: internal error";
    }
}

/* The piece as the pattern has it, where RE2 saw a rewritten one or names less. */
static struct span piece_of(const struct regex_re2 *re2, struct span pattern,
                            const struct regex_rewrite *rewrite)
{
    struct span piece;
    piece.data = regex_re2_piece(re2, &piece.len);
    switch (regex_re2_fault(re2)) {
    case REGEX_RE2_MISSING_PAREN:
    case REGEX_RE2_UNEXPECTED_PAREN:
    case REGEX_RE2_TOO_LARGE:
        return pattern;
    case REGEX_RE2_MISSING_BRACKET:
        return rewrite->unclosed;
    case REGEX_RE2_TRAILING_BACKSLASH:
        return (struct span){"", 0};
    case REGEX_RE2_BAD_RANGE:
        return regex_rewrite_original(pattern, piece);
    default:
        return piece;
    }
}

/* Whether what RE2 found comes before the fault of the rewriting, and is not
 * just that the pattern was cut there. */
static bool comes_first(enum regex_re2_fault fault, const struct regex_rewrite *rewrite)
{
    if (!rewrite->why)
        return fault != REGEX_RE2_OK;
    return fault != REGEX_RE2_OK && fault != REGEX_RE2_MISSING_PAREN &&
           (fault != REGEX_RE2_MISSING_BRACKET || !rewrite->in_class);
}

/* Compiles what the rewriting made; on failure *RET is there nevertheless. */
static int compile(struct span pattern, const struct regex_rewrite *rewrite, struct regex_re2 **ret,
                   struct err *err)
{
    *ret = regex_re2_new(buf_text(&rewrite->text), rewrite->text.len, REGEX_MEMORY_MAX);
    enum regex_re2_fault fault = regex_re2_fault(*ret);
    if (comes_first(fault, rewrite))
        return refuse(why_of(fault), piece_of(*ret, pattern, rewrite), err);
    return rewrite->why ? refuse(rewrite->why, rewrite->piece, err) : 0;
}

/* From the first byte that is no UTF-8 on; empty if there is none. */
static struct span find_bad_utf8(struct span text)
{
    for (bool valid; text.len != 0;) {
        uint32_t rune;
        size_t len = utf8_decode_checked(text, &rune, &valid);
        if (!valid)
            break;
        text = span_slice(text, len, text.len);
    }
    return text;
}

int regex_new(struct span pattern, struct regex **ret, struct err *err)
{
    struct span bad = find_bad_utf8(pattern);
    if (bad.len != 0)
        return refuse(why_of(REGEX_RE2_BAD_UTF8), bad, err);
    CLEANUP(regex_rewrite_finish) struct regex_rewrite rewrite;
    CLEANUP(regex_freep) struct regex *regex = mem_zalloc(sizeof(*regex));
    regex_rewrite(pattern, &rewrite);
    regex->splits_runes = rewrite.not_boundary;
    if (compile(pattern, &rewrite, &regex->re2, err) != 0)
        return -1;
    buf_init(&regex->suffix, REGEX_PATTERN_MAX);
    regex_suffix(pattern, &regex->suffix);
    *ret = MEM_STEAL(regex);
    return 0;
}

void regex_free(struct regex *regex)
{
    if (!regex)
        return;
    regex_re2_free(regex->re2);
    buf_finish(&regex->suffix);
    free(regex);
}

size_t regex_group_count(const struct regex *regex)
{
    return regex_re2_group_count(regex->re2);
}

size_t regex_size(const struct regex *regex)
{
    return regex_re2_size(regex->re2);
}

const char *regex_group_name(const struct regex *regex, size_t group)
{
    return regex_re2_group_name(regex->re2, group);
}

static bool is_inside_rune(struct span text, ptrdiff_t at)
{
    return (size_t)at < text.len && ((unsigned char)text.data[at] & 0xc0) == 0x80;
}

/* Looks on behind a match that begins inside a rune, where Go finds none. */
static bool find_at_rune(const struct regex *regex, struct span text, size_t from,
                         struct regex_group *ret, size_t count)
{
    struct regex_group whole, *groups = count != 0 ? ret : &whole;
    do {
        if (!regex_re2_find(regex->re2, text.data, text.len, from, groups, count != 0 ? count : 1))
            return false;
        from = (size_t)groups[0].begin + 1;
    } while (is_inside_rune(text, groups[0].begin));
    return true;
}

bool regex_find(const struct regex *regex, struct span text, size_t from, struct regex_group *ret,
                size_t count)
{
    if (from > text.len || !span_ends_with_span(text, buf_span(&regex->suffix)))
        return false;
    if (text.len == 0)
        text.data = ""; /* RE2 tells a group that took no part by a null pointer */
    if (regex->splits_runes)
        return find_at_rune(regex, text, from, ret, count);
    return regex_re2_find(regex->re2, text.data, text.len, from, ret, count);
}

struct span regex_group_span(struct span text, struct regex_group group)
{
    if (group.begin < 0)
        return (struct span){0};
    return span_slice(text, (size_t)group.begin, (size_t)group.end);
}

struct regex_walk regex_walk_begin(const struct regex *regex, struct span text)
{
    return (struct regex_walk){.regex = regex, .text = text, .last_end = -1};
}

bool regex_walk_next(struct regex_walk *walk, struct regex_group *ret, size_t count)
{
    while (regex_find(walk->regex, walk->text, walk->at, ret, count)) {
        bool empty_behind = ret[0].begin == ret[0].end && ret[0].begin == walk->last_end;
        if ((size_t)ret[0].end > walk->at) {
            walk->at = (size_t)ret[0].end;
        } else {
            uint32_t rune;
            size_t width = utf8_decode(span_slice(walk->text, walk->at, walk->text.len), &rune);
            walk->at = width != 0 ? walk->at + width : walk->text.len + 1;
        }
        walk->last_end = ret[0].end;
        if (!empty_behind)
            return true;
    }
    return false;
}

void regex_quote(struct span text, struct buf *ret)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c != '\0' && strchr("\\.+*?()|[]{}^$", c))
            buf_addc(ret, '\\');
        buf_addc(ret, c);
    }
}
