#include "control/index.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "adapt/crypto.h"
#include "api/condition.h"
#include "api/image_policy.h"
#include "api/image_repository.h"
#include "api/image_update.h"
#include "base/str.h"

enum {
    PRINT_SIZE = 16, /* bytes of a fingerprint: enough that two never meet */
};

/* What a change finds its dependents by. */
enum grouping {
    BY_USED,      /* policies and automations, by the object that they depend on */
    BY_NAMESPACE, /* automations, by their namespace */
    GROUPINGS,
};

struct known;

/* Those that share a key; never empty. */
struct group {
    char *key;
    struct known **members;
    size_t count;
    size_t cap;
};

struct known {
    struct api_ref ref;              /* strings owned by the index */
    struct group *groups[GROUPINGS]; /* that it is in, or NULL */
    size_t places[GROUPINGS];        /* where, in their members */
    bool mine;
    bool not_ready;
    bool leaving;                     /* is to be deleted */
    unsigned char self[PRINT_SIZE];   /* what its own pass depends on */
    unsigned char others[PRINT_SIZE]; /* what those that use it depend on */
    int64_t unscanned_ns;             /* creation of a repository without any result; or 0 */
    struct api_object *kept;          /* whole, if it is among the kept; or NULL */
    TAILQ_ENTRY(known) age;           /* among the kept */
};

TAILQ_HEAD(kept_list, known);

struct index {
    void *by_ref;            /* tsearch() tree of all that is known */
    void *groups[GROUPINGS]; /* of all groups */
    bool keeps;
    struct kept_list kept; /* the longest kept first */
    size_t kept_count;
};

static int compare(const void *a, const void *b)
{
    const struct api_ref *left = &((const struct known *)a)->ref;
    const struct api_ref *right = &((const struct known *)b)->ref;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    int order = strcmp(left->namespace, right->namespace);
    return order != 0 ? order : strcmp(left->name, right->name);
}

static void free_text(const char *text)
{
    char *owned;
    memcpy(&owned, &text, sizeof(owned));
    free(owned);
}

static void free_known(void *node)
{
    struct known *known = node;
    free_text(known->ref.namespace);
    free_text(known->ref.name);
    api_object_free(known->kept);
    free(known);
}

static void free_group(void *node)
{
    struct group *group = node;
    free(group->key);
    free(group->members);
    free(group);
}

struct index *index_new(bool keeps)
{
    struct index *index = mem_zalloc(sizeof(*index));
    index->keeps = keeps;
    TAILQ_INIT(&index->kept);
    return index;
}

void index_free(struct index *index)
{
    if (!index)
        return;
    tdestroy(index->by_ref, free_known);
    for (size_t i = 0; i < GROUPINGS; i++)
        tdestroy(index->groups[i], free_group);
    free(index);
}

/* Groups. */

static int compare_groups(const void *a, const void *b)
{
    return strcmp(((const struct group *)a)->key, ((const struct group *)b)->key);
}

/* NULL if there is none. */
static struct group *find_group(const struct index *index, enum grouping by, char *key)
{
    const struct group wanted = {.key = key};
    struct group **node = tfind(&wanted, &index->groups[by], compare_groups);
    return node ? *node : NULL;
}

/* KEY may be NULL: it does not belong to any. */
static void join_take(struct index *index, enum grouping by, struct known *known, char *key)
{
    struct group *group = key ? find_group(index, by, key) : NULL;
    if (!key)
        return;
    if (group) {
        free(key);
    } else {
        group = mem_zalloc(sizeof(*group));
        group->key = key;
        if (!tsearch(group, &index->groups[by], compare_groups))
            abort();
    }
    group->members =
        mem_grow(group->members, &group->cap, group->count + 1, sizeof(struct known *));
    known->groups[by] = group;
    known->places[by] = group->count;
    group->members[group->count++] = known;
}

static void leave(struct index *index, enum grouping by, struct known *known)
{
    struct group *group = known->groups[by];
    if (!group)
        return;
    struct known *last = group->members[--group->count];
    group->members[known->places[by]] = last;
    last->places[by] = known->places[by];
    known->groups[by] = NULL;
    if (group->count != 0)
        return;
    tdelete(group, &index->groups[by], compare_groups);
    free_group(group);
}

static void fingerprint(const struct buf *text, unsigned char ret[PRINT_SIZE])
{
    unsigned char digest[CRYPTO_DIGEST_MAX];
    crypto_hash(CRYPTO_SHA256, buf_span(text), digest);
    memcpy(ret, digest, PRINT_SIZE);
}

static void print_self(const struct api_object *object, unsigned char ret[PRINT_SIZE])
{
    const char *asked = strmap_get(&object->meta.annotations, API_REQUESTED_AT);
    CLEANUP(buf_finish) struct buf text = BUF_INIT(64 * 1024);
    buf_addf(&text, "%s %lld %d %s", object->meta.uid, (long long)object->meta.generation,
             object->meta.deleted_ns != 0, asked ? asked : "");
    fingerprint(&text, ret);
}

/* The parts of an object that concern those who use it. */
static void print_others(const struct api_object *object, unsigned char ret[PRINT_SIZE])
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(1024 * 1024);
    const struct json *status = object->status;
    const struct json *scan = json_member(status, "lastScanResult");
    const char *revision;
    buf_addf(&text, "%s %lld ", object->meta.uid, (long long)object->meta.generation);
    switch (object->kind) {
    case API_GIT_REPOSITORY:
        revision = json_member_text(json_member(status, "artifact"), "revision");
        buf_adds(&text, revision ? revision : "");
        break;
    case API_IMAGE_REPOSITORY:
        revision = json_member_text(scan, "revision");
        buf_addf(&text, "%s %s", revision ? revision : "",
                 json_member_text(status, "canonicalImageName")
                     ? json_member_text(status, "canonicalImageName")
                     : "");
        break;
    case API_IMAGE_POLICY:
        json_print(json_member(status, "latestRef"), JSON_STYLE_SORTED, &text);
        strmap_foreach (label, &object->meta.labels) {
            buf_addf(&text, " %s=%s", label->key, label->value);
        }
        break;
    case API_SECRET:
    case API_SERVICE_ACCOUNT:
    case API_NAMESPACE:
    case API_IMAGE_UPDATE_AUTOMATION:
    default:
        buf_adds(&text, object->meta.resource_version);
        break;
    }
    fingerprint(&text, ret);
}

static char *key_of(enum api_kind kind, const char *namespace, const char *name)
{
    return str_printf("%d/%s/%s", (int)kind, namespace, name);
}

/* NULL if it depends on none. */
static char *used_by(const struct api_object *object)
{
    struct api_image_policy policy;
    struct api_image_update update;
    if (object->kind == API_IMAGE_POLICY && api_image_policy_read(object, &policy, NULL) == 0)
        return key_of(API_IMAGE_REPOSITORY, policy.repository_namespace, policy.repository);
    if (object->kind == API_IMAGE_UPDATE_AUTOMATION &&
        api_image_update_read(object, &update, NULL) == 0)
        return key_of(API_GIT_REPOSITORY, update.source_namespace, update.source);
    return NULL;
}

/* When a repository that no scan has judged yet was made; 0 for any other object. */
static int64_t unscanned_ns(const struct api_object *object, bool mine)
{
    struct api_condition ready;
    bool judged = api_condition_get(object->status, API_READY, &ready) &&
                  !str_equal(ready.status, API_UNKNOWN);
    bool waits = mine && object->kind == API_IMAGE_REPOSITORY && !judged &&
                 !json_member(object->status, "lastScanResult") && !api_object_suspended(object) &&
                 object->meta.deleted_ns == 0;
    return waits ? object->meta.created_ns : 0;
}

static struct known *known_of(const struct api_object *object, bool mine)
{
    struct known *known = mem_zalloc(sizeof(*known));
    known->ref =
        (struct api_ref){object->kind, str_dup(object->meta.namespace), str_dup(object->meta.name)};
    known->mine = mine;
    known->not_ready = !api_is_ready(object->status);
    known->leaving = object->meta.deleted_ns != 0;
    known->unscanned_ns = unscanned_ns(object, mine);
    print_self(object, known->self);
    print_others(object, known->others);
    return known;
}

static void join_groups(struct index *index, struct known *known, const struct api_object *object)
{
    join_take(index, BY_USED, known, used_by(object));
    if (object->kind == API_IMAGE_UPDATE_AUTOMATION)
        join_take(index, BY_NAMESPACE, known, str_dup(object->meta.namespace));
}

/* Objects that are kept. */

/* The caller frees it; NULL if KNOWN is not kept. */
static struct api_object *take_kept(struct index *index, struct known *known)
{
    if (!known->kept)
        return NULL;
    TAILQ_REMOVE(&index->kept, known, age);
    index->kept_count--;
    return MEM_STEAL(known->kept);
}

static void add_map(const struct strmap *map, struct buf *text)
{
    strmap_foreach (entry, map) {
        buf_adds(text, entry->key);
        buf_adds(text, entry->value);
    }
}

/* Others decide how large objects are, and all that are kept add up. */
static bool is_small(const struct api_object *object)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(INDEX_KEPT_SIZE_MAX);
    add_map(&object->meta.labels, &text);
    add_map(&object->meta.annotations, &text);
    json_print(object->spec, JSON_STYLE_COMPACT, &text);
    json_print(object->status, JSON_STYLE_COMPACT, &text);
    return !buf_overflowed(&text);
}

static void keep(struct index *index, struct known *known, const struct api_object *object)
{
    if (!index->keeps || !is_small(object))
        return;
    if (index->kept_count == INDEX_KEPT_MAX)
        api_object_free(take_kept(index, TAILQ_FIRST(&index->kept)));
    known->kept = api_object_clone(object);
    TAILQ_INSERT_TAIL(&index->kept, known, age);
    index->kept_count++;
}

/* Sources are another controller's, in a cluster: they have no first pass. */
static bool is_new(const struct api_object *object)
{
    return object->kind != API_GIT_REPOSITORY && object->meta.deleted_ns == 0 &&
           !api_object_has_finalizer(object, API_FINALIZER);
}

/* NULL if it is not known. */
static struct known *find(const struct index *index, struct api_ref ref)
{
    const struct known wanted = {.ref = ref};
    struct known **node = tfind(&wanted, &index->by_ref, compare);
    return node ? *node : NULL;
}

struct api_object *index_take_new(struct index *index, struct api_ref ref)
{
    struct known *known = find(index, ref);
    return known && known->kept && is_new(known->kept) ? take_kept(index, known) : NULL;
}

struct api_object *index_copy_used(const struct index *index, struct api_ref ref)
{
    const struct known *known = find(index, ref);
    return known && known->kept ? api_object_clone(known->kept) : NULL;
}

void index_drop_kept(struct index *index)
{
    for (struct known *known; (known = TAILQ_FIRST(&index->kept));)
        api_object_free(take_kept(index, known));
}

/* What an object uses, if that is known: its key, as key_of() printed it, is taken
 * apart. */
static const struct known *find_used(const struct index *index, const struct known *known)
{
    const struct group *group = known->groups[BY_USED];
    char *namespace = NULL, *name = NULL;
    CLEANUP(mem_freep) char *key = str_dup(group ? group->key : "0");
    long kind = strtol(key, &namespace, 10);
    if (*namespace == '/')
        name = strchr(++namespace, '/');
    if (!name)
        return NULL;
    *name++ = '\0';
    return find(index, (struct api_ref){(enum api_kind)kind, namespace, name});
}

/* Changes. */

/* Frees what is in the tree no more. */
static void forget(struct index *index, struct known *known)
{
    for (enum grouping by = 0; by < GROUPINGS; by++)
        leave(index, by, known);
    api_object_free(take_kept(index, known));
    free_known(known);
}

struct index_news index_update(struct index *index, const struct api_object *object, bool mine)
{
    struct known *now = known_of(object, mine);
    struct known **node = tsearch(now, &index->by_ref, compare);
    if (!node)
        abort();
    join_groups(index, now, object);
    if (*node == now) {
        if (mine && is_new(object))
            keep(index, now, object);
        return (struct index_news){.self = mine,
                                   .alone = now->groups[BY_USED] && !find_used(index, now),
                                   .dependents = true};
    }
    struct known *old = *node;
    struct index_news news = {
        .self = mine && (!old->mine || memcmp(old->self, now->self, PRINT_SIZE) != 0),
        .dependents = memcmp(old->others, now->others, PRINT_SIZE) != 0 ||
                      (old->unscanned_ns != 0 && now->unscanned_ns == 0),
    };
    *node = now;
    forget(index, old);
    if (news.dependents && object->kind == API_IMAGE_REPOSITORY)
        keep(index, now, object);
    return news;
}

struct index_news index_remove(struct index *index, struct api_ref ref)
{
    struct known *old = find(index, ref);
    if (!old)
        return (struct index_news){0};
    tdelete(old, &index->by_ref, compare);
    forget(index, old);
    return (struct index_news){.dependents = true};
}

/* What depends on what. */

bool index_awaits_scan(const struct index *index, struct api_ref ref, int64_t now_ns,
                       int64_t patience_ns)
{
    const struct known *policy = ref.kind == API_IMAGE_POLICY ? find(index, ref) : NULL;
    const struct known *repository = policy && !policy->leaving ? find_used(index, policy) : NULL;
    return repository && repository->unscanned_ns != 0 &&
           now_ns - repository->unscanned_ns <= patience_ns &&
           repository->unscanned_ns - now_ns <= patience_ns;
}

struct walk {
    struct api_ref ref;
    index_visit_fn visit;
    void *arg;
};

static void visit(const struct walk *walk, const struct known *known)
{
    if (known->mine)
        walk->visit(walk->arg, known->ref);
}

static void visit_group(const struct index *index, enum grouping by, char *key,
                        const struct walk *walk)
{
    const struct group *group = find_group(index, by, key);
    for (size_t i = 0; group && i < group->count; i++)
        visit(walk, group->members[i]);
}

/* Of a Secret or a ServiceAccount it is not known who uses it. */
static void visit_not_ready(const void *node, VISIT which, void *arg)
{
    const struct walk *walk = arg;
    if (which != postorder && which != leaf)
        return;
    const struct known *known = *(struct known *const *)node;
    if (known->not_ready && known->ref.kind < API_RECONCILED_COUNT &&
        str_equal(known->ref.namespace, walk->ref.namespace))
        visit(walk, known);
}

void index_dependents(const struct index *index, struct api_ref ref, index_visit_fn visit_fn,
                      void *arg)
{
    CLEANUP(mem_freep) char *key = NULL;
    struct walk walk = {ref, visit_fn, arg};
    switch (ref.kind) {
    case API_GIT_REPOSITORY:
    case API_IMAGE_REPOSITORY:
        key = key_of(ref.kind, ref.namespace, ref.name);
        visit_group(index, BY_USED, key, &walk);
        break;
    case API_IMAGE_POLICY:
        key = str_dup(ref.namespace);
        visit_group(index, BY_NAMESPACE, key, &walk);
        break;
    case API_SECRET:
    case API_SERVICE_ACCOUNT:
        twalk_r(index->by_ref, visit_not_ready, &walk);
        break;
    case API_NAMESPACE:
    case API_IMAGE_UPDATE_AUTOMATION:
    default:
        break;
    }
}
