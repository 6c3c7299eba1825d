#include "update/diff.h"

#include <string.h>

#include "base/mem.h"

enum {
    CONTEXT = 3,
    LOOK_AHEAD = 64, /* lines; what is further apart is shown as replaced */
};

struct lines {
    struct span *items; /* each with its line end */
    size_t len;
    size_t cap;
};

/* Lines [from, to) of each side that replace each other. */
struct change {
    size_t old_from, old_to;
    size_t new_from, new_to;
};

struct diff {
    struct lines old, new;
    struct change *changes; /* in order, with equal lines between them */
    size_t len;
    size_t cap;
};

static void diff_finish(struct diff *diff)
{
    free(diff->old.items);
    free(diff->new.items);
    free(diff->changes);
}

static void split(struct span text, struct lines *ret)
{
    const char *start = text.data;
    for (struct span line; span_next(&text, '\n', &line); start = text.data) {
        bool has_end = text.data > line.data + line.len;
        ret->items = mem_grow(ret->items, &ret->cap, ret->len + 1, sizeof(*ret->items));
        ret->items[ret->len++] = (struct span){start, line.len + has_end};
    }
}

/* Whether the two sides go on alike at these lines. */
static bool same_at(const struct diff *diff, size_t old, size_t new)
{
    if (old >= diff->old.len || new >= diff->new.len)
        return old == diff->old.len && new == diff->new.len;
    return span_equal(diff->old.items[old], diff->new.items[new]);
}

/* Finds the nearest lines behind OLD and NEW where both sides are alike again,
 * with as many lines on either side where that is possible. */
static struct change next_change(const struct diff *diff, size_t old, size_t new)
{
    for (size_t far = 1; far <= LOOK_AHEAD; far++) {
        for (size_t near = far + 1; near-- > 0;) {
            if (same_at(diff, old + far, new + near))
                return (struct change){old, old + far, new, new + near};
            if (same_at(diff, old + near, new + far))
                return (struct change){old, old + near, new, new + far};
        }
    }
    return (struct change){old, diff->old.len, new, diff->new.len};
}

static void find_changes(struct diff *diff)
{
    size_t old = 0, new = 0;
    while (old < diff->old.len || new < diff->new.len) {
        if (same_at(diff, old, new)) {
            old++;
            new ++;
            continue;
        }
        struct change change = next_change(diff, old, new);
        diff->changes = mem_grow(diff->changes, &diff->cap, diff->len + 1, sizeof(*diff->changes));
        diff->changes[diff->len++] = change;
        old = change.old_to;
        new = change.new_to;
    }
}

static void print_lines(char mark, const struct lines *lines, size_t from, size_t to,
                        struct buf *ret)
{
    for (size_t i = from; i < to; i++) {
        buf_addc(ret, mark);
        buf_add_span(ret, lines->items[i]);
        if (!span_ends_with(lines->items[i], "\n"))
            buf_adds(ret, "\n\\ No newline at end of file\n");
    }
}

/* `12,3`; of no lines, the line before them. */
static void print_range(size_t from, size_t to, struct buf *ret)
{
    if (to - from == 1)
        buf_addf(ret, "%zu", from + 1);
    else
        buf_addf(ret, "%zu,%zu", to == from ? from : from + 1, to - from);
}

static size_t less(size_t a, size_t b)
{
    return a > b ? a - b : 0;
}

/* Prints the changes [first, last], between which there is only context. */
static void print_hunk(const struct diff *diff, size_t first, size_t last, struct buf *ret)
{
    const struct change *begin = &diff->changes[first], *end = &diff->changes[last];
    size_t before = begin->old_from - less(begin->old_from, CONTEXT);
    size_t after = diff->old.len - end->old_to < CONTEXT ? diff->old.len - end->old_to : CONTEXT;
    buf_adds(ret, "@@ -");
    print_range(begin->old_from - before, end->old_to + after, ret);
    buf_adds(ret, " +");
    print_range(begin->new_from - before, end->new_to + after, ret);
    buf_adds(ret, " @@\n");
    size_t at = begin->old_from - before;
    for (size_t i = first; i <= last; i++) {
        const struct change *change = &diff->changes[i];
        print_lines(' ', &diff->old, at, change->old_from, ret);
        print_lines('-', &diff->old, change->old_from, change->old_to, ret);
        print_lines('+', &diff->new, change->new_from, change->new_to, ret);
        at = change->old_to;
    }
    print_lines(' ', &diff->old, at, at + after, ret);
}

static bool needs_quotes(const char *path)
{
    for (; *path; path++) {
        if ((unsigned char)*path < ' ' || (unsigned char)*path >= 0x7f || *path == '"' ||
            *path == '\\')
            return true;
    }
    return false;
}

/* The path as git writes it: unusual characters in a C string, and a tab behind
 * a blank, which would end the name for `patch`. */
static void print_path(const char *mark, const char *path, struct buf *ret)
{
    if (!needs_quotes(path)) {
        buf_addf(ret, "%s%s%s\n", mark, path, strchr(path, ' ') ? "\t" : "");
        return;
    }
    buf_addf(ret, "%.4s\"%s", mark, mark + 4);
    for (; *path; path++) {
        unsigned char byte = (unsigned char)*path;
        if (byte == '"' || byte == '\\')
            buf_addf(ret, "\\%c", byte);
        else if (byte < ' ' || byte >= 0x7f)
            buf_addf(ret, "\\%03o", byte);
        else
            buf_addc(ret, (char)byte);
    }
    buf_adds(ret, "\"\n");
}

void diff_print(const char *path, struct span before, struct span after, struct buf *ret)
{
    CLEANUP(diff_finish) struct diff diff = {0};
    split(before, &diff.old);
    split(after, &diff.new);
    find_changes(&diff);
    if (diff.len == 0)
        return;
    print_path("--- a/", path, ret);
    print_path("+++ b/", path, ret);
    for (size_t first = 0, last; first < diff.len; first = last + 1) {
        last = first;
        while (last + 1 < diff.len &&
               diff.changes[last + 1].old_from - diff.changes[last].old_to <= 2 * CONTEXT)
            last++;
        print_hunk(&diff, first, last, ret);
    }
}
