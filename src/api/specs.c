/* The typed views of the four kinds, read from what admission let in. */
#include "api/git_repository.h"
#include "api/image_policy.h"
#include "api/image_repository.h"
#include "api/image_update.h"

#include "api/spec_reader.h"
#include "base/clock.h"
#include "base/str.h"

int api_image_repository_read(const struct api_object *object, struct api_image_repository *ret,
                              struct err *err)
{
    const struct json *spec = object->spec;
    struct api_image_repository view = {
        .image = spec_text(spec, "image"),
        .secret = spec_ref_name(spec, "secretRef"),
        .proxy_secret = spec_ref_name(spec, "proxySecretRef"),
        .cert_secret = spec_ref_name(spec, "certSecretRef"),
        .service_account = spec_text(spec, "serviceAccountName"),
        .provider = spec_text(spec, "provider"),
        .exclusion_list = json_member(spec, "exclusionList"),
        .access_from = json_member(spec, "accessFrom"),
        .insecure = json_bool(json_member(spec, "insecure"), false),
    };
    if (spec_duration(spec, "interval", 0, &view.interval_ns, err) != 0 ||
        spec_duration(spec, "timeout", view.interval_ns, &view.timeout_ns, err) != 0)
        return -1;
    if (view.timeout_ns < CLOCK_NS_PER_S)
        view.timeout_ns = CLOCK_NS_PER_S;
    if (json_count(view.exclusion_list) == 0)
        view.exclusion_list = NULL;
    *ret = view;
    return 0;
}

bool api_access_allowed(const struct json *access_from, const struct strmap *namespace_labels)
{
    const struct json *selectors = json_member(access_from, "namespaceSelectors");
    for (size_t i = 0; i < json_count(selectors); i++) {
        bool fits = true;
        json_foreach_member (key, value, json_member(json_at(selectors, i), "matchLabels")) {
            fits = fits && str_equal(strmap_get(namespace_labels, key), json_text(value));
        }
        if (fits)
            return true;
    }
    return false;
}

static enum api_digest_policy digest_policy_of(const char *text)
{
    if (str_equal(text, "Always"))
        return API_DIGEST_ALWAYS;
    return str_equal(text, "IfNotPresent") ? API_DIGEST_IF_NOT_PRESENT : API_DIGEST_NEVER;
}

static void read_choice(const struct json *policy, struct api_image_policy *view)
{
    static const struct {
        const char *member;
        enum api_policy_kind kind;
    } choices[] = {
        {"semver", API_POLICY_SEMVER},
        {"alphabetical", API_POLICY_ALPHABETICAL},
        {"numerical", API_POLICY_NUMERICAL},
    };
    for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
        const struct json *choice = json_member(policy, choices[i].member);
        if (!choice)
            continue;
        view->policy = choices[i].kind;
        view->range = spec_text(choice, "range");
        view->descending = str_equal(spec_text(choice, "order"), "desc");
        return;
    }
}

int api_image_policy_read(const struct api_object *object, struct api_image_policy *ret,
                          struct err *err)
{
    const struct json *spec = object->spec;
    const struct json *reference = json_member(spec, "imageRepositoryRef");
    const struct json *filter = json_member(spec, "filterTags");
    struct api_image_policy view = {
        .repository = spec_text(reference, "name"),
        .repository_namespace = spec_text(reference, "namespace"),
        .range = "",
        .pattern = spec_text(filter, "pattern"),
        .extract = spec_text(filter, "extract"),
        .digest_policy = digest_policy_of(spec_text(spec, "digestReflectionPolicy")),
    };
    if (!*view.repository_namespace)
        view.repository_namespace = object->meta.namespace;
    read_choice(json_member(spec, "policy"), &view);
    if (spec_duration(spec, "interval", 0, &view.interval_ns, err) != 0)
        return -1;
    *ret = view;
    return 0;
}

int api_image_policy_compile(const struct api_image_policy *spec, struct policy **ret,
                             struct err *err)
{
    static const enum policy_kind kinds[] = {
        [API_POLICY_NONE] = POLICY_NONE,
        [API_POLICY_SEMVER] = POLICY_SEMVER,
        [API_POLICY_ALPHABETICAL] = POLICY_ALPHABETICAL,
        [API_POLICY_NUMERICAL] = POLICY_NUMERICAL,
    };
    const struct policy_spec policy_spec = {
        .kind = kinds[spec->policy],
        .range = span_of(spec->range),
        .order = spec->descending ? POLICY_DESCENDING : POLICY_ASCENDING,
        .pattern = span_of(spec->pattern),
        .extract = span_of(spec->extract),
    };
    return policy_new(&policy_spec, ret, err);
}

bool api_image_ref_get(const struct json *status, const char *name, struct api_image_ref *ret)
{
    const struct json *ref = json_member(status, name);
    if (json_kind(ref) != JSON_KIND_OBJECT)
        return false;
    *ret = (struct api_image_ref){spec_text(ref, "name"), spec_text(ref, "tag"),
                                  spec_text(ref, "digest")};
    return true;
}

void api_image_ref_set(struct json *status, const char *name, const struct api_image_ref *ref)
{
    struct json *value = json_new_object();
    json_put_text(value, "name", ref->name);
    json_put_text(value, "tag", ref->tag);
    if (*ref->digest)
        json_put_text(value, "digest", ref->digest);
    json_put_take(status, name, value);
}

bool api_image_ref_equal(const struct api_image_ref *a, const struct api_image_ref *b)
{
    return str_equal(a->name, b->name) && str_equal(a->tag, b->tag) &&
           str_equal(a->digest, b->digest);
}

char *api_image_ref_text(const struct api_image_ref *ref)
{
    return str_printf("%s:%s%s%s", ref->name, ref->tag, *ref->digest ? "@" : "", ref->digest);
}

/* REF may be NULL: none of the fields. */
static struct api_git_ref read_git_ref(const struct json *ref)
{
    return (struct api_git_ref){
        .branch = spec_text(ref, "branch"),
        .tag = spec_text(ref, "tag"),
        .semver = spec_text(ref, "semver"),
        .name = spec_text(ref, "name"),
        .commit = spec_text(ref, "commit"),
    };
}

int api_git_repository_read(const struct api_object *object, struct api_git_repository *ret,
                            struct err *err)
{
    const struct json *spec = object->spec;
    struct api_git_repository view = {
        .url = spec_text(spec, "url"),
        .ref = read_git_ref(json_member(spec, "ref")),
        .secret = spec_ref_name(spec, "secretRef"),
        .proxy_secret = spec_ref_name(spec, "proxySecretRef"),
        .provider = spec_text(spec, "provider"),
    };
    if (!*view.provider)
        view.provider = "generic";
    if (spec_duration(spec, "interval", 0, &view.interval_ns, err) != 0 ||
        spec_duration(spec, "timeout", 60 * CLOCK_NS_PER_S, &view.timeout_ns, err) != 0)
        return -1;
    *ret = view;
    return 0;
}

int api_image_update_read(const struct api_object *object, struct api_image_update *ret,
                          struct err *err)
{
    const struct json *spec = object->spec;
    const struct json *source = json_member(spec, "sourceRef");
    const struct json *git = json_member(spec, "git");
    const struct json *ref = json_member(json_member(git, "checkout"), "ref");
    const struct json *commit = json_member(git, "commit");
    const struct json *signing = json_member(commit, "signingKey");
    const struct json *push = json_member(git, "push");
    const struct json *update = json_member(spec, "update");
    struct api_image_update view = {
        .source = spec_text(source, "name"),
        .source_kind = spec_text(source, "kind"),
        .source_namespace = spec_text(source, "namespace"),
        .has_git = git != NULL,
        .has_checkout_ref = ref != NULL,
        .checkout_ref = read_git_ref(ref),
        .author_name = spec_text(json_member(commit, "author"), "name"),
        .author_email = spec_text(json_member(commit, "author"), "email"),
        .message_template = spec_text(commit, "messageTemplate"),
        .message_values = json_member(commit, "messageTemplateValues"),
        .signing_secret = spec_ref_name(signing, "secretRef"),
        .signing_type = spec_text(signing, "type"),
        .push_branch = spec_text(push, "branch"),
        .push_refspec = spec_text(push, "refspec"),
        .push_options = json_member(push, "options"),
        .policy_selector = json_member(spec, "policySelector"),
        .path = spec_text(update, "path"),
        .strategy = spec_text(update, "strategy"),
    };
    if (!*view.source_namespace)
        view.source_namespace = object->meta.namespace;
    if (!*view.signing_type)
        view.signing_type = "gpg";
    if (spec_duration(spec, "interval", 0, &view.interval_ns, err) != 0)
        return -1;
    *ret = view;
    return 0;
}
