/* Manifests as server-side applies: the server keeps who applied which field, merges,
 * and removes what a manager no longer applies. */
#include "store/kubernetes_store.h"

#include "base/str.h"

enum {
    APPLY_TRIES = 10, /* against somebody who writes all the time */
};

/* The server answers 500 to what does not fit the kind's definition. */
#define MISFIT "failed to create typed patch object"

/* What WANTED says. Nothing of a version: an apply is about whatever stands there. */
static struct json *make_body(const struct api_object *wanted)
{
    struct json *body = api_object_to_json(wanted, API_FORM_EXPORT);
    struct json *meta = json_member_mut(body, "metadata");
    for (size_t i = 0; i < wanted->meta.finalizers.len; i++)
        json_push_take(json_ensure_array(meta, "finalizers"),
                       json_new_text(wanted->meta.finalizers.items[i]));
    return body;
}

/* The version alone does not tell: a controller may write the status meanwhile, and
 * the server's first write after a creation stores defaults of the status. */
static bool is_unchanged(const struct api_object *before, const struct api_object *after)
{
    return str_equal(before->meta.uid, after->meta.uid) &&
           strmap_equal(&before->meta.labels, &after->meta.labels) &&
           strmap_equal(&before->meta.annotations, &after->meta.annotations) &&
           strlist_equal(&before->meta.finalizers, &after->meta.finalizers) &&
           json_same(before->spec, after->spec);
}

/* One attempt: 1 done, 0 the object went meanwhile, -1. */
static int apply_once(struct kubernetes_store *store, const struct api_object *wanted, bool force,
                      enum store_applied *ret_how, struct api_object **ret,
                      struct kube_answer *answer, struct err *err)
{
    struct api_ref ref = api_object_ref(wanted);
    CLEANUP(api_object_freep) struct api_object *before = NULL;
    CLEANUP(api_object_freep) struct api_object *after = NULL;
    CLEANUP(json_freep) struct json *body = make_body(wanted);
    if (store_get(&store->base, ref, &before, err) < 0)
        return -1;
    int done = kubernetes_send_apply(store, ref, body, force, &after, answer, err);
    if (done != 1)
        return done;
    if (answer->code == 201)
        *ret_how = STORE_CREATED;
    else
        *ret_how = before && is_unchanged(before, after) ? STORE_UNCHANGED : STORE_CONFIGURED;
    if (ret)
        *ret = MEM_STEAL(after);
    return 1;
}

int kubernetes_apply(struct store *base, const struct api_object *wanted, bool force,
                     enum store_applied *ret_how, struct api_object **ret, struct err *err)
{
    struct err why = {0};
    for (int i = 0; i < APPLY_TRIES; i++) {
        struct kube_answer answer = {0};
        int done =
            apply_once(kubernetes_store_of(base), wanted, force, ret_how, ret, &answer, &why);
        if (done == 1)
            return 1;
        if (done < 0 && str_starts_with(why.text, MISFIT))
            why.class = ERR_INVALID;
        if (done < 0 && (answer.code != 409 || str_equal(answer.reason, KUBE_FIELD_CONFLICT))) {
            if (err)
                *err = why;
            return -1;
        }
    }
    return err_set(err, ERR_UNAVAILABLE, "the object is changed all the time");
}
