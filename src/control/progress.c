#include "control/progress.h"

#include <pthread.h>
#include <stdlib.h>

#include "api/condition.h"
#include "base/str.h"
#include "base/thread.h"

#define AFTER_NS (PROGRESS_AFTER_MS * CLOCK_NS_PER_MS)

enum {
    STACK_SIZE = 1024 * 1024,
};

TAILQ_HEAD(note_list, progress_note);

struct progress {
    struct store *store;
    const struct clock *clock;
    pthread_t thread;
    pthread_mutex_t lock; /* guards the rest, and all notes */
    pthread_cond_t changed;
    pthread_cond_t written;
    struct note_list notes; /* to be written, in the order in which they are due */
    bool asleep;            /* without an end, until something is listed */
    bool ending;
};

void progress_show(struct json *status, int64_t generation, const char *message,
                   int64_t now_wall_ns)
{
    const struct api_condition condition = {.status = API_TRUE,
                                            .reason = "Progressing",
                                            .message = message,
                                            .observed_generation = generation};
    struct api_condition ready;
    api_condition_set(status, API_RECONCILING, &condition, now_wall_ns);
    if (api_condition_get(status, API_READY, &ready) && !str_equal(ready.status, API_UNKNOWN))
        return;
    ready = condition;
    ready.status = API_UNKNOWN;
    api_condition_set(status, API_READY, &ready, now_wall_ns);
}

static void list(struct progress *progress, struct progress_note *note)
{
    note->due_ns = clock_monotonic_ns(progress->clock) + AFTER_NS;
    note->listed = true;
    TAILQ_INSERT_TAIL(&progress->notes, note, entry);
    if (progress->asleep)
        pthread_cond_signal(&progress->changed);
}

static void unlist(struct progress *progress, struct progress_note *note)
{
    if (note->listed)
        TAILQ_REMOVE(&progress->notes, note, entry);
    note->listed = false;
}

/* With the lock held, which is given up meanwhile. If it fails, the end of the pass
 * writes again, and tells. */
static void write_note(struct progress *progress, struct progress_note *note)
{
    const struct api_object *last = note->stored ? note->stored : note->object;
    CLEANUP(json_freep) struct json *status = json_clone(last->status);
    struct api_object *stored = NULL;
    progress_show(status, last->meta.generation, note->message, clock_wall_ns(progress->clock));
    note->writing = true;
    pthread_mutex_unlock(&progress->lock);
    int answer = store_patch_status(progress->store, last, status, &stored, NULL);
    pthread_mutex_lock(&progress->lock);
    note->writing = false;
    if (answer == 1) {
        api_object_free(note->stored);
        note->stored = stored;
    }
    pthread_cond_broadcast(&progress->written);
}

/* Sleeps until the first note is due, or, without one, until there is one. Those
 * that come meanwhile are due later than the first. */
static void wait_for(struct progress *progress, const struct progress_note *first)
{
    if (first) {
        thread_wait_until(&progress->changed, &progress->lock, first->due_ns);
        return;
    }
    progress->asleep = true;
    pthread_cond_wait(&progress->changed, &progress->lock);
    progress->asleep = false;
}

static void *run(void *arg)
{
    struct progress *progress = arg;
    pthread_mutex_lock(&progress->lock);
    while (!progress->ending) {
        struct progress_note *first = TAILQ_FIRST(&progress->notes);
        if (first && first->due_ns <= clock_monotonic_ns(progress->clock)) {
            unlist(progress, first);
            write_note(progress, first);
        } else {
            wait_for(progress, first);
        }
    }
    pthread_mutex_unlock(&progress->lock);
    return NULL;
}

void progress_tell(struct progress *progress, struct progress_note *note,
                   const struct api_object *object, const char *message)
{
    pthread_mutex_lock(&progress->lock);
    while (note->writing)
        pthread_cond_wait(&progress->written, &progress->lock);
    note->object = object;
    str_set(&note->message, message);
    if (!note->listed)
        list(progress, note);
    pthread_mutex_unlock(&progress->lock);
}

struct api_object *progress_end(struct progress *progress, struct progress_note *note)
{
    pthread_mutex_lock(&progress->lock);
    unlist(progress, note);
    while (note->writing)
        pthread_cond_wait(&progress->written, &progress->lock);
    pthread_mutex_unlock(&progress->lock);
    free(MEM_STEAL(note->message));
    return MEM_STEAL(note->stored);
}

struct progress *progress_new(struct store *store, const struct clock *clock)
{
    struct progress *progress = mem_zalloc(sizeof(*progress));
    pthread_attr_t attr;
    progress->store = store;
    progress->clock = clock;
    TAILQ_INIT(&progress->notes);
    pthread_mutex_init(&progress->lock, NULL);
    pthread_cond_init(&progress->written, NULL);
    thread_cond_init(&progress->changed);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    if (thread_start(&progress->thread, &attr, run, progress) != 0)
        abort();
    pthread_attr_destroy(&attr);
    return progress;
}

void progress_free(struct progress *progress)
{
    if (!progress)
        return;
    pthread_mutex_lock(&progress->lock);
    progress->ending = true;
    pthread_cond_signal(&progress->changed);
    pthread_mutex_unlock(&progress->lock);
    pthread_join(progress->thread, NULL);
    pthread_cond_destroy(&progress->changed);
    pthread_cond_destroy(&progress->written);
    pthread_mutex_destroy(&progress->lock);
    free(progress);
}
