/* The fields of each kind, with Flux's names, rules and defaults (the kinds'
 * CRDs of image-reflector-controller 1.2, image-automation-controller 1.2 and
 * source-controller 1.7), which also say in words what each is for. */
#include "api/schema.h"

#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const char *const registry_providers[] = {"generic", "aws", "azure", "gcp", NULL};
static const char *const git_providers[] = {"generic", "aws", "azure", "github", NULL};
static const char *const orders[] = {"asc", "desc", NULL};
static const char *const digest_policies[] = {"Always", "IfNotPresent", "Never", NULL};
static const char *const git_repository_only[] = {"GitRepository", NULL};
static const char *const strategies[] = {"Setters", NULL};
static const char *const signing_types[] = {"gpg", "ssh", NULL};
static const char *const verify_modes[] = {"head", "HEAD", "Tag", "TagAndHEAD", NULL};

static const struct schema local_reference[] = {
    {.name = "name", .type = SCHEMA_STRING, .required = true},
    END,
};

static const struct schema reference[] = {
    {.name = "name", .type = SCHEMA_STRING, .required = true},
    {.name = "namespace", .type = SCHEMA_STRING},
    END,
};

static const struct schema namespace_selector[] = {
    {.name = "matchLabels", .type = SCHEMA_STRING_MAP},
    END,
};

static const struct schema access_from[] = {
    {.name = "namespaceSelectors",
     .type = SCHEMA_OBJECT_LIST,
     .required = true,
     .fields = namespace_selector},
    END,
};

static const struct schema image_repository[] = {
    {.name = "image", .type = SCHEMA_STRING, .required = true},
    {.name = "interval", .type = SCHEMA_STRING, .required = true, .rule = SCHEMA_DURATION},
    {.name = "timeout", .type = SCHEMA_STRING, .rule = SCHEMA_DURATION_NO_HOURS},
    {.name = "secretRef", .type = SCHEMA_OBJECT, .fields = local_reference},
    {.name = "proxySecretRef", .type = SCHEMA_OBJECT, .fields = local_reference},
    {.name = "serviceAccountName", .type = SCHEMA_STRING, .max = 253},
    {.name = "certSecretRef", .type = SCHEMA_OBJECT, .fields = local_reference},
    {.name = "suspend", .type = SCHEMA_BOOL},
    {.name = "accessFrom", .type = SCHEMA_OBJECT, .fields = access_from},
    {.name = "exclusionList",
     .type = SCHEMA_STRING_LIST,
     .max = 25,
     .fallback = "[\"^.*\\\\.sig$\"]"},
    {.name = "provider",
     .type = SCHEMA_STRING,
     .values = registry_providers,
     .fallback = "\"generic\""},
    {.name = "insecure", .type = SCHEMA_BOOL},
    END,
};

static const struct schema semver_policy[] = {
    {.name = "range", .type = SCHEMA_STRING, .required = true},
    END,
};

static const struct schema ordered_policy[] = {
    {.name = "order", .type = SCHEMA_STRING, .values = orders, .fallback = "\"asc\""},
    END,
};

static const struct schema policy_choice[] = {
    {.name = "semver", .type = SCHEMA_OBJECT, .fields = semver_policy},
    {.name = "alphabetical", .type = SCHEMA_OBJECT, .fields = ordered_policy},
    {.name = "numerical", .type = SCHEMA_OBJECT, .fields = ordered_policy},
    END,
};

static const struct schema filter_tags[] = {
    {.name = "pattern", .type = SCHEMA_STRING},
    {.name = "extract", .type = SCHEMA_STRING},
    END,
};

static const struct schema image_policy[] = {
    {.name = "imageRepositoryRef", .type = SCHEMA_OBJECT, .required = true, .fields = reference},
    {.name = "policy", .type = SCHEMA_OBJECT, .required = true, .fields = policy_choice},
    {.name = "filterTags", .type = SCHEMA_OBJECT, .fields = filter_tags},
    {.name = "digestReflectionPolicy",
     .type = SCHEMA_STRING,
     .values = digest_policies,
     .fallback = "\"Never\""},
    {.name = "interval", .type = SCHEMA_STRING, .rule = SCHEMA_DURATION},
    {.name = "suspend", .type = SCHEMA_BOOL},
    END,
};

static const struct schema git_ref[] = {
    {.name = "branch", .type = SCHEMA_STRING}, {.name = "tag", .type = SCHEMA_STRING},
    {.name = "semver", .type = SCHEMA_STRING}, {.name = "name", .type = SCHEMA_STRING},
    {.name = "commit", .type = SCHEMA_STRING}, END,
};

static const struct schema source_ref[] = {
    {.name = "apiVersion", .type = SCHEMA_STRING},
    {.name = "kind",
     .type = SCHEMA_STRING,
     .values = git_repository_only,
     .fallback = "\"GitRepository\""},
    {.name = "name", .type = SCHEMA_STRING, .required = true},
    {.name = "namespace", .type = SCHEMA_STRING},
    END,
};

static const struct schema checkout[] = {
    {.name = "ref", .type = SCHEMA_OBJECT, .required = true, .fields = git_ref},
    END,
};

static const struct schema author[] = {
    {.name = "name", .type = SCHEMA_STRING},
    {.name = "email", .type = SCHEMA_STRING, .required = true},
    END,
};

static const struct schema signing_key[] = {
    {.name = "secretRef", .type = SCHEMA_OBJECT, .required = true, .fields = local_reference},
    {.name = "type", .type = SCHEMA_STRING, .values = signing_types},
    END,
};

static const struct schema commit[] = {
    {.name = "author", .type = SCHEMA_OBJECT, .required = true, .fields = author},
    {.name = "signingKey", .type = SCHEMA_OBJECT, .fields = signing_key},
    {.name = "messageTemplate", .type = SCHEMA_STRING},
    {.name = "messageTemplateValues", .type = SCHEMA_STRING_MAP},
    END,
};

static const struct schema push[] = {
    {.name = "branch", .type = SCHEMA_STRING},
    {.name = "refspec", .type = SCHEMA_STRING, .rule = SCHEMA_REFSPEC},
    {.name = "options", .type = SCHEMA_STRING_MAP},
    END,
};

static const struct schema automation_git[] = {
    {.name = "checkout", .type = SCHEMA_OBJECT, .fields = checkout},
    {.name = "commit", .type = SCHEMA_OBJECT, .required = true, .fields = commit},
    {.name = "push", .type = SCHEMA_OBJECT, .fields = push},
    END,
};

static const struct schema selector_requirement[] = {
    {.name = "key", .type = SCHEMA_STRING, .required = true},
    {.name = "operator", .type = SCHEMA_STRING, .required = true},
    {.name = "values", .type = SCHEMA_STRING_LIST},
    END,
};

static const struct schema label_selector[] = {
    {.name = "matchLabels", .type = SCHEMA_STRING_MAP},
    {.name = "matchExpressions", .type = SCHEMA_OBJECT_LIST, .fields = selector_requirement},
    END,
};

static const struct schema update_strategy[] = {
    {.name = "strategy", .type = SCHEMA_STRING, .values = strategies, .fallback = "\"Setters\""},
    {.name = "path", .type = SCHEMA_STRING},
    END,
};

static const struct schema image_update_automation[] = {
    {.name = "sourceRef", .type = SCHEMA_OBJECT, .required = true, .fields = source_ref},
    {.name = "git", .type = SCHEMA_OBJECT, .fields = automation_git},
    {.name = "interval", .type = SCHEMA_STRING, .required = true, .rule = SCHEMA_DURATION},
    {.name = "policySelector", .type = SCHEMA_OBJECT, .fields = label_selector},
    {.name = "update",
     .type = SCHEMA_OBJECT,
     .fields = update_strategy,
     .fallback = "{\"strategy\":\"Setters\"}"},
    {.name = "suspend", .type = SCHEMA_BOOL},
    END,
};

static const struct schema git_verify[] = {
    {.name = "mode", .type = SCHEMA_STRING, .values = verify_modes, .fallback = "\"HEAD\""},
    {.name = "secretRef", .type = SCHEMA_OBJECT, .required = true, .fields = local_reference},
    END,
};

static const struct schema git_include[] = {
    {.name = "repository", .type = SCHEMA_OBJECT, .required = true, .fields = local_reference},
    {.name = "fromPath", .type = SCHEMA_STRING},
    {.name = "toPath", .type = SCHEMA_STRING},
    END,
};

static const struct schema git_repository[] = {
    {.name = "url", .type = SCHEMA_STRING, .required = true},
    {.name = "secretRef", .type = SCHEMA_OBJECT, .fields = local_reference},
    {.name = "provider", .type = SCHEMA_STRING, .values = git_providers},
    {.name = "serviceAccountName", .type = SCHEMA_STRING},
    {.name = "interval", .type = SCHEMA_STRING, .required = true, .rule = SCHEMA_DURATION},
    {.name = "timeout",
     .type = SCHEMA_STRING,
     .rule = SCHEMA_DURATION_NO_HOURS,
     .fallback = "\"60s\""},
    {.name = "ref", .type = SCHEMA_OBJECT, .fields = git_ref},
    {.name = "verify", .type = SCHEMA_OBJECT, .fields = git_verify},
    {.name = "proxySecretRef", .type = SCHEMA_OBJECT, .fields = local_reference},
    {.name = "ignore", .type = SCHEMA_STRING},
    {.name = "suspend", .type = SCHEMA_BOOL},
    {.name = "recurseSubmodules", .type = SCHEMA_BOOL},
    {.name = "include", .type = SCHEMA_OBJECT_LIST, .fields = git_include},
    {.name = "sparseCheckout", .type = SCHEMA_STRING_LIST},
    END,
};

static const struct schema secret[] = {
    {.name = "type", .type = SCHEMA_STRING, .fallback = "\"Opaque\""},
    {.name = "data", .type = SCHEMA_STRING_MAP},
    {.name = "immutable", .type = SCHEMA_BOOL},
    END,
};

static const struct schema service_account[] = {
    {.name = "imagePullSecrets", .type = SCHEMA_OBJECT_LIST, .fields = local_reference},
    {.name = "secrets", .type = SCHEMA_OBJECT_LIST, .fields = reference},
    {.name = "automountServiceAccountToken", .type = SCHEMA_BOOL},
    END,
};

static const struct schema namespace_spec[] = {
    {.name = "finalizers", .type = SCHEMA_STRING_LIST},
    END,
};

const struct schema *schema_of(enum api_kind kind)
{
    static const struct schema *const tables[API_KIND_COUNT] = {
        [API_GIT_REPOSITORY] = git_repository,
        [API_IMAGE_REPOSITORY] = image_repository,
        [API_IMAGE_POLICY] = image_policy,
        [API_IMAGE_UPDATE_AUTOMATION] = image_update_automation,
        [API_SECRET] = secret,
        [API_SERVICE_ACCOUNT] = service_account,
        [API_NAMESPACE] = namespace_spec,
    };
    return tables[kind];
}
