/* The fields of each kind, with Flux's names, rules and defaults (the kinds'
 * CRDs of image-reflector-controller 1.2, image-automation-controller 1.2 and
 * source-controller 1.7). The sentences are tidemark's. */
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
    {.name = "name", .type = SCHEMA_STRING, .required = true, .doc = "Name of the object."},
    END,
};

static const struct schema reference[] = {
    {.name = "name", .type = SCHEMA_STRING, .required = true, .doc = "Name of the object."},
    {.name = "namespace",
     .type = SCHEMA_STRING,
     .doc = "Its namespace; by default that of the object that refers to it."},
    END,
};

static const struct schema namespace_selector[] = {
    {.name = "matchLabels",
     .type = SCHEMA_STRING_MAP,
     .doc = "Labels that a namespace must carry; none means every namespace."},
    END,
};

static const struct schema access_from[] = {
    {.name = "namespaceSelectors",
     .type = SCHEMA_OBJECT_LIST,
     .required = true,
     .fields = namespace_selector,
     .doc = "A namespace that one of these selects has access."},
    END,
};

static const struct schema image_repository[] = {
    {.name = "image",
     .type = SCHEMA_STRING,
     .required = true,
     .doc = "The image repository, without scheme, tag or digest: ghcr.io/acme/web."},
    {.name = "interval",
     .type = SCHEMA_STRING,
     .required = true,
     .rule = SCHEMA_DURATION,
     .doc = "Time between two scans."},
    {.name = "timeout",
     .type = SCHEMA_STRING,
     .rule = SCHEMA_DURATION_NO_HOURS,
     .doc = "Longest time for a scan with its log-in; by default the interval."},
    {.name = "secretRef",
     .type = SCHEMA_OBJECT,
     .fields = local_reference,
     .doc = "Secret of type kubernetes.io/dockerconfigjson with the registry's credentials."},
    {.name = "proxySecretRef",
     .type = SCHEMA_OBJECT,
     .fields = local_reference,
     .doc = "Secret with the proxy's address and, if it needs them, username and password."},
    {.name = "serviceAccountName",
     .type = SCHEMA_STRING,
     .max = 253,
     .doc = "Service account whose pull secrets, or whose identity at a cloud provider, are used."},
    {.name = "certSecretRef",
     .type = SCHEMA_OBJECT,
     .fields = local_reference,
     .doc = "Secret with ca.crt, or tls.crt and tls.key, for the registry's TLS."},
    {.name = "suspend", .type = SCHEMA_BOOL, .doc = "Stops the scans."},
    {.name = "accessFrom",
     .type = SCHEMA_OBJECT,
     .fields = access_from,
     .doc = "Which other namespaces' policies may use this repository."},
    {.name = "exclusionList",
     .type = SCHEMA_STRING_LIST,
     .max = 25,
     .fallback = "[\"^.*\\\\.sig$\"]",
     .doc = "Regular expressions; a tag that one of them matches is not kept."},
    {.name = "provider",
     .type = SCHEMA_STRING,
     .values = registry_providers,
     .fallback = "\"generic\"",
     .doc = "Who issues the registry's credentials."},
    {.name = "insecure", .type = SCHEMA_BOOL, .doc = "Allows plain HTTP to the registry."},
    END,
};

static const struct schema semver_policy[] = {
    {.name = "range",
     .type = SCHEMA_STRING,
     .required = true,
     .doc = "The range of versions, such as 1.x.0 or >=1.2.0 <2.0.0."},
    END,
};

static const struct schema ordered_policy[] = {
    {.name = "order",
     .type = SCHEMA_STRING,
     .values = orders,
     .fallback = "\"asc\"",
     .doc = "asc: the last in ascending order is the latest; desc: the first."},
    END,
};

static const struct schema policy_choice[] = {
    {.name = "semver",
     .type = SCHEMA_OBJECT,
     .fields = semver_policy,
     .doc = "The highest version in a range."},
    {.name = "alphabetical",
     .type = SCHEMA_OBJECT,
     .fields = ordered_policy,
     .doc = "The last in bytewise order."},
    {.name = "numerical",
     .type = SCHEMA_OBJECT,
     .fields = ordered_policy,
     .doc = "The greatest number."},
    END,
};

static const struct schema filter_tags[] = {
    {.name = "pattern",
     .type = SCHEMA_STRING,
     .doc = "Regular expression; only tags that it matches count."},
    {.name = "extract",
     .type = SCHEMA_STRING,
     .doc = "What of a match the policy compares, with $1 or $name for groups; all by default."},
    END,
};

static const struct schema image_policy[] = {
    {.name = "imageRepositoryRef",
     .type = SCHEMA_OBJECT,
     .required = true,
     .fields = reference,
     .doc = "The ImageRepository whose tags are judged."},
    {.name = "policy",
     .type = SCHEMA_OBJECT,
     .required = true,
     .fields = policy_choice,
     .doc = "How the latest tag is chosen: exactly one of the members."},
    {.name = "filterTags",
     .type = SCHEMA_OBJECT,
     .fields = filter_tags,
     .doc = "Which tags count, and which part of them."},
    {.name = "digestReflectionPolicy",
     .type = SCHEMA_STRING,
     .values = digest_policies,
     .fallback = "\"Never\"",
     .doc = "When the digest of the chosen tag is looked up."},
    {.name = "interval",
     .type = SCHEMA_STRING,
     .rule = SCHEMA_DURATION,
     .doc = "How often the digest is looked up again; only with Always."},
    {.name = "suspend", .type = SCHEMA_BOOL, .doc = "Stops the policy."},
    END,
};

static const struct schema git_ref[] = {
    {.name = "branch", .type = SCHEMA_STRING, .doc = "A branch."},
    {.name = "tag", .type = SCHEMA_STRING, .doc = "A tag."},
    {.name = "semver", .type = SCHEMA_STRING, .doc = "The highest tag in a range of versions."},
    {.name = "name", .type = SCHEMA_STRING, .doc = "A reference by its full name, refs/…"},
    {.name = "commit", .type = SCHEMA_STRING, .doc = "A commit by its hash."},
    END,
};

static const struct schema source_ref[] = {
    {.name = "apiVersion", .type = SCHEMA_STRING, .doc = "API version of the source."},
    {.name = "kind",
     .type = SCHEMA_STRING,
     .values = git_repository_only,
     .fallback = "\"GitRepository\"",
     .doc = "Kind of the source."},
    {.name = "name", .type = SCHEMA_STRING, .required = true, .doc = "Name of the source."},
    {.name = "namespace",
     .type = SCHEMA_STRING,
     .doc = "Its namespace; by default the automation's."},
    END,
};

static const struct schema checkout[] = {
    {.name = "ref",
     .type = SCHEMA_OBJECT,
     .required = true,
     .fields = git_ref,
     .doc = "What to start from; replaces the source's own ref."},
    END,
};

static const struct schema author[] = {
    {.name = "name", .type = SCHEMA_STRING, .doc = "Name of author and committer."},
    {.name = "email",
     .type = SCHEMA_STRING,
     .required = true,
     .doc = "E-mail address of author and committer."},
    END,
};

static const struct schema signing_key[] = {
    {.name = "secretRef",
     .type = SCHEMA_OBJECT,
     .required = true,
     .fields = local_reference,
     .doc = "Secret with the key."},
    {.name = "type",
     .type = SCHEMA_STRING,
     .values = signing_types,
     .doc = "Kind of key; gpg by default."},
    END,
};

static const struct schema commit[] = {
    {.name = "author",
     .type = SCHEMA_OBJECT,
     .required = true,
     .fields = author,
     .doc = "Who the commits are by."},
    {.name = "signingKey",
     .type = SCHEMA_OBJECT,
     .fields = signing_key,
     .doc = "Key that signs the commits."},
    {.name = "messageTemplate", .type = SCHEMA_STRING, .doc = "Template of the commit message."},
    {.name = "messageTemplateValues",
     .type = SCHEMA_STRING_MAP,
     .doc = "Values that the template finds under .Values."},
    END,
};

static const struct schema push[] = {
    {.name = "branch",
     .type = SCHEMA_STRING,
     .doc = "Branch to push to; by default the branch that was checked out."},
    {.name = "refspec",
     .type = SCHEMA_STRING,
     .rule = SCHEMA_REFSPEC,
     .doc = "A second push, with this refspec."},
    {.name = "options", .type = SCHEMA_STRING_MAP, .doc = "Push options for the server."},
    END,
};

static const struct schema automation_git[] = {
    {.name = "checkout", .type = SCHEMA_OBJECT, .fields = checkout, .doc = "What is checked out."},
    {.name = "commit",
     .type = SCHEMA_OBJECT,
     .required = true,
     .fields = commit,
     .doc = "How commits look."},
    {.name = "push", .type = SCHEMA_OBJECT, .fields = push, .doc = "Where commits go."},
    END,
};

static const struct schema selector_requirement[] = {
    {.name = "key", .type = SCHEMA_STRING, .required = true, .doc = "Label key."},
    {.name = "operator",
     .type = SCHEMA_STRING,
     .required = true,
     .doc = "In, NotIn, Exists or DoesNotExist."},
    {.name = "values", .type = SCHEMA_STRING_LIST, .doc = "Values for In and NotIn."},
    END,
};

static const struct schema label_selector[] = {
    {.name = "matchLabels", .type = SCHEMA_STRING_MAP, .doc = "Labels that must be there."},
    {.name = "matchExpressions",
     .type = SCHEMA_OBJECT_LIST,
     .fields = selector_requirement,
     .doc = "Conditions that must hold."},
    END,
};

static const struct schema update_strategy[] = {
    {.name = "strategy",
     .type = SCHEMA_STRING,
     .values = strategies,
     .fallback = "\"Setters\"",
     .doc = "How files are changed: at their markers."},
    {.name = "path",
     .type = SCHEMA_STRING,
     .doc = "Folder or file in the repository; by default all of it."},
    END,
};

static const struct schema image_update_automation[] = {
    {.name = "sourceRef",
     .type = SCHEMA_OBJECT,
     .required = true,
     .fields = source_ref,
     .doc = "The Git repository to work on."},
    {.name = "git",
     .type = SCHEMA_OBJECT,
     .fields = automation_git,
     .doc = "How to check out, commit and push."},
    {.name = "interval",
     .type = SCHEMA_STRING,
     .required = true,
     .rule = SCHEMA_DURATION,
     .doc = "Longest time between two runs."},
    {.name = "policySelector",
     .type = SCHEMA_OBJECT,
     .fields = label_selector,
     .doc = "Which policies count; by default all of the namespace."},
    {.name = "update",
     .type = SCHEMA_OBJECT,
     .fields = update_strategy,
     .fallback = "{\"strategy\":\"Setters\"}",
     .doc = "What is changed, and how."},
    {.name = "suspend", .type = SCHEMA_BOOL, .doc = "Stops the automation."},
    END,
};

static const struct schema git_verify[] = {
    {.name = "mode",
     .type = SCHEMA_STRING,
     .values = verify_modes,
     .fallback = "\"HEAD\"",
     .doc = "What is verified."},
    {.name = "secretRef",
     .type = SCHEMA_OBJECT,
     .required = true,
     .fields = local_reference,
     .doc = "Secret with the public keys."},
    END,
};

static const struct schema git_include[] = {
    {.name = "repository",
     .type = SCHEMA_OBJECT,
     .required = true,
     .fields = local_reference,
     .doc = "Another GitRepository."},
    {.name = "fromPath", .type = SCHEMA_STRING, .doc = "What of it to take."},
    {.name = "toPath", .type = SCHEMA_STRING, .doc = "Where to put it."},
    END,
};

static const struct schema git_repository[] = {
    {.name = "url",
     .type = SCHEMA_STRING,
     .required = true,
     .doc = "The repository's URL: http, https, ssh, and file where the store is a local one."},
    {.name = "secretRef",
     .type = SCHEMA_OBJECT,
     .fields = local_reference,
     .doc = "Secret with the credentials."},
    {.name = "provider",
     .type = SCHEMA_STRING,
     .values = git_providers,
     .doc = "Who issues the credentials; generic by default."},
    {.name = "serviceAccountName",
     .type = SCHEMA_STRING,
     .doc = "Service account whose identity the provider knows."},
    {.name = "interval",
     .type = SCHEMA_STRING,
     .required = true,
     .rule = SCHEMA_DURATION,
     .doc = "Time between two looks at the repository."},
    {.name = "timeout",
     .type = SCHEMA_STRING,
     .rule = SCHEMA_DURATION_NO_HOURS,
     .fallback = "\"60s\"",
     .doc = "Longest time for a fetch, and for a push."},
    {.name = "ref",
     .type = SCHEMA_OBJECT,
     .fields = git_ref,
     .doc = "What to check out; by default the branch master."},
    {.name = "verify",
     .type = SCHEMA_OBJECT,
     .fields = git_verify,
     .doc = "Signature verification (not done by tidemark)."},
    {.name = "proxySecretRef",
     .type = SCHEMA_OBJECT,
     .fields = local_reference,
     .doc = "Secret with the proxy's address and credentials."},
    {.name = "ignore",
     .type = SCHEMA_STRING,
     .doc = "Files left out of artifacts (without meaning for updates)."},
    {.name = "suspend", .type = SCHEMA_BOOL, .doc = "Stops looking at the repository."},
    {.name = "recurseSubmodules",
     .type = SCHEMA_BOOL,
     .doc = "Submodules in artifacts (without meaning for updates)."},
    {.name = "include",
     .type = SCHEMA_OBJECT_LIST,
     .fields = git_include,
     .doc = "Other repositories in artifacts (without meaning for updates)."},
    {.name = "sparseCheckout",
     .type = SCHEMA_STRING_LIST,
     .doc = "Folders of artifacts (without meaning for updates)."},
    END,
};

static const struct schema secret[] = {
    {.name = "type", .type = SCHEMA_STRING, .fallback = "\"Opaque\"", .doc = "Kind of secret."},
    {.name = "data", .type = SCHEMA_STRING_MAP, .doc = "Its values in base64."},
    {.name = "immutable", .type = SCHEMA_BOOL, .doc = "Never to be changed."},
    END,
};

static const struct schema service_account[] = {
    {.name = "imagePullSecrets",
     .type = SCHEMA_OBJECT_LIST,
     .fields = local_reference,
     .doc = "Secrets with registry credentials."},
    {.name = "secrets",
     .type = SCHEMA_OBJECT_LIST,
     .fields = reference,
     .doc = "Secrets of the account (not read)."},
    {.name = "automountServiceAccountToken", .type = SCHEMA_BOOL, .doc = "Not read."},
    END,
};

static const struct schema namespace_spec[] = {
    {.name = "finalizers", .type = SCHEMA_STRING_LIST, .doc = "Not read."},
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
