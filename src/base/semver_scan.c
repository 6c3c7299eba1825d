#include "base/semver_scan.h"

#include <string.h>

#include "base/mem.h"

/* The byte AHEAD bytes from here, or 0. */
static char peek(const struct semver_cursor *cursor, size_t ahead)
{
    return ahead < (size_t)(cursor->end - cursor->at) ? cursor->at[ahead] : '\0';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static bool is_part(char c)
{
    return c != '\0' && strchr("0123456789xX*|", c);
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

static struct span take_while(struct semver_cursor *cursor, bool (*wanted)(char))
{
    const char *begin = cursor->at;
    while (cursor->at != cursor->end && wanted(*cursor->at))
        cursor->at++;
    return (struct span){begin, (size_t)(cursor->at - begin)};
}

/* Words joined by dots, after MARK; nothing unless a word follows it. */
static struct span take_words(struct semver_cursor *cursor, char mark)
{
    if (peek(cursor, 0) != mark || !is_word(peek(cursor, 1)))
        return (struct span){0};
    const char *begin = cursor->at + 1;
    do {
        cursor->at++;
        take_while(cursor, is_word);
    } while (peek(cursor, 0) == '.' && is_word(peek(cursor, 1)));
    return (struct span){begin, (size_t)(cursor->at - begin)};
}

/* Takes as much as can be a version; what cannot stays for the caller to find. */
static bool take_version(struct semver_cursor *cursor, struct semver_item_text *ret)
{
    *ret = (struct semver_item_text){.version.data = cursor->at};
    if (peek(cursor, 0) == 'v')
        cursor->at++;
    ret->parts[0] = take_while(cursor, is_part);
    if (ret->parts[0].len == 0)
        return false;
    for (size_t i = 1; i < 3 && peek(cursor, 0) == '.' && is_part(peek(cursor, 1)); i++) {
        cursor->at++;
        ret->parts[i] = take_while(cursor, is_part);
    }
    ret->prerelease = take_words(cursor, '-');
    take_words(cursor, '+');
    ret->version.len = (size_t)(cursor->at - ret->version.data);
    return true;
}

static enum semver_op take_op(struct semver_cursor *cursor)
{
    static const struct {
        char text[3];
        enum semver_op op;
    } ops[] = {
        {"!=", SEMVER_OP_NOT_EQUAL}, {">=", SEMVER_OP_AT_LEAST}, {"=>", SEMVER_OP_AT_LEAST},
        {"<=", SEMVER_OP_AT_MOST},   {"=<", SEMVER_OP_AT_MOST},  {"~>", SEMVER_OP_TILDE},
        {"=", SEMVER_OP_EQUAL},      {">", SEMVER_OP_GREATER},   {"<", SEMVER_OP_LESS},
        {"~", SEMVER_OP_TILDE},      {"^", SEMVER_OP_CARET},
    };
    struct span rest = {cursor->at, (size_t)(cursor->end - cursor->at)};
    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        if (span_starts_with(rest, ops[i].text)) {
            cursor->at += strlen(ops[i].text);
            return ops[i].op;
        }
    }
    return SEMVER_OP_EQUAL;
}

static bool take_item(struct semver_cursor *cursor, struct semver_item_text *ret)
{
    enum semver_op op = take_op(cursor);
    take_while(cursor, is_blank);
    bool taken = take_version(cursor, ret);
    ret->op = op;
    return taken;
}

/* The end of a group, or what must stand between two items. */
static bool take_separator(struct semver_cursor *cursor)
{
    bool blanks = take_while(cursor, is_blank).len != 0;
    if (cursor->at == cursor->end)
        return true;
    if (*cursor->at != ',')
        return blanks;
    cursor->at++;
    take_while(cursor, is_blank);
    return cursor->at != cursor->end;
}

struct semver_cursor semver_scan_begin(struct span group)
{
    struct semver_cursor cursor = {group.data, group.data + group.len};
    take_while(&cursor, is_blank);
    return cursor;
}

int semver_scan_item(struct semver_cursor *cursor, struct semver_item_text *ret)
{
    if (cursor->at == cursor->end)
        return 0;
    return take_item(cursor, ret) && take_separator(cursor) ? 1 : -1;
}

/* A hyphen range in a text: where it lies, with the blanks around, and its ends. */
struct hyphen {
    struct span whole;
    struct span low;
    struct span high;
};

static bool take_hyphen(struct semver_cursor cursor, struct hyphen *ret)
{
    struct semver_item_text low, high;
    const char *begin = cursor.at;
    take_while(&cursor, is_blank);
    if (!take_version(&cursor, &low) || take_while(&cursor, is_blank).len == 0)
        return false;
    if (peek(&cursor, 0) != '-')
        return false;
    cursor.at++;
    if (take_while(&cursor, is_blank).len == 0 || !take_version(&cursor, &high))
        return false;
    take_while(&cursor, is_blank);
    *ret = (struct hyphen){{begin, (size_t)(cursor.at - begin)}, low.version, high.version};
    return true;
}

static void replace_first(struct buf *text, struct span old, const struct hyphen *hyphen)
{
    struct span all = buf_span(text);
    ptrdiff_t at = span_find(all, old);
    if (at < 0)
        return;
    struct buf made;
    buf_init(&made, text->max);
    buf_add_span(&made, span_slice(all, 0, (size_t)at));
    buf_addf(&made, ">= %.*s, <= %.*s ", (int)hyphen->low.len, hyphen->low.data,
             (int)hyphen->high.len, hyphen->high.data);
    buf_add_span(&made, span_slice(all, (size_t)at + old.len, all.len));
    buf_finish(text);
    *text = made;
}

/* Each hyphen range, found in the text as it came, is replaced where its words
 * first occur in the text as it has become: so does the library, which shows
 * in the error of "1 - 1 - 1 - 1". */
void semver_scan_hyphens(struct span text, struct buf *ret)
{
    struct semver_cursor cursor = {text.data, text.data + text.len};
    struct hyphen hyphen;
    buf_add_span(ret, text);
    while (cursor.at != cursor.end) {
        if (take_hyphen(cursor, &hyphen)) {
            replace_first(ret, hyphen.whole, &hyphen);
            cursor.at += hyphen.whole.len;
        } else {
            cursor.at++;
        }
    }
}
