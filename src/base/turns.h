/*
 * So many places, or one: threads take a turn and give it back, and none waits
 * for it beyond its own deadline. A mutex for what may last long.
 */
#ifndef TIDEMARK_BASE_TURNS_H
#define TIDEMARK_BASE_TURNS_H

#include "base/cancel.h"
#include "base/err.h"

struct turns {
    int fd; /* an eventfd that counts the free places; -1: finished */
};

#define TURNS_NONE ((struct turns){-1})

/* Aborts if the kernel has no descriptor left. */
void turns_init(struct turns *turns, int count);
/* Nobody may have a turn or wait for one. May be called again. */
void turns_finish(struct turns *turns);

/* 0, or -1 with class canceled, and no turn, if the deadline comes first. Whoever
 * waits is not served in order. */
int turns_take(const struct turns *turns, const struct deadline *deadline, struct err *err);
void turns_give(const struct turns *turns);

#endif
