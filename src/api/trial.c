#include "api/trial.h"

#include "adapt/regex.h"
#include "api/git_repository.h"
#include "api/image_policy.h"
#include "api/image_repository.h"
#include "api/image_update.h"
#include "api/message.h"
#include "base/semver_range.h"

static int try_range(const char *field, const char *range, struct err *err)
{
    CLEANUP(semver_range_finish) struct semver_range parsed = {0};
    if (!*range || semver_range_parse(span_of(range), &parsed, err) == 0)
        return 0;
    return err_wrap(err, "%s: semver parse error", field);
}

static int try_git_repository(const struct api_object *object, struct err *err)
{
    struct api_git_repository spec;
    if (api_git_repository_read(object, &spec, err) != 0)
        return -1;
    return try_range("spec.ref.semver", spec.ref.semver, err);
}

static int try_image_repository(const struct api_object *object, struct err *err)
{
    struct api_image_repository spec;
    if (api_image_repository_read(object, &spec, err) != 0)
        return -1;
    for (size_t i = 0; i < json_count(spec.exclusion_list); i++) {
        CLEANUP(regex_freep) struct regex *regex = NULL;
        struct span pattern = json_span(json_at(spec.exclusion_list, i));
        if (regex_new(pattern, &regex, err) != 0)
            return err_wrap(err, "spec.exclusionList[%zu]: failed to compile regex %.*s", i,
                            (int)pattern.len, pattern.data);
    }
    return 0;
}

static int try_image_policy(const struct api_object *object, struct err *err)
{
    struct api_image_policy spec;
    CLEANUP(policy_freep) struct policy *policy = NULL;
    if (api_image_policy_read(object, &spec, err) != 0)
        return -1;
    return api_image_policy_compile(&spec, &policy, err);
}

static int try_image_update(const struct api_object *object, struct err *err)
{
    struct api_image_update spec;
    CLEANUP(template_freep) struct template *template = NULL;
    if (api_image_update_read(object, &spec, err) != 0)
        return -1;
    if (spec.has_checkout_ref &&
        try_range("spec.git.checkout.ref.semver", spec.checkout_ref.semver, err) != 0)
        return -1;
    if (api_message_parse(&spec, &template, err) != 0)
        return -1;
    return template ? api_message_try(template, api_object_ref(object), &spec, err) : 0;
}

int api_try(const struct api_object *object, struct err *err)
{
    int answer = 0;
    switch (object->kind) {
    case API_GIT_REPOSITORY:
        answer = try_git_repository(object, err);
        break;
    case API_IMAGE_REPOSITORY:
        answer = try_image_repository(object, err);
        break;
    case API_IMAGE_POLICY:
        answer = try_image_policy(object, err);
        break;
    case API_IMAGE_UPDATE_AUTOMATION:
        answer = try_image_update(object, err);
        break;
    default:
        break;
    }
    if (answer != 0)
        err_wrap(err, "%s %s/%s", api_kind_info(object->kind)->name, object->meta.namespace,
                 object->meta.name);
    return answer;
}
