#include "control/notify.h"

#include <pthread.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "adapt/json.h"
#include "base/cancel.h"
#include "base/httpurl.h"
#include "base/log.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/utf8.h"

enum {
    PAYLOAD_MAX = 256 * 1024, /* bytes of one event */
    MESSAGE_MAX = 32 * 1024,  /* of its message, where the whole would be larger; six times
                                 as many once all are escaped */
    HOSTNAME_MAX = 256,
    STATUS_DUPLICATE = 429, /* the receiver had the same event a moment ago */
};

struct letter {
    char *body;
    size_t len;
    STAILQ_ENTRY(letter) next;
};

struct notifier {
    struct notify_config config;
    char *url;
    char *shown_url; /* without what may be secret */
    char instance[HOSTNAME_MAX];
    struct cancel *cancel;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    STAILQ_HEAD(, letter) letters;
    size_t count;
    size_t size_bytes;
    bool sending; /* the thread has one in hand */
    bool ending;
    bool losing;   /* the log knows that events are lost */
    uint64_t lost; /* since then */
};

static struct json *object_of(const struct api_event *event)
{
    struct json *object = json_new_object();
    json_put_text(object, "kind", api_kind_info(event->object.kind)->name);
    json_put_text(object, "namespace", event->object.namespace);
    json_put_text(object, "name", event->object.name);
    json_put_text(object, "uid", event->uid);
    json_put_text(object, "apiVersion", api_kind_api_version(event->object.kind));
    json_put_text(object, "resourceVersion", event->resource_version);
    return object;
}

char *notify_payload(const struct api_event *event, const char *instance)
{
    char time[CLOCK_TEXT_SIZE];
    CLEANUP(json_freep) struct json *payload = json_new_object();
    CLEANUP(buf_finish) struct buf text = BUF_INIT(PAYLOAD_MAX);
    json_put_take(payload, "involvedObject", object_of(event));
    json_put_text(payload, "severity", str_equal(event->type, API_EVENT_NORMAL) ? "info" : "error");
    json_put_text(payload, "timestamp", clock_format_utc(event->last_ns, time));
    json_put_text(payload, "message", event->message);
    json_put_text(payload, "reason", event->reason);
    if (event->annotations) {
        strmap_foreach (entry, event->annotations)
            json_put_text(json_ensure_object(payload, "metadata"), entry->key, entry->value);
    }
    json_put_text(payload, "reportingController", api_kind_info(event->object.kind)->controller);
    json_put_text(payload, "reportingInstance", instance);
    json_print(payload, JSON_STYLE_COMPACT, &text);
    if (buf_overflowed(&text)) {
        CLEANUP(mem_freep) char *message = utf8_cut(event->message, MESSAGE_MAX);
        json_put_text(payload, "message", message);
        buf_clear(&text);
        json_print(payload, JSON_STYLE_COMPACT, &text);
    }
    return buf_overflowed(&text) ? NULL : buf_take(&text);
}

/* What becomes of events. */

static void count(const struct notifier *notifier, const char *result)
{
    metric_add(notifier->config.results, 1, result);
}

/* Of many in a row, the first is told. With the lock held. */
static void lose(struct notifier *notifier, const char *why)
{
    count(notifier, "lost");
    notifier->lost++;
    if (notifier->losing)
        return;
    notifier->losing = true;
    log_write(LOG_ERROR, "unable to record event", {"error", why},
              {"address", notifier->shown_url});
}

static void arrived(struct notifier *notifier, const char *result)
{
    count(notifier, result);
    pthread_mutex_lock(&notifier->lock);
    if (notifier->losing) {
        CLEANUP(mem_freep) char *lost = str_printf("%llu", (unsigned long long)notifier->lost);
        log_write(LOG_INFO, "events are taken again", {"lost", lost},
                  {"address", notifier->shown_url});
    }
    notifier->losing = false;
    notifier->lost = 0;
    pthread_mutex_unlock(&notifier->lock);
}

/* Sending: all of this is the thread's. */

/* 1 it has arrived, 0 trying again may help, -1 not. */
static int try_once(struct notifier *notifier, const struct letter *letter, const char **ret_result,
                    struct err *err)
{
    static const struct http_header headers[] = {{"Content-Type", "application/json"}};
    CLEANUP(http_response_finish) struct http_response response = HTTP_RESPONSE_INIT;
    const struct deadline deadline =
        deadline_in(clock_system(), NOTIFY_TIMEOUT_MS * CLOCK_NS_PER_MS, notifier->cancel);
    const struct http_request request = {
        .method = "POST",
        .url = notifier->url,
        .headers = headers,
        .header_count = ARRAY_LEN(headers),
        .body = {letter->body, letter->len},
        .deadline = &deadline,
    };
    if (http_perform(notifier->config.http, &request, &response, err) != 0)
        return cancel_requested(notifier->cancel) ? -1 : 0;
    *ret_result = response.status == STATUS_DUPLICATE ? "duplicate" : "sent";
    if (response.status / 100 == 2 || response.status == STATUS_DUPLICATE)
        return 1;
    err_set(err, ERR_UNAVAILABLE, "Post \"%s\": unexpected status %d %s", notifier->shown_url,
            response.status, http_status_text(response.status));
    return response.status >= 500 ? 0 : -1;
}

static int deliver(struct notifier *notifier, const struct letter *letter, struct err *err)
{
    const struct deadline until = deadline_in(clock_system(), 0, notifier->cancel);
    int64_t wait_ms = notifier->config.wait_ms;
    const char *result = NULL;
    for (int tries = 1;; tries++) {
        int answer = try_once(notifier, letter, &result, err);
        if (answer == 1) {
            arrived(notifier, result);
            return 0;
        }
        if (answer < 0 || tries == NOTIFY_TRIES ||
            deadline_sleep_ms(&until, (int)wait_ms, NULL) != 0)
            return -1;
        wait_ms *= 2;
    }
}

static void free_letter(struct letter *letter)
{
    free(letter->body);
    free(letter);
}

/* With the lock held. */
static struct letter *take_first(struct notifier *notifier)
{
    struct letter *letter = STAILQ_FIRST(&notifier->letters);
    STAILQ_REMOVE_HEAD(&notifier->letters, next);
    notifier->count--;
    notifier->size_bytes -= letter->len;
    return letter;
}

static void *run(void *arg)
{
    struct notifier *notifier = arg;
    pthread_mutex_lock(&notifier->lock);
    for (;;) {
        while (!notifier->ending && STAILQ_EMPTY(&notifier->letters))
            pthread_cond_wait(&notifier->changed, &notifier->lock);
        if (STAILQ_EMPTY(&notifier->letters) || cancel_requested(notifier->cancel))
            break;
        struct letter *letter = take_first(notifier);
        struct err err;
        notifier->sending = true;
        pthread_mutex_unlock(&notifier->lock);
        int answer = deliver(notifier, letter, &err);
        free_letter(letter);
        pthread_mutex_lock(&notifier->lock);
        notifier->sending = false;
        if (answer != 0)
            lose(notifier, err.text);
        pthread_cond_broadcast(&notifier->changed);
    }
    pthread_mutex_unlock(&notifier->lock);
    return NULL;
}

/* The outside. */

static char *public_url(const struct httpurl *url)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(HTTPURL_TEXT_MAX);
    httpurl_print_public(url, &text);
    return buf_take(&text);
}

int notifier_new(const struct notify_config *config, struct notifier **ret, struct err *err)
{
    CLEANUP(httpurl_finish) struct httpurl url = HTTPURL_INIT;
    if (httpurl_parse(config->url, &url, err) != 0)
        return err_wrap(err, "cannot send events");
    struct notifier *notifier = mem_zalloc(sizeof(*notifier));
    notifier->config = *config;
    if (notifier->config.wait_ms == 0)
        notifier->config.wait_ms = NOTIFY_WAIT_MS;
    notifier->url = str_dup(config->url);
    notifier->shown_url = public_url(&url);
    if (gethostname(notifier->instance, sizeof(notifier->instance) - 1) != 0)
        notifier->instance[0] = '\0';
    notifier->cancel = cancel_new();
    STAILQ_INIT(&notifier->letters);
    pthread_mutex_init(&notifier->lock, NULL);
    thread_cond_init(&notifier->changed);
    if (thread_start(&notifier->thread, NULL, run, notifier) != 0)
        abort();
    *ret = notifier;
    return 0;
}

/* With the lock held. */
static void await_idle(struct notifier *notifier, int64_t grace_ns)
{
    int64_t until_ns = clock_monotonic_ns(clock_system()) + grace_ns;
    while (notifier->sending || !STAILQ_EMPTY(&notifier->letters)) {
        if (!thread_wait_until(&notifier->changed, &notifier->lock, until_ns))
            return;
    }
}

void notifier_end(struct notifier *notifier, int64_t grace_ns)
{
    if (!notifier)
        return;
    pthread_mutex_lock(&notifier->lock);
    notifier->ending = true;
    pthread_cond_broadcast(&notifier->changed);
    await_idle(notifier, grace_ns);
    cancel_trigger(notifier->cancel);
    pthread_mutex_unlock(&notifier->lock);
    pthread_join(notifier->thread, NULL);
    while (!STAILQ_EMPTY(&notifier->letters)) {
        lose(notifier, "the program ends");
        free_letter(take_first(notifier));
    }
    pthread_cond_destroy(&notifier->changed);
    pthread_mutex_destroy(&notifier->lock);
    cancel_free(notifier->cancel);
    free(notifier->url);
    free(notifier->shown_url);
    free(notifier);
}

void notify_event(struct notifier *notifier, const struct api_event *event)
{
    char *body = notify_payload(event, notifier->instance);
    pthread_mutex_lock(&notifier->lock);
    if (!body) {
        lose(notifier, "the event is too large");
        pthread_mutex_unlock(&notifier->lock);
        return;
    }
    struct letter *letter = mem_zalloc(sizeof(*letter));
    *letter = (struct letter){.body = body, .len = strlen(body)};
    STAILQ_INSERT_TAIL(&notifier->letters, letter, next);
    notifier->count++;
    notifier->size_bytes += letter->len;
    while (notifier->count > NOTIFY_QUEUE_MAX || notifier->size_bytes > NOTIFY_QUEUE_SIZE_MAX) {
        lose(notifier, "too many events wait");
        free_letter(take_first(notifier));
    }
    pthread_cond_broadcast(&notifier->changed);
    pthread_mutex_unlock(&notifier->lock);
}
