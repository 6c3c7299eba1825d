#include "template/budget.h"

#include <string.h>

void budget_init(struct budget *budget)
{
    *budget = (struct budget){.arena = ARENA_INIT(SIZE_MAX / 4), .steps = UINT64_MAX};
}

void budget_finish(struct budget *budget)
{
    arena_finish(&budget->arena);
}

void budget_start(struct budget *budget)
{
    budget->arena.max = budget->arena.used + BUDGET_MEMORY_MAX;
    budget->steps = BUDGET_STEPS_MAX;
}

void *budget_alloc(struct budget *budget, size_t size, struct err *err)
{
    void *memory = arena_alloc(&budget->arena, size);
    if (!memory)
        err_set(err, ERR_INVALID, "template needs more than %d bytes of memory", BUDGET_MEMORY_MAX);
    return memory;
}

void *budget_calloc(struct budget *budget, size_t count, size_t size, struct err *err)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        bytes = SIZE_MAX;
    return budget_alloc(budget, bytes, err);
}

int budget_take(struct budget *budget, uint64_t steps, struct err *err)
{
    if (steps > budget->steps) {
        budget->steps = 0;
        return err_set(err, ERR_INVALID, "template needs more than %d steps", BUDGET_STEPS_MAX);
    }
    budget->steps -= steps;
    return 0;
}

int budget_take_bytes(struct budget *budget, size_t count, struct err *err)
{
    return budget_take(budget, count / BUDGET_BYTES_A_STEP, err);
}

int budget_text(struct budget *budget, struct span text, struct span *ret, struct err *err)
{
    if (text.len > BUDGET_TEXT_MAX)
        return err_set(err, ERR_INVALID, "text is longer than %d bytes", BUDGET_TEXT_MAX);
    char *copy = budget_alloc(budget, text.len, err);
    if (!copy)
        return -1;
    if (text.len != 0)
        memcpy(copy, text.data, text.len);
    *ret = (struct span){copy, text.len};
    return budget_take_bytes(budget, text.len, err);
}

int budget_text_of(struct budget *budget, const struct buf *buf, struct span *ret, struct err *err)
{
    if (buf_overflowed(buf))
        return err_set(err, ERR_INVALID, "text is longer than %d bytes", BUDGET_TEXT_MAX);
    return budget_text(budget, buf_span(buf), ret, err);
}

int budget_check_list(size_t count, struct err *err)
{
    if (count <= BUDGET_LIST_MAX)
        return 0;
    return err_set(err, ERR_INVALID, "list is longer than %d elements", BUDGET_LIST_MAX);
}

int budget_check_depth(size_t depth, struct err *err)
{
    if (depth <= BUDGET_DEPTH_MAX)
        return 0;
    return err_set(err, ERR_INVALID, "value nests deeper than %d levels", BUDGET_DEPTH_MAX);
}
