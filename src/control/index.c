#include "control/index.h"

#include <search.h>
#include <string.h>

#include "adapt/crypto.h"
#include "api/condition.h"
#include "api/image_policy.h"
#include "api/image_repository.h"
#include "api/image_update.h"
#include "base/str.h"

enum {
    PRINT_SIZE = 16, /* bytes of a fingerprint: enough that two never meet */
};

struct known {
    struct api_ref ref; /* strings owned by the index */
    char *uses;         /* key of the object that it depends on, or "" */
    bool mine;
    bool not_ready;
    unsigned char self[PRINT_SIZE];   /* what its own pass depends on */
    unsigned char others[PRINT_SIZE]; /* what those that use it depend on */
    struct api_object *fresh;         /* see index_take_fresh(); or NULL */
};

struct index {
    void *by_ref; /* tsearch() tree */
    size_t fresh_count;
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
    free(known->uses);
    api_object_free(known->fresh);
    free(known);
}

struct index *index_new(void)
{
    return mem_zalloc(sizeof(struct index));
}

void index_free(struct index *index)
{
    if (!index)
        return;
    tdestroy(index->by_ref, free_known);
    free(index);
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

static char *used_by(const struct api_object *object)
{
    struct api_image_policy policy;
    struct api_image_update update;
    if (object->kind == API_IMAGE_POLICY && api_image_policy_read(object, &policy, NULL) == 0)
        return key_of(API_IMAGE_REPOSITORY, policy.repository_namespace, policy.repository);
    if (object->kind == API_IMAGE_UPDATE_AUTOMATION &&
        api_image_update_read(object, &update, NULL) == 0)
        return key_of(API_GIT_REPOSITORY, update.source_namespace, update.source);
    return str_dup("");
}

static struct known *known_of(const struct api_object *object)
{
    struct known *known = mem_zalloc(sizeof(*known));
    known->ref =
        (struct api_ref){object->kind, str_dup(object->meta.namespace), str_dup(object->meta.name)};
    known->uses = used_by(object);
    known->not_ready = !api_is_ready(object->status);
    print_self(object, known->self);
    print_others(object, known->others);
    return known;
}

static void keep_fresh(struct index *index, struct known *known, const struct api_object *object)
{
    /* Sources are another controller's, in a cluster: nobody would take them. */
    bool fresh = known->mine && object->kind != API_GIT_REPOSITORY &&
                 object->meta.deleted_ns == 0 && !api_object_has_finalizer(object, API_FINALIZER);
    if (!fresh || index->fresh_count >= INDEX_FRESH_MAX)
        return;
    known->fresh = api_object_clone(object);
    index->fresh_count++;
}

static struct api_object *take_fresh(struct index *index, struct known *known)
{
    index->fresh_count -= known->fresh != NULL;
    return MEM_STEAL(known->fresh);
}

struct api_object *index_take_fresh(struct index *index, struct api_ref ref)
{
    const struct known wanted = {.ref = ref};
    struct known **node = tfind(&wanted, &index->by_ref, compare);
    return node ? take_fresh(index, *node) : NULL;
}

struct index_news index_update(struct index *index, const struct api_object *object, bool mine)
{
    struct known *now = known_of(object);
    now->mine = mine;
    struct known **node = tsearch(now, &index->by_ref, compare);
    if (!node)
        abort();
    if (*node == now) {
        keep_fresh(index, now, object);
        return (struct index_news){.self = mine, .dependents = true};
    }
    struct known *old = *node;
    struct index_news news = {
        .self = mine && (!old->mine || memcmp(old->self, now->self, PRINT_SIZE) != 0),
        .dependents = memcmp(old->others, now->others, PRINT_SIZE) != 0,
    };
    *node = now;
    api_object_free(take_fresh(index, old));
    free_known(old);
    return news;
}

struct index_news index_remove(struct index *index, struct api_ref ref)
{
    const struct known wanted = {.ref = ref};
    struct known **node = tfind(&wanted, &index->by_ref, compare);
    if (!node)
        return (struct index_news){0};
    struct known *old = *node;
    tdelete(&wanted, &index->by_ref, compare);
    api_object_free(take_fresh(index, old));
    free_known(old);
    return (struct index_news){.dependents = true};
}

struct walk {
    struct api_ref ref;
    const char *key;
    index_visit_fn visit;
    void *arg;
};

static bool concerns(const struct walk *walk, const struct known *known)
{
    switch (walk->ref.kind) {
    case API_GIT_REPOSITORY:
    case API_IMAGE_REPOSITORY:
        return strcmp(known->uses, walk->key) == 0;
    case API_IMAGE_POLICY:
        return known->ref.kind == API_IMAGE_UPDATE_AUTOMATION &&
               str_equal(known->ref.namespace, walk->ref.namespace);
    case API_SECRET:
    case API_SERVICE_ACCOUNT:
        return known->not_ready && known->ref.kind < API_RECONCILED_COUNT &&
               str_equal(known->ref.namespace, walk->ref.namespace);
    case API_NAMESPACE:
    case API_IMAGE_UPDATE_AUTOMATION:
    default:
        return false;
    }
}

static void visit_node(const void *node, VISIT which, void *arg)
{
    const struct walk *walk = arg;
    if (which != postorder && which != leaf)
        return;
    const struct known *known = *(struct known *const *)node;
    if (known->mine && concerns(walk, known))
        walk->visit(walk->arg, known->ref);
}

void index_dependents(const struct index *index, struct api_ref ref, index_visit_fn visit,
                      void *arg)
{
    CLEANUP(mem_freep) char *key = key_of(ref.kind, ref.namespace, ref.name);
    struct walk walk = {ref, key, visit, arg};
    twalk_r(index->by_ref, visit_node, &walk);
}
