#include "kube/watch.h"

#include <pthread.h>
#include <stdio.h>

#include "adapt/crypto.h"
#include "base/strlist.h"
#include "base/thread.h"
#include "kube/watch_table.h"

enum {
    HTTP_OK = 200,
    HTTP_GONE = 410,
    BACKOFF_MIN_MS = 500,
    BACKOFF_MAX_MS = 30 * 1000,
    SILENCE_MS = 120 * 1000, /* bookmarks come about every minute */
    STREAM_MAX_S = 600,      /* for which a watch is asked for; between half of it and this */
    HEALTHY_MS = 5000,       /* a watch that held so long has worked */
    SHORT_MS = 1000,         /* one that ended sooner is not repeated at once */
    RELIST_FAILURES = 3,     /* of the server to resume a watch, before a new list */
    EXPIRED_FAILURES = 3,    /* lists in a row that expire before they can be watched, to tell it */
};

struct kube_watch {
    struct kube_client *client;
    struct kube_query query; /* its strings stand in `owned` */
    struct strlist owned;
    struct kube_watcher watcher;
    struct cancel *cancel;
    struct deadline until_canceled;
    pthread_t thread;

    /* The thread's own. */
    struct watch_table *table;
    struct kube_resource resource; /* as of the last list */
    bool listed;                   /* the table's version can be watched from */
    int failures;                  /* without a watch that worked between them */
    bool fresh;                    /* the list: no watch has been tried since */
    bool failing;                  /* the watcher knows */
};

/* How one stream went. */
struct stream {
    struct kube_watch *watch;
    bool fruitful; /* the server has told something */
    bool expired;
};

/* Between half of MS and all of it. */
static int jittered(int ms)
{
    uint32_t random;
    crypto_random(&random, sizeof(random));
    return ms / 2 + (int)(random % (uint32_t)(ms / 2 + 1));
}

static int backoff_ms(int failures)
{
    int ms = BACKOFF_MIN_MS;
    for (int i = 1; i < failures && ms < BACKOFF_MAX_MS; i++)
        ms *= 2;
    return jittered(ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS);
}

/* Nothing is told any more once the watch is ending. */
static void pass_on(void *arg, enum kube_change change, const struct json *object)
{
    struct kube_watch *watch = arg;
    if (!cancel_requested(watch->cancel))
        watch->watcher.on_change(watch->watcher.arg, change, object);
}

static int take_listed(void *arg, const struct json *object, struct err *err)
{
    struct kube_watch *watch = arg;
    if (deadline_check(&watch->until_canceled, err) != 0)
        return -1;
    return watch_table_list_object(watch->table, object, err);
}

/* One attempt to list all. */
static int list(struct kube_watch *watch, struct err *err)
{
    struct deadline deadline =
        deadline_within(&watch->until_canceled, KUBE_LIST_TIMEOUT_MS * CLOCK_NS_PER_MS);
    struct kube_query query = watch->query;
    CLEANUP(mem_freep) char *version = NULL;
    int answer = 0;
    if (kube_resolve(watch->client, &query, &deadline, &watch->resource, err) != 0)
        return -1;
    query.resource = watch->resource;
    query.versions = NULL;
    for (int i = 0; answer == 0 && i < KUBE_LIST_TRIES; i++) {
        watch_table_list_begin(watch->table);
        answer =
            kube_list_once(watch->client, &query, take_listed, watch, &deadline, &version, err);
    }
    if (answer < 0)
        return -1;
    if (answer == 0)
        return err_set(err, ERR_UNAVAILABLE, "the list of %s expires before it ends",
                       query.resource.plural);
    watch_table_list_end(watch->table, version);
    watch->listed = watch->fresh = true;
    return 0;
}

static int take_line(void *arg, struct span line, struct err *err)
{
    struct stream *stream = arg;
    enum watch_table_verdict verdict;
    if (watch_table_event(stream->watch->table, line, &verdict, err) != 0)
        return -1;
    stream->expired = verdict == WATCH_TABLE_EXPIRED;
    stream->fruitful |= !stream->expired;
    return stream->expired ? 1 : 0;
}

static int open_stream(struct kube_watch *watch, struct stream *stream, struct kube_answer *answer,
                       struct err *err)
{
    struct kube_param params[4];
    size_t count = 0;
    char seconds[16];
    snprintf(seconds, sizeof(seconds), "%d", jittered(STREAM_MAX_S));
    params[count++] = (struct kube_param){"allowWatchBookmarks", "true"};
    params[count++] = (struct kube_param){"resourceVersion", watch_table_version(watch->table)};
    params[count++] = (struct kube_param){"timeoutSeconds", seconds};
    if (watch->query.label_selector)
        params[count++] = (struct kube_param){"labelSelector", watch->query.label_selector};
    const struct kube_request request = {
        .resource = watch->resource,
        .namespace = watch->query.namespace,
        .params = params,
        .param_count = count,
    };
    return kube_stream(watch->client, &request, SILENCE_MS, take_line, stream,
                       &watch->until_canceled, answer, err);
}

static void wait_ms(struct kube_watch *watch, int ms)
{
    deadline_sleep_ms(&watch->until_canceled, ms, NULL);
}

static void tell_failure(struct kube_watch *watch, const struct err *err)
{
    if (!watch->failing && watch->watcher.on_error && !cancel_requested(watch->cancel))
        watch->watcher.on_error(watch->watcher.arg, err);
    watch->failing = true;
}

static void begin(struct kube_watch *watch)
{
    struct err err;
    if (list(watch, &err) == 0)
        return;
    watch->failures++;
    tell_failure(watch, &err);
    wait_ms(watch, backoff_ms(watch->failures));
}

/* Watches until the stream ends, and decides from how it went what is next. */
static void follow(struct kube_watch *watch)
{
    struct stream stream = {.watch = watch};
    struct kube_answer answer = {0};
    struct err err;
    const struct clock *clock = watch->until_canceled.clock;
    int64_t began_ns = clock_monotonic_ns(clock);
    int result = open_stream(watch, &stream, &answer, &err);
    int64_t lasted_ms = (clock_monotonic_ns(clock) - began_ns) / CLOCK_NS_PER_MS;
    bool worked = stream.fruitful || (answer.code == HTTP_OK && lasted_ms >= HEALTHY_MS);
    bool expired = stream.expired || answer.code == HTTP_GONE;
    bool fresh = watch->fresh;

    watch->fresh = false;
    if (worked) {
        watch->failures = 0;
        watch->failing = false;
    }
    if (expired && !fresh) { /* as it goes: no failure */
        watch->listed = false;
        return;
    }
    if (!worked)
        watch->failures++;
    if (expired || (answer.code != 0 && watch->failures >= RELIST_FAILURES))
        watch->listed = false;
    if (expired && !worked && watch->failures >= EXPIRED_FAILURES) {
        err_set(&err, ERR_UNAVAILABLE, "the list of %s expires before it can be watched",
                watch->resource.plural);
        tell_failure(watch, &err);
    }
    /* A connection that worked and breaks is resumed without a word. */
    if (result != 0 && !worked && !expired)
        tell_failure(watch, &err);
    if (!worked)
        wait_ms(watch, backoff_ms(watch->failures));
    else if (lasted_ms < SHORT_MS)
        wait_ms(watch, jittered(BACKOFF_MIN_MS));
}

static void *run(void *arg)
{
    struct kube_watch *watch = arg;
    while (!cancel_requested(watch->cancel)) {
        if (watch->listed)
            follow(watch);
        else
            begin(watch);
    }
    return NULL;
}

/* A copy that lives as long as the watch. */
static const char *keep(struct kube_watch *watch, const char *text)
{
    if (!text)
        return NULL;
    strlist_add(&watch->owned, text);
    return watch->owned.items[watch->owned.len - 1];
}

static void release(struct kube_watch *watch)
{
    watch_table_free(watch->table);
    cancel_free(watch->cancel);
    strlist_finish(&watch->owned);
    free(watch);
}

int kube_watch_new(struct kube_client *client, const struct kube_query *query,
                   const struct kube_watcher *watcher, struct kube_watch **ret, struct err *err)
{
    struct kube_watch *watch = mem_zalloc(sizeof(*watch));
    const struct kube_watcher inner = {.on_change = pass_on, .arg = watch};
    watch->client = client;
    watch->query = *query;
    watch->query.resource.group = keep(watch, query->resource.group);
    watch->query.resource.version = keep(watch, query->resource.version);
    watch->query.resource.plural = keep(watch, query->resource.plural);
    watch->query.namespace = keep(watch, query->namespace);
    watch->query.label_selector = keep(watch, query->label_selector);
    watch->watcher = *watcher;
    watch->cancel = cancel_new();
    watch->until_canceled = deadline_in(clock_system(), 0, watch->cancel);
    watch->table = watch_table_new(&inner, KUBE_LIST_MAX);
    *ret = watch; /* before a call can reach the watcher */
    int errnum = thread_start(&watch->thread, NULL, run, watch);
    if (errnum == 0)
        return 0;
    *ret = NULL;
    release(watch);
    return err_set_errno(err, errnum, "cannot begin a watch");
}

void kube_watch_free(struct kube_watch *watch)
{
    if (!watch)
        return;
    cancel_trigger(watch->cancel);
    pthread_join(watch->thread, NULL);
    release(watch);
}
