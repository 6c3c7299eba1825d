/*
 * Threads of the program's own, and how they wait. Signals belong to the main
 * thread: the others begin with all of them blocked, so that none is interrupted
 * by one.
 */
#ifndef TIDEMARK_BASE_THREAD_H
#define TIDEMARK_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* As pthread_create(3), whose error numbers it answers; ATTR may be NULL. */
int thread_start(pthread_t *ret, const pthread_attr_t *attr, void *(*run)(void *arg), void *arg);

/* A condition that can be waited for with thread_wait_until(). */
void thread_cond_init(pthread_cond_t *cond);

/* Waits, with LOCK held, for COND until UNTIL_NS of the system's monotonic clock.
 * False if that time has come. */
bool thread_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_ns);

#endif
