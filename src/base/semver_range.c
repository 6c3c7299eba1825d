#include "base/semver_range.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/quote.h"
#include "base/semver_scan.h"

/* The first part of an item that is a wildcard or missing. */
enum open {
    OPEN_MAJOR,
    OPEN_MINOR,
    OPEN_PATCH,
    OPEN_NOTHING,
};

struct semver_range_item {
    enum semver_op op;
    enum open open;
    struct semver version; /* with 0 for each open part */
    size_t group;
    bool prereleases; /* some item of the group has a prerelease */
};

static bool is_open(struct span part)
{
    return part.len == 0 || (part.len == 1 && strchr("xX*", part.data[0]));
}

/* Reads the version of an item, as the library does: from a text in which the
 * open part and those behind it are zeros. */
static int read_item(const struct semver_item_text *written, struct semver_range_item *ret,
                     struct err *err)
{
    static const char *const zeros[] = {"0.0.0", ".0.0", ".0"};
    CLEANUP(buf_finish) struct buf text = BUF_INIT(2 * SEMVER_RANGE_TEXT_MAX);
    size_t open = 0;
    while (open < 3 && !is_open(written->parts[open]))
        open++;
    ret->op = written->op;
    ret->open = (enum open)open;
    if (ret->open == OPEN_NOTHING) {
        buf_add_span(&text, written->version);
    } else {
        for (size_t i = 0; i < open; i++) {
            buf_adds(&text, i != 0 ? "." : "");
            buf_add_span(&text, written->parts[i]);
        }
        buf_adds(&text, zeros[open]);
        buf_adds(&text, written->prerelease.len != 0 ? "-" : "");
        buf_add_span(&text, written->prerelease);
    }
    if (semver_parse(buf_span(&text), &ret->version, NULL) != 0)
        return err_set(err, ERR_INVALID, "constraint parser error");
    ret->version.prerelease = written->prerelease;
    ret->version.metadata = ret->version.original = (struct span){0};
    return 0;
}

static int refuse_group(struct span group, struct err *err)
{
    if (!err)
        return -1;
    CLEANUP(buf_finish) struct buf quoted = BUF_INIT(ERR_TEXT_SIZE);
    quote_go(group, &quoted);
    return err_set(err, ERR_INVALID, "improper constraint: %s", buf_text(&quoted));
}

/* A group must have the right shape as a whole before an item is looked into. */
static int check_shape(struct span group, struct err *err)
{
    struct semver_cursor cursor = semver_scan_begin(group);
    struct semver_item_text written;
    size_t count = 0;
    int more;
    while ((more = semver_scan_item(&cursor, &written)) > 0)
        count++;
    return more == 0 && count != 0 ? 0 : refuse_group(group, err);
}

static int read_group(struct semver_range *range, size_t *cap, struct span text, size_t group,
                      struct err *err)
{
    if (check_shape(text, err) != 0)
        return -1;
    struct semver_cursor cursor = semver_scan_begin(text);
    struct semver_item_text written;
    size_t first = range->count;
    bool prereleases = false;
    while (semver_scan_item(&cursor, &written) > 0) {
        range->items = mem_grow(range->items, cap, range->count + 1, sizeof(*range->items));
        struct semver_range_item *item = &range->items[range->count];
        if (read_item(&written, item, err) != 0)
            return -1;
        item->group = group;
        prereleases = prereleases || item->version.prerelease.len != 0;
        range->count++;
    }
    for (size_t i = first; i < range->count; i++)
        range->items[i].prereleases = prereleases;
    return 0;
}

/* Takes the text up to the next "||" off the front; false after the last. */
static bool next_group(struct span *rest, struct span *ret)
{
    if (!rest->data)
        return false;
    ptrdiff_t bars = span_find(*rest, SPAN_LITERAL("||"));
    *ret = bars < 0 ? *rest : span_slice(*rest, 0, (size_t)bars);
    *rest = bars < 0 ? (struct span){0} : span_slice(*rest, (size_t)bars + 2, rest->len);
    return true;
}

static int check_limits(struct span text, struct err *err)
{
    size_t groups = 0;
    if (text.len > SEMVER_RANGE_TEXT_MAX)
        return err_set(err, ERR_INVALID, "constraint string is too long (max %d bytes)",
                       SEMVER_RANGE_TEXT_MAX);
    for (struct span group; next_group(&text, &group);)
        groups++;
    if (groups > SEMVER_RANGE_GROUPS_MAX)
        return err_set(err, ERR_INVALID, "too many constraint groups (max %d)",
                       SEMVER_RANGE_GROUPS_MAX);
    return 0;
}

int semver_range_parse(struct span text, struct semver_range *ret, struct err *err)
{
    if (check_limits(text, err) != 0)
        return -1;
    struct buf rewritten;
    buf_init(&rewritten, 4 * SEMVER_RANGE_TEXT_MAX);
    semver_scan_hyphens(text, &rewritten);
    struct span rest = {buf_text(&rewritten), rewritten.len};
    struct semver_range range = {.text = NULL};
    size_t cap = 0, count = 0;
    for (struct span group; next_group(&rest, &group);) {
        if (read_group(&range, &cap, group, count++, err) != 0) {
            buf_finish(&rewritten);
            semver_range_finish(&range);
            return -1;
        }
    }
    range.text = buf_take(&rewritten);
    *ret = range;
    return 0;
}

void semver_range_finish(struct semver_range *range)
{
    free(range->items);
    free(range->text);
    *range = (struct semver_range){0};
}

/* The order of major numbers, and of major and minor numbers. */
static int compare_major(const struct semver *a, const struct semver *b)
{
    return (a->major > b->major) - (a->major < b->major);
}

static int compare_minor(const struct semver *a, const struct semver *b)
{
    int order = compare_major(a, b);
    return order != 0 ? order : (a->minor > b->minor) - (a->minor < b->minor);
}

/* In these, V is the version that is looked at and C that of the item. */

static bool accepts_not_equal(const struct semver *v, const struct semver *c, enum open open)
{
    switch (open) {
    case OPEN_MINOR:
        return compare_major(v, c) != 0;
    case OPEN_PATCH:
        return compare_minor(v, c) != 0 ||
               semver_compare_prerelease(v->prerelease, c->prerelease) != 0;
    default:
        return semver_compare(v, c) != 0;
    }
}

static bool accepts_greater(const struct semver *v, const struct semver *c, enum open open)
{
    switch (open) {
    case OPEN_MINOR:
        return compare_major(v, c) > 0;
    case OPEN_PATCH:
        return compare_minor(v, c) > 0;
    default:
        return semver_compare(v, c) > 0;
    }
}

static bool accepts_at_most(const struct semver *v, const struct semver *c, enum open open)
{
    switch (open) {
    case OPEN_MAJOR: /* not all: "<=*" is "<=0.0" in the reference */
    case OPEN_PATCH:
        return compare_minor(v, c) <= 0;
    case OPEN_MINOR:
        return compare_major(v, c) <= 0;
    default:
        return semver_compare(v, c) <= 0;
    }
}

static bool accepts_tilde(const struct semver *v, const struct semver *c, enum open open)
{
    if (semver_compare(v, c) < 0)
        return false;
    switch (open) {
    case OPEN_MAJOR:
        return true;
    case OPEN_MINOR:
        return compare_major(v, c) == 0;
    case OPEN_NOTHING:
        if (c->major == 0 && c->minor == 0 && c->patch == 0)
            return true; /* "~0.0.0" is every release in the reference */
        return compare_minor(v, c) == 0;
    default:
        return compare_minor(v, c) == 0;
    }
}

/* Up to the next change of the first number that is not zero. */
static bool accepts_caret(const struct semver *v, const struct semver *c, enum open open)
{
    if (semver_compare(v, c) < 0)
        return false;
    if (open == OPEN_MINOR || c->major > 0)
        return compare_major(v, c) == 0;
    if (open == OPEN_PATCH || c->minor > 0)
        return compare_minor(v, c) == 0;
    return compare_minor(v, c) == 0 && v->patch == c->patch;
}

static bool accepts(const struct semver_range_item *item, const struct semver *v)
{
    const struct semver *c = &item->version;
    if (v->prerelease.len != 0 && !item->prereleases)
        return false;
    switch (item->op) {
    case SEMVER_OP_EQUAL:
        if (item->open == OPEN_NOTHING)
            return semver_compare(v, c) == 0;
        return accepts_tilde(v, c, item->open);
    case SEMVER_OP_NOT_EQUAL:
        return accepts_not_equal(v, c, item->open);
    case SEMVER_OP_GREATER:
        return accepts_greater(v, c, item->open);
    case SEMVER_OP_LESS:
        return semver_compare(v, c) < 0;
    case SEMVER_OP_AT_LEAST:
        return semver_compare(v, c) >= 0;
    case SEMVER_OP_AT_MOST:
        return accepts_at_most(v, c, item->open);
    case SEMVER_OP_TILDE:
        return accepts_tilde(v, c, item->open);
    case SEMVER_OP_CARET:
    default:
        return accepts_caret(v, c, item->open);
    }
}

bool semver_range_contains(const struct semver_range *range, const struct semver *version)
{
    for (size_t i = 0; i < range->count;) {
        size_t group = range->items[i].group;
        bool inside = true;
        for (; i < range->count && range->items[i].group == group; i++)
            inside = inside && accepts(&range->items[i], version);
        if (inside)
            return true;
    }
    return false;
}

bool semver_range_admits_prereleases(const struct semver_range *range)
{
    for (size_t i = 0; i < range->count; i++) {
        if (range->items[i].prereleases)
            return true;
    }
    return false;
}
