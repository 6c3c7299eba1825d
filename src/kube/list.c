#include "kube/list.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum {
    HTTP_OK = 200,
    HTTP_GONE = 410,
    PAGE_SHRINK = 8, /* where a page is too large to be taken */
};

/* A list under way. */
struct listing {
    struct kube_client *client;
    const struct kube_query *query;
    struct kube_resource resource;
    const struct deadline *deadline;
    kube_visit_fn visit;
    void *arg;
    size_t limit;   /* objects in a page */
    char *token;    /* where the next page begins; NULL at the beginning */
    char *version;  /* of the state that is listed */
    char *last_key; /* of the last object that was visited */
    size_t count;
    bool again; /* it has begun anew, behind last_key */
};

enum page {
    PAGE_FAILED = -1,
    PAGE_EXPIRED,
    PAGE_LAST,
    PAGE_MORE,
};

void kube_trim(struct json *object)
{
    struct json *meta = json_member_mut(object, "metadata");
    if (json_kind(meta) == JSON_KIND_OBJECT)
        json_remove(meta, "managedFields");
}

char *kube_object_key(const struct json *object)
{
    const struct json *meta = json_member(object, "metadata");
    const char *namespace = json_member_text(meta, "namespace");
    const char *name = json_member_text(meta, "name");
    if (str_empty(name) || strchr(name, '/') || (namespace && strchr(namespace, '/')))
        return NULL;
    return str_printf("%s/%s", namespace ? namespace : "", name);
}

int kube_resolve(struct kube_client *client, const struct kube_query *query,
                 const struct deadline *deadline, struct kube_resource *ret, struct err *err)
{
    struct kube_resource resource = query->resource;
    int answer = 1;
    if (query->versions)
        answer = kube_discover(client, resource.group, query->versions, deadline, &resource.version,
                               err);
    if (answer < 0)
        return -1;
    if (answer == 0)
        return err_set(err, ERR_NOT_FOUND,
                       "the server has no %s.%s in a version that tidemark knows", resource.plural,
                       resource.group);
    *ret = resource;
    return 0;
}

static int read_page(struct listing *listing, struct json **ret, struct kube_answer *answer,
                     struct err *err)
{
    struct kube_param params[3];
    size_t count = 0;
    char limit[24];
    snprintf(limit, sizeof(limit), "%zu", listing->limit);
    params[count++] = (struct kube_param){"limit", limit};
    if (listing->token)
        params[count++] = (struct kube_param){"continue", listing->token};
    if (listing->query->label_selector)
        params[count++] = (struct kube_param){"labelSelector", listing->query->label_selector};
    const struct kube_request request = {
        .resource = listing->resource,
        .namespace = listing->query->namespace,
        .params = params,
        .param_count = count,
    };
    return kube_perform(listing->client, &request, listing->deadline, ret, answer, err);
}

static int visit_page(struct listing *listing, struct json *page, struct err *err)
{
    struct json *items = json_member_mut(page, "items");
    if (!items) /* an answer of something else: all would seem to be gone */
        return err_set(err, ERR_UNAVAILABLE, "the answer for %s is no list",
                       listing->resource.plural);
    listing->count += json_count(items);
    if (listing->count > KUBE_LIST_MAX)
        return err_set(err, ERR_INVALID,
                       "the list of %s has more than %d objects: let tidemark read a part of them, "
                       "by namespace or label",
                       listing->resource.plural, KUBE_LIST_MAX);
    for (size_t i = 0; i < json_count(items); i++) {
        struct json *object = json_at_mut(items, i);
        CLEANUP(mem_freep) char *key = kube_object_key(object);
        if (!key)
            return err_set(err, ERR_UNAVAILABLE, "the list of %s holds an object without a name",
                           listing->resource.plural);
        if (listing->again && listing->last_key && strcmp(key, listing->last_key) <= 0)
            continue; /* visited before */
        kube_trim(object);
        if (listing->visit(listing->arg, object, err) != 0)
            return -1;
        free(listing->last_key);
        listing->last_key = MEM_STEAL(key);
    }
    return 0;
}

/* Reads the next page and visits its objects. */
static enum page take_page(struct listing *listing, struct err *err)
{
    CLEANUP(json_freep) struct json *page = NULL;
    struct kube_answer answer = {0};
    struct err why;
    int found = read_page(listing, &page, &answer, &why);
    if (found < 0 && answer.code == HTTP_GONE)
        return PAGE_EXPIRED;
    if (found < 0 && answer.code == HTTP_OK && why.class == ERR_INVALID && listing->limit > 1) {
        listing->limit = listing->limit > PAGE_SHRINK ? listing->limit / PAGE_SHRINK : 1;
        return PAGE_MORE;
    }
    if (found == 0)
        err_set(&why, ERR_NOT_FOUND, "the server has no list of %s", listing->resource.plural);
    if (found != 1) {
        if (err)
            *err = why;
        return PAGE_FAILED;
    }
    const struct json *meta = json_member(page, "metadata");
    const char *token = json_member_text(meta, "continue");
    str_set(&listing->version, json_member_text(meta, "resourceVersion"));
    str_set(&listing->token, str_empty(token) ? NULL : token);
    if (str_empty(listing->version)) {
        err_set(err, ERR_UNAVAILABLE, "the list of %s has no resourceVersion",
                listing->resource.plural);
        return PAGE_FAILED;
    }
    if (visit_page(listing, page, err) != 0)
        return PAGE_FAILED;
    return listing->token ? PAGE_MORE : PAGE_LAST;
}

static void listing_finish(struct listing *listing)
{
    free(listing->token);
    free(listing->version);
    free(listing->last_key);
}

int kube_list(struct kube_client *client, const struct kube_query *query, kube_visit_fn visit,
              void *arg, const struct deadline *deadline, struct err *err)
{
    CLEANUP(listing_finish)
    struct listing listing = {.client = client,
                              .query = query,
                              .deadline = deadline,
                              .visit = visit,
                              .arg = arg,
                              .limit = KUBE_PAGE};
    if (kube_resolve(client, query, deadline, &listing.resource, err) != 0)
        return -1;
    for (int expired = 0; expired < KUBE_LIST_TRIES;) {
        enum page page = take_page(&listing, err);
        if (page == PAGE_FAILED)
            return -1;
        if (page == PAGE_LAST)
            return 0;
        if (page == PAGE_EXPIRED) {
            /* From the beginning of a newer state, behind what was visited. */
            str_set(&listing.token, NULL);
            listing.count = 0;
            listing.again = true;
            expired++;
        }
    }
    return err_set(err, ERR_UNAVAILABLE, "the list of %s expires before it ends",
                   listing.resource.plural);
}

int kube_list_once(struct kube_client *client, const struct kube_query *query, kube_visit_fn visit,
                   void *arg, const struct deadline *deadline, char **ret_version, struct err *err)
{
    CLEANUP(listing_finish)
    struct listing listing = {.client = client,
                              .query = query,
                              .deadline = deadline,
                              .visit = visit,
                              .arg = arg,
                              .limit = KUBE_PAGE};
    if (kube_resolve(client, query, deadline, &listing.resource, err) != 0)
        return -1;
    enum page page = PAGE_MORE;
    while (page == PAGE_MORE)
        page = take_page(&listing, err);
    if (page == PAGE_FAILED)
        return -1;
    if (page == PAGE_EXPIRED)
        return 0;
    *ret_version = MEM_STEAL(listing.version);
    return 1;
}
