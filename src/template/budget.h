/*
 * What one rendering may use: steps and memory.
 *
 * A template is written by whoever may write the object that holds it, so it
 * must not be able to keep the program busy. Everything that it makes lives in
 * the budget's arena and dies with it; everything that takes time takes steps.
 * A step is a node evaluated, a value walked over or some tens of bytes moved:
 * well below a microsecond. All refusals have class invalid.
 */
#ifndef TIDEMARK_TEMPLATE_BUDGET_H
#define TIDEMARK_TEMPLATE_BUDGET_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
    BUDGET_STEPS_MAX = 4 * 1000 * 1000,
    BUDGET_MEMORY_MAX = 64 * 1024 * 1024, /* bytes of values made while rendering */
    BUDGET_TEXT_MAX = 1024 * 1024,        /* bytes of one text */
    BUDGET_LIST_MAX = 64 * 1024,          /* elements that a function makes */
    BUDGET_DEPTH_MAX = 300,               /* nesting of a value that is walked over */
    BUDGET_BYTES_A_STEP = 64,
};

struct budget {
    struct arena arena;
    uint64_t steps; /* left */
};

/* No limit on memory until budget_start(): what the data needs is the
 * caller's. */
void budget_init(struct budget *budget);
void budget_finish(struct budget *budget);

/* Sets the limits for one rendering, on top of what is there. */
void budget_start(struct budget *budget);

/* Zeroed memory, or NULL with ERR filled. */
void *budget_alloc(struct budget *budget, size_t size, struct err *err);
void *budget_calloc(struct budget *budget, size_t count, size_t size, struct err *err);

int budget_take(struct budget *budget, uint64_t steps, struct err *err);
/* The steps for reading or writing COUNT bytes. */
int budget_take_bytes(struct budget *budget, size_t count, struct err *err);

/* Copies of text; of a buffer with the cap BUDGET_TEXT_MAX the content, or the
 * error that its overflow means. */
int budget_text(struct budget *budget, struct span text, struct span *ret, struct err *err);
int budget_text_of(struct budget *budget, const struct buf *buf, struct span *ret, struct err *err);

/* Fails unless COUNT elements are allowed. */
int budget_check_list(size_t count, struct err *err);
int budget_check_depth(size_t depth, struct err *err);

#endif
