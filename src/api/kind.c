#include "api/kind.h"

#include <string.h>

#include "base/mem.h"
#include "base/span.h"
#include "base/str.h"

#define REFLECTOR "image-reflector-controller"

static const struct api_kind_info kinds[API_KIND_COUNT] = {
    [API_GIT_REPOSITORY] = {"GitRepository", API_SOURCE_GROUP, "v1", "gitrepositories",
                            "gitrepository", "source git", "source-controller", true, true},
    [API_IMAGE_REPOSITORY] = {"ImageRepository", API_IMAGE_GROUP, "v1", "imagerepositories",
                              "imagerepository", "image repository", REFLECTOR, true, true},
    [API_IMAGE_POLICY] = {"ImagePolicy", API_IMAGE_GROUP, "v1", "imagepolicies", "imagepolicy",
                          "image policy", REFLECTOR, true, true},
    [API_IMAGE_UPDATE_AUTOMATION] = {"ImageUpdateAutomation", API_IMAGE_GROUP, "v1",
                                     "imageupdateautomations", "imageupdateautomation",
                                     "image update automation", "image-automation-controller", true,
                                     true},
    [API_SECRET] = {"Secret", "", "v1", "secrets", "secret", "secret", "tidemark", true, false},
    [API_SERVICE_ACCOUNT] = {"ServiceAccount", "", "v1", "serviceaccounts", "serviceaccount",
                             "service account", "tidemark", true, false},
    [API_NAMESPACE] = {"Namespace", "", "v1", "namespaces", "namespace", "namespace", "tidemark",
                       false, true},
};

const struct api_kind_info *api_kind_info(enum api_kind kind)
{
    return &kinds[kind];
}

const char *api_kind_api_version(enum api_kind kind)
{
    switch (kind) {
    case API_GIT_REPOSITORY:
        return API_SOURCE_GROUP "/v1";
    case API_IMAGE_REPOSITORY:
    case API_IMAGE_POLICY:
    case API_IMAGE_UPDATE_AUTOMATION:
        return API_IMAGE_GROUP "/v1";
    case API_SECRET:
    case API_SERVICE_ACCOUNT:
    case API_NAMESPACE:
    default:
        return "v1";
    }
}

static bool version_fits(const char *version, const struct api_kind_info *info)
{
    static const char *const older[] = {"v1beta1", "v1beta2", "v1alpha1", "v1alpha2"};
    if (str_equal(version, info->version))
        return true;
    for (size_t i = 0; *info->group && i < ARRAY_LEN(older); i++) {
        if (str_equal(version, older[i]))
            return true;
    }
    return false;
}

bool api_kind_find(const char *api_version, const char *kind, enum api_kind *ret)
{
    if (!api_version || !kind)
        return false;
    struct span rest = span_of(api_version);
    ptrdiff_t slash = span_find_byte(rest, '/');
    struct span group = span_slice(rest, 0, slash < 0 ? 0 : (size_t)slash);
    const char *version = slash < 0 ? api_version : api_version + slash + 1;
    for (size_t i = 0; i < API_KIND_COUNT; i++) {
        const struct api_kind_info *info = &kinds[i];
        if (str_equal(kind, info->name) && span_is(group, info->group) &&
            version_fits(version, info)) {
            *ret = (enum api_kind)i;
            return true;
        }
    }
    return false;
}
