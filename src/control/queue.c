#include "control/queue.h"

#include <pthread.h>
#include <search.h>
#include <string.h>

#include "adapt/crypto.h"
#include "base/str.h"
#include "base/thread.h"

#define NEVER INT64_MAX

struct item {
    char *key;
    int64_t due_ns; /* monotonic, while it stands in the heap */
    uint64_t turn;  /* order among equal due times */
    size_t place;   /* in the heap; valid only while `queued` */
    bool queued;
    bool taken;       /* a worker has it */
    int64_t again_ns; /* while taken: when it was asked for again, or NEVER */
    int64_t taken_ns; /* while taken: since when */
    unsigned failures;
};

struct queue {
    struct queue_config config;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void *by_key;       /* tsearch() tree of all entries */
    struct item **heap; /* the queued ones; the first is due first */
    size_t len;
    size_t cap;
    uint64_t next_turn;
    size_t taken;
    uint64_t taken_ever;
    uint64_t retries;
    bool closed;
};

struct queue *queue_new(const struct queue_config *config)
{
    struct queue *queue = mem_zalloc(sizeof(*queue));
    queue->config = *config;
    pthread_mutex_init(&queue->lock, NULL);
    thread_cond_init(&queue->changed);
    return queue;
}

static void free_item(void *node)
{
    struct item *item = node;
    free(item->key);
    free(item);
}

void queue_free(struct queue *queue)
{
    if (!queue)
        return;
    tdestroy(queue->by_key, free_item);
    free(queue->heap);
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

static int64_t now_ns(const struct queue *queue)
{
    return clock_monotonic_ns(queue->config.clock);
}

/* The heap. All of this is called with the lock held. */

static bool before(const struct item *a, const struct item *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->turn < b->turn;
}

static void put(struct queue *queue, size_t place, struct item *item)
{
    queue->heap[place] = item;
    item->place = place;
}

static void sift_up(struct queue *queue, struct item *item)
{
    size_t at = item->place;
    while (at > 0 && before(item, queue->heap[(at - 1) / 2])) {
        put(queue, at, queue->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(queue, at, item);
}

static void sift_down(struct queue *queue, struct item *item)
{
    size_t at = item->place;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < queue->len && before(queue->heap[child + 1], queue->heap[child]))
            child++;
        if (child >= queue->len || !before(queue->heap[child], item))
            break;
        put(queue, at, queue->heap[child]);
        at = child;
    }
    put(queue, at, item);
}

static void unschedule(struct queue *queue, struct item *item)
{
    if (!item->queued)
        return;
    struct item *last = queue->heap[--queue->len];
    item->queued = false;
    if (last == item)
        return;
    put(queue, item->place, last);
    sift_up(queue, last);
    sift_down(queue, last);
}

static void schedule(struct queue *queue, struct item *item, int64_t due_ns)
{
    unschedule(queue, item);
    queue->heap = mem_grow(queue->heap, &queue->cap, queue->len + 1, sizeof(struct item *));
    item->due_ns = due_ns;
    item->turn = queue->next_turn++;
    item->queued = true;
    put(queue, queue->len++, item);
    sift_up(queue, item);
    if (queue->heap[0] == item)
        pthread_cond_broadcast(&queue->changed);
}

/* Entries by key. With the lock held. */

static int compare_key(const void *a, const void *b)
{
    return strcmp(((const struct item *)a)->key, ((const struct item *)b)->key);
}

static struct item *find_or_add(struct queue *queue, const char *key)
{
    struct item *item = mem_zalloc(sizeof(*item));
    *item = (struct item){.key = str_dup(key), .again_ns = NEVER};
    struct item **node = tsearch(item, &queue->by_key, compare_key);
    if (!node)
        abort();
    if (*node != item)
        free_item(item);
    return *node;
}

static void drop(struct queue *queue, struct item *item)
{
    tdelete(item, &queue->by_key, compare_key);
    free_item(item);
}

void queue_add(struct queue *queue, const char *key, int64_t delay_ns)
{
    int64_t due_ns = now_ns(queue) + delay_ns;
    pthread_mutex_lock(&queue->lock);
    struct item *item = find_or_add(queue, key);
    if (item->taken) {
        if (due_ns < item->again_ns)
            item->again_ns = due_ns;
    } else if (!item->queued || due_ns < item->due_ns) {
        schedule(queue, item, due_ns);
    }
    pthread_mutex_unlock(&queue->lock);
}

/* Waits for a change, at most until UNTIL_NS. */
static void wait_until(struct queue *queue, int64_t until_ns)
{
    if (until_ns == NEVER) {
        pthread_cond_wait(&queue->changed, &queue->lock);
        return;
    }
    thread_wait_until(&queue->changed, &queue->lock, until_ns);
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)CLOCK_NS_PER_S;
}

static void observe(const struct queue *queue, struct metric *metric, int64_t ns)
{
    metric_observe(metric, seconds(ns), queue->config.name, queue->config.name);
}

char *queue_take(struct queue *queue, int64_t wait_ns)
{
    char *key = NULL;
    int64_t give_up_ns = wait_ns < 0 ? NEVER : now_ns(queue) + wait_ns;
    pthread_mutex_lock(&queue->lock);
    while (!queue->closed) {
        int64_t now = now_ns(queue);
        int64_t due_ns = queue->len != 0 ? queue->heap[0]->due_ns : NEVER;
        if (due_ns <= now) {
            struct item *item = queue->heap[0];
            unschedule(queue, item);
            item->taken = true;
            item->taken_ns = now;
            queue->taken++;
            queue->taken_ever++;
            observe(queue, queue->config.wait_seconds, now - due_ns);
            key = str_dup(item->key);
            /* Who else waits must now wait for the next one. */
            pthread_cond_broadcast(&queue->changed);
            break;
        }
        if (now >= give_up_ns)
            break;
        wait_until(queue, due_ns < give_up_ns ? due_ns : give_up_ns);
    }
    pthread_mutex_unlock(&queue->lock);
    return key;
}

static int64_t back_off_ns(const struct queue *queue, unsigned failures)
{
    int64_t delay_ns = queue->config.retry_min_ns;
    for (unsigned i = 0; i < failures && delay_ns < queue->config.retry_max_ns; i++)
        delay_ns *= 2;
    if (delay_ns > queue->config.retry_max_ns)
        delay_ns = queue->config.retry_max_ns;
    uint32_t chance;
    crypto_random(&chance, sizeof(chance));
    return delay_ns + delay_ns / 1000 * (chance % 100);
}

int64_t queue_done_take(struct queue *queue, char *key, enum queue_verdict verdict,
                        int64_t delay_ns)
{
    pthread_mutex_lock(&queue->lock);
    struct item *item = find_or_add(queue, key);
    int64_t now = now_ns(queue), due_ns = NEVER;
    observe(queue, queue->config.work_seconds, now - item->taken_ns);
    if (verdict == QUEUE_RETRY)
        due_ns = now + back_off_ns(queue, item->failures);
    else if (verdict == QUEUE_AFTER)
        due_ns = now + (delay_ns > 0 ? delay_ns : 0);
    item->failures = verdict == QUEUE_RETRY ? item->failures + 1 : 0;
    queue->retries += verdict == QUEUE_RETRY;
    if (item->again_ns < due_ns)
        due_ns = item->again_ns;
    item->again_ns = NEVER;
    item->taken = false;
    queue->taken--;
    if (due_ns != NEVER)
        schedule(queue, item, due_ns);
    else
        drop(queue, item);
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    free(key);
    if (due_ns == NEVER)
        return -1;
    return due_ns > now ? due_ns - now : 0;
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

void queue_wait_idle(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    while (!queue->closed && (queue->taken != 0 || queue->len != 0))
        pthread_cond_wait(&queue->changed, &queue->lock);
    pthread_mutex_unlock(&queue->lock);
}

size_t queue_taken(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t count = queue->taken;
    pthread_mutex_unlock(&queue->lock);
    return count;
}

struct counting {
    int64_t now_ns;
    struct queue_stats *stats;
};

static void count_item(const void *node, VISIT visit, void *arg)
{
    const struct counting *counting = arg;
    const struct item *item = *(struct item *const *)node;
    if (visit != postorder && visit != leaf)
        return;
    counting->stats->depth += item->queued && item->due_ns <= counting->now_ns;
    if (!item->taken)
        return;
    double had = seconds(counting->now_ns - item->taken_ns);
    counting->stats->unfinished_seconds += had;
    if (had > counting->stats->longest_seconds)
        counting->stats->longest_seconds = had;
}

void queue_stats(struct queue *queue, struct queue_stats *ret)
{
    *ret = (struct queue_stats){0};
    pthread_mutex_lock(&queue->lock);
    struct counting counting = {now_ns(queue), ret};
    twalk_r(queue->by_key, count_item, &counting);
    ret->adds = queue->taken_ever + ret->depth;
    ret->retries = queue->retries;
    pthread_mutex_unlock(&queue->lock);
}
