#include "base/str.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

char *str_dup(const char *text)
{
    return text ? mem_dup(text, strlen(text)) : NULL;
}

char *str_vprintf(const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    size_t size = len < 0 ? 1 : (size_t)len + 1;
    char *text = mem_zalloc(size);
    vsnprintf(text, size, fmt, again);
    va_end(again);
    return text;
}

char *str_printf(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = str_vprintf(fmt, args);
    va_end(args);
    return text;
}

bool str_equal(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool str_equal_nocase(const char *a, const char *b)
{
    return a && b ? strcasecmp(a, b) == 0 : a == b;
}

bool str_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends_with(const char *text, const char *suffix)
{
    size_t len = strlen(text), want = strlen(suffix);
    return len >= want && memcmp(text + len - want, suffix, want) == 0;
}

bool str_empty(const char *text)
{
    return !text || !*text;
}

size_t str_distance(const char *a, const char *b)
{
    enum { LONGEST = 40 };
    size_t row[LONGEST + 1];
    size_t len_a = strlen(a), len_b = strlen(b);
    if (len_a > LONGEST || len_b > LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= len_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= len_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= len_b; j++) {
            size_t above = row[j];
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            best = above + 1 < best ? above + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            diagonal = above;
            row[j] = best;
        }
    }
    return row[len_b];
}

void str_set(char **ref, const char *text)
{
    char *copy = str_dup(text);
    free(*ref);
    *ref = copy;
}

void str_wipe(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}
