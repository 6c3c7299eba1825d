#include "store/correlator.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "adapt/crypto.h"
#include "base/buf.h"
#include "base/recent.h"
#include "base/str.h"

#define COMBINED "(combined from similar events): "

enum {
    KEY_MAX = 1024 * 1024, /* bytes that a key is made of */
};

struct key {
    unsigned char bytes[RECENT_KEY_SIZE];
};

/* Messages of one object, type and reason. */
struct similar {
    int64_t last_ns; /* monotonic */
    size_t count;
    struct key messages[CORRELATOR_SIMILAR];
};

/* An Event that was written. */
struct written {
    int64_t name_ns; /* wall time in its name */
    int64_t first_ns;
    int64_t count;
};

/* What an object may still write. */
struct budget {
    int64_t full_ns; /* monotonic: when all of its burst will be there again */
};

struct correlator {
    const struct clock *clock;
    pthread_mutex_t lock; /* guards the tables */
    struct recent *similars;
    struct recent *writtens;
    struct recent *budgets;
    int64_t last_name_ns;
};

struct correlator *correlator_new(const struct clock *clock)
{
    struct correlator *correlator = mem_zalloc(sizeof(*correlator));
    correlator->clock = clock;
    correlator->similars = recent_new(CORRELATOR_OBJECTS, sizeof(struct similar));
    correlator->writtens = recent_new(CORRELATOR_OBJECTS, sizeof(struct written));
    correlator->budgets = recent_new(CORRELATOR_OBJECTS, sizeof(struct budget));
    pthread_mutex_init(&correlator->lock, NULL);
    return correlator;
}

void correlator_free(struct correlator *correlator)
{
    if (!correlator)
        return;
    recent_free(correlator->similars);
    recent_free(correlator->writtens);
    recent_free(correlator->budgets);
    pthread_mutex_destroy(&correlator->lock);
    free(correlator);
}

void correlated_finish(struct correlated *correlated)
{
    free(correlated->name);
    free(correlated->message);
}

/* Each part ends in a NUL, so that no two lists of parts are the same text. */
static struct key key_of(const char *const *parts, size_t count)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(KEY_MAX);
    unsigned char digest[CRYPTO_DIGEST_MAX];
    struct key key;
    for (size_t i = 0; i < count; i++)
        buf_add(&text, parts[i], strlen(parts[i]) + 1);
    crypto_hash(CRYPTO_SHA256, buf_span(&text), digest);
    memcpy(key.bytes, digest, sizeof(key.bytes));
    return key;
}

static bool knows(const struct similar *similar, const struct key *message)
{
    for (size_t i = 0; i < similar->count; i++) {
        if (memcmp(&similar->messages[i], message, sizeof(*message)) == 0)
            return true;
    }
    return false;
}

/* Is this one too many of its sort? */
static bool note_similar(struct correlator *correlator, const struct key *sort,
                         const struct key *message, int64_t now_ns)
{
    bool fresh;
    struct similar *similar = recent_get(correlator->similars, sort->bytes, &fresh);
    if (!fresh && now_ns - similar->last_ns > CORRELATOR_SIMILAR_S * CLOCK_NS_PER_S)
        similar->count = 0;
    similar->last_ns = now_ns;
    if (!knows(similar, message))
        similar->messages[similar->count++] = *message;
    if (similar->count < CORRELATOR_SIMILAR)
        return false;
    /* Forgets the oldest: a message that comes again counts as a new one. */
    similar->count--;
    memmove(similar->messages, similar->messages + 1, similar->count * sizeof(struct key));
    return true;
}

/* Takes one write from the object's budget, if it has one. */
static bool spend(struct correlator *correlator, const struct key *object, int64_t now_ns)
{
    static const int64_t refill_ns = CORRELATOR_REFILL_S * CLOCK_NS_PER_S;
    bool fresh;
    struct budget *budget = recent_get(correlator->budgets, object->bytes, &fresh);
    int64_t full_ns = fresh || budget->full_ns < now_ns ? now_ns : budget->full_ns;
    bool enough = full_ns - now_ns <= (CORRELATOR_BURST - 1) * refill_ns;
    budget->full_ns = enough ? full_ns + refill_ns : full_ns;
    return enough;
}

/* The time in the name of a new Event; no two have the same. */
static int64_t next_name_ns(struct correlator *correlator)
{
    int64_t now_ns = clock_wall_ns(correlator->clock);
    int64_t least_ns = correlator->last_name_ns + 1;
    correlator->last_name_ns = now_ns > least_ns ? now_ns : least_ns;
    return correlator->last_name_ns;
}

enum correlator_action correlator_take(struct correlator *correlator, const char *source,
                                       const struct api_event *event, struct correlated *ret)
{
    const char *const parts[] = {source,
                                 api_kind_info(event->object.kind)->name,
                                 event->object.namespace,
                                 event->object.name,
                                 event->uid,
                                 event->type,
                                 event->reason,
                                 event->message};
    const struct key object = key_of(parts, 5);
    const struct key sort = key_of(parts, 7);
    const struct key message = key_of(parts, 8);
    const int64_t now_ns = clock_monotonic_ns(correlator->clock);
    bool fresh;

    pthread_mutex_lock(&correlator->lock);
    bool combined = note_similar(correlator, &sort, &message, now_ns);
    struct written *written =
        recent_get(correlator->writtens, combined ? sort.bytes : message.bytes, &fresh);
    if (fresh)
        *written = (struct written){next_name_ns(correlator), event->first_ns, 0};
    written->count++;
    ret->name = str_printf("%s.%" PRIx64, event->object.name, (uint64_t)written->name_ns);
    ret->message = str_printf("%s%s", combined ? COMBINED : "", event->message);
    ret->first_ns = written->first_ns;
    ret->count = written->count;
    bool may = spend(correlator, &object, now_ns);
    pthread_mutex_unlock(&correlator->lock);
    if (!may)
        return CORRELATOR_DROP;
    return fresh ? CORRELATOR_CREATE : CORRELATOR_PATCH;
}
