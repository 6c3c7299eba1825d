#include "base/arena.h"

#include <stdalign.h>

#include "base/mem.h"

enum {
    BLOCK_SIZE = 32 * 1024, /* larger pieces get a block of their own */
};

struct arena_block {
    struct arena_block *next;
    alignas(max_align_t) char data[];
};

void arena_init(struct arena *arena, size_t max_bytes)
{
    *arena = (struct arena)ARENA_INIT(max_bytes);
}

void arena_finish(struct arena *arena)
{
    for (struct arena_block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    arena_init(arena, arena->max);
}

static struct arena_block *add_block(struct arena *arena, size_t size)
{
    struct arena_block *block = mem_zalloc(sizeof(*block) + size);
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > arena->max - arena->used)
        return NULL;
    size = size == 0 ? align : (size + align - 1) / align * align;
    if (size > arena->max - arena->used)
        return NULL;
    arena->used += size;
    if (size > BLOCK_SIZE / 4)
        return add_block(arena, size)->data;
    if (size > (size_t)(arena->end - arena->at)) {
        arena->at = add_block(arena, BLOCK_SIZE)->data;
        arena->end = arena->at + BLOCK_SIZE;
    }
    void *piece = arena->at;
    arena->at += size;
    return piece;
}
