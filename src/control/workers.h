/*
 * Workers: threads that take keys from a queue, as many as there is work for.
 *
 * One thread waits; when it gets a key and no other waits, another is started,
 * up to the limit. A thread that has waited long without work ends, all but
 * one, so that an idle daemon costs one sleeping thread a queue.
 */
#ifndef TIDEMARK_CONTROL_WORKERS_H
#define TIDEMARK_CONTROL_WORKERS_H

#include <stddef.h>

#include "base/mem.h"
#include "control/queue.h"

struct workers;

/* What to do with KEY; returns the verdict, and in *RET_DELAY_NS the time for
 * QUEUE_AFTER. Called on several threads at once, never twice for one key. */
typedef enum queue_verdict (*workers_fn)(void *arg, const char *key, int64_t *ret_delay_ns);

/* Starts with one thread. QUEUE must outlive the workers. */
struct workers *workers_new(struct queue *queue, size_t limit, workers_fn work, void *arg);

/* Waits until all threads have ended: close the queue first. */
void workers_free(struct workers *workers);
MEM_DEFINE_FREEP(struct workers, workers_free)

#endif
