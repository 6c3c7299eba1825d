/*
 * Threads of the program's own. Signals belong to the main thread: the others
 * begin with all of them blocked, so that none is interrupted by one.
 */
#ifndef TIDEMARK_BASE_THREAD_H
#define TIDEMARK_BASE_THREAD_H

#include <pthread.h>

/* As pthread_create(3), whose error numbers it answers; ATTR may be NULL. */
int thread_start(pthread_t *ret, const pthread_attr_t *attr, void *(*run)(void *arg), void *arg);

#endif
