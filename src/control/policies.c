#include "control/policies.h"

#include "api/image_policy.h"
#include "api/selector.h"
#include "base/imageref.h"
#include "base/str.h"

void policy_images_finish(struct policy_images *images)
{
    for (size_t i = 0; i < images->len; i++) {
        struct policy_image *image = &images->items[i];
        free(image->namespace);
        free(image->policy);
        free(image->name);
        free(image->tag);
        free(image->digest);
        free(image->text);
    }
    free(images->items);
    *images = (struct policy_images)POLICY_IMAGES_INIT;
}

struct listing {
    struct policy_images *images;
    const struct selector *selector;
};

static int add(void *arg, const struct api_object *object, struct err *err)
{
    struct listing *listing = arg;
    struct policy_images *images = listing->images;
    struct api_image_ref ref;
    (void)err;
    if (!selector_matches(listing->selector, &object->meta.labels) ||
        !api_image_ref_get(object->status, "latestRef", &ref))
        return 0;
    images->items = mem_grow(images->items, &images->cap, images->len + 1, sizeof(*images->items));
    images->items[images->len++] = (struct policy_image){
        .namespace = str_dup(object->meta.namespace),
        .policy = str_dup(object->meta.name),
        .name = str_dup(ref.name),
        .tag = str_dup(ref.tag),
        .digest = str_dup(ref.digest),
        .text = api_image_ref_text(&ref),
    };
    return 0;
}

int policy_images_list(struct store *store, const char *namespace, const struct json *selector,
                       struct policy_images *ret, struct err *err)
{
    CLEANUP(selector_freep) struct selector *parsed = NULL;
    const struct store_query query = {API_IMAGE_POLICY, namespace};
    if (selector && selector_from_json(selector, &parsed, err) != 0)
        return err_wrap(err, "failed to parse policy selector");
    struct listing listing = {ret, parsed};
    if (store_list(store, &query, add, &listing, err) != 0)
        return err_wrap(err, "failed to list policies");
    return 0;
}

int policy_images_check(const struct policy_images *images, struct err *err)
{
    for (size_t i = 0; i < images->len; i++) {
        CLEANUP(imageref_finish) struct imageref ref = IMAGEREF_INIT;
        if (imageref_parse(images->items[i].text, &ref, err) != 0)
            return err_wrap(err, "encountered invalid image ref \"%s\"", images->items[i].text);
    }
    return 0;
}

static bool is_observed(const struct policy_image *image, const struct json *observed)
{
    struct api_image_ref ref;
    const struct api_image_ref now = {image->name, image->tag, image->digest};
    return api_image_ref_get(observed, image->policy, &ref) && api_image_ref_equal(&ref, &now);
}

bool policy_images_observed(const struct policy_images *images, const struct json *status)
{
    const struct json *observed = json_member(status, "observedPolicies");
    if (json_count(observed) != images->len)
        return false;
    for (size_t i = 0; i < images->len; i++) {
        if (!is_observed(&images->items[i], observed))
            return false;
    }
    return true;
}

void policy_images_observe(const struct policy_images *images, struct json *status)
{
    struct json *observed = json_new_object();
    for (size_t i = 0; i < images->len; i++) {
        const struct policy_image *image = &images->items[i];
        const struct api_image_ref ref = {image->name, image->tag, image->digest};
        api_image_ref_set(observed, image->policy, &ref);
    }
    if (images->len != 0)
        json_put_take(status, "observedPolicies", observed);
    else
        json_free(observed), json_remove(status, "observedPolicies");
}
