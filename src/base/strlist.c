#include "base/strlist.h"

#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

void strlist_finish(struct strlist *list)
{
    for (size_t i = 0; i < list->len; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct strlist)STRLIST_INIT;
}

void strlist_add_take(struct strlist *list, char *text)
{
    list->items = mem_grow(list->items, &list->cap, list->len + 1, sizeof(*list->items));
    list->items[list->len++] = text;
}

void strlist_add(struct strlist *list, const char *text)
{
    strlist_add_take(list, str_dup(text));
}

void strlist_add_span(struct strlist *list, struct span text)
{
    strlist_add_take(list, span_dup(text));
}

void strlist_addf(struct strlist *list, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    strlist_add_take(list, str_vprintf(fmt, args));
    va_end(args);
}

bool strlist_equal(const struct strlist *a, const struct strlist *b)
{
    for (size_t i = 0; i < a->len && i < b->len; i++) {
        if (!str_equal(a->items[i], b->items[i]))
            return false;
    }
    return a->len == b->len;
}

bool strlist_contains(const struct strlist *list, const char *text)
{
    for (size_t i = 0; i < list->len; i++) {
        if (str_equal(list->items[i], text))
            return true;
    }
    return false;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void strlist_sort(struct strlist *list, bool unique)
{
    if (list->len == 0)
        return;
    qsort(list->items, list->len, sizeof(*list->items), compare);
    if (!unique)
        return;
    size_t kept = 1;
    for (size_t i = 1; i < list->len; i++) {
        if (strcmp(list->items[i], list->items[kept - 1]) == 0)
            free(list->items[i]);
        else
            list->items[kept++] = list->items[i];
    }
    list->len = kept;
}

const char *const *strlist_argv(struct strlist *list)
{
    list->items = mem_grow(list->items, &list->cap, list->len + 1, sizeof(*list->items));
    list->items[list->len] = NULL;
    return (const char *const *)list->items;
}
