#include "base/mem.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void out_of_memory(void)
{
    static const char line[] = "tidemark: out of memory\n";
    ssize_t ignored = write(STDERR_FILENO, line, sizeof(line) - 1);
    (void)ignored;
    abort();
}

void mem_freep(void *ref)
{
    void *ptr;
    memcpy(&ptr, ref, sizeof(ptr));
    free(ptr);
}

void *mem_alloc(size_t size)
{
    void *ptr = malloc(size != 0 ? size : 1);
    if (!ptr)
        out_of_memory();
    return ptr;
}

void *mem_zalloc(size_t size)
{
    return mem_calloc(1, size);
}

void *mem_calloc(size_t count, size_t size)
{
    void *ptr = count != 0 && size != 0 ? calloc(count, size) : calloc(1, 1);
    if (!ptr)
        out_of_memory();
    return ptr;
}

void *mem_dup(const void *data, size_t len)
{
    char *copy = mem_alloc(len + 1);
    if (len != 0)
        memcpy(copy, data, len);
    copy[len] = '\0';
    return copy;
}

void *mem_grow(void *ptr, size_t *cap, size_t need, size_t size)
{
    if (ptr && need <= *cap)
        return ptr;
    size_t bigger = *cap + *cap / 2;
    if (bigger < need)
        bigger = need;
    if (bigger < 8)
        bigger = 8;
    if (bigger > SIZE_MAX / size)
        out_of_memory();
    ptr = realloc(ptr, bigger * size);
    if (!ptr)
        out_of_memory();
    *cap = bigger;
    return ptr;
}
