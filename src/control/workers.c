#include "control/workers.h"

#include <pthread.h>
#include <stdbool.h>

#include "base/thread.h"

enum {
    STACK_SIZE = 1024 * 1024,
};

#define LINGER_NS (2 * CLOCK_NS_PER_S)

struct workers {
    struct queue *queue;
    size_t limit;
    workers_fn work;
    void *arg;
    pthread_mutex_t lock; /* guards what follows; never held while working */
    pthread_cond_t ended;
    size_t running;
    size_t waiting;
};

static void *run(void *arg);

/* With the lock held. */
static void start_thread(struct workers *workers)
{
    pthread_attr_t attr;
    pthread_t thread;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    if (thread_start(&thread, &attr, run, workers) == 0) {
        workers->running++;
        workers->waiting++;
    } else if (workers->running == 0) {
        abort(); /* not one thread: nothing would ever be done */
    }
    pthread_attr_destroy(&attr);
}

/* With a key in hand: somebody should wait for the next one. */
static void stop_waiting(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    workers->waiting--;
    if (workers->waiting == 0 && workers->running < workers->limit)
        start_thread(workers);
    pthread_mutex_unlock(&workers->lock);
}

static void wait_again(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    workers->waiting++;
    pthread_mutex_unlock(&workers->lock);
}

/* Nothing came for a while: is one thread enough to wait? */
static bool may_end(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    bool spare = workers->waiting > 1;
    if (spare) {
        workers->waiting--;
        workers->running--;
        pthread_cond_broadcast(&workers->ended);
    }
    pthread_mutex_unlock(&workers->lock);
    return spare;
}

static bool is_alone(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    bool alone = workers->waiting <= 1;
    pthread_mutex_unlock(&workers->lock);
    return alone;
}

static void *run(void *arg)
{
    struct workers *workers = arg;
    for (;;) {
        bool alone = is_alone(workers);
        char *key = queue_take(workers->queue, alone ? -1 : LINGER_NS);
        if (key) {
            int64_t delay_ns = 0;
            stop_waiting(workers);
            enum queue_verdict verdict = workers->work(workers->arg, key, &delay_ns);
            wait_again(workers);
            queue_done_take(workers->queue, key, verdict, delay_ns);
        } else if (alone) {
            break; /* the queue is closed */
        } else if (may_end(workers)) {
            return NULL;
        }
    }
    pthread_mutex_lock(&workers->lock);
    workers->running--;
    workers->waiting--;
    pthread_cond_broadcast(&workers->ended);
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

struct workers *workers_new(struct queue *queue, size_t limit, workers_fn work, void *arg)
{
    struct workers *workers = mem_zalloc(sizeof(*workers));
    *workers =
        (struct workers){.queue = queue, .limit = limit != 0 ? limit : 1, .work = work, .arg = arg};
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->ended, NULL);
    pthread_mutex_lock(&workers->lock);
    start_thread(workers);
    pthread_mutex_unlock(&workers->lock);
    return workers;
}

void workers_free(struct workers *workers)
{
    if (!workers)
        return;
    pthread_mutex_lock(&workers->lock);
    while (workers->running != 0)
        pthread_cond_wait(&workers->ended, &workers->lock);
    pthread_mutex_unlock(&workers->lock);
    pthread_cond_destroy(&workers->ended);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
}
