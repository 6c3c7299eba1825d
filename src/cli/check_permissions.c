#include <string.h>

#include "base/str.h"
#include "cli/check.h"
#include "cli/console.h"
#include "cli/manifests.h"
#include "yaml/yaml_load.h"

/* A walk over the rules. */
struct review {
    struct check *check;
    const char *namespace; /* NULL: all */
    size_t asked;
    size_t missing;
};

/* May the caller do that? 1, 0, -1. (SelfSubjectAccessReview of the API group
 * authorization.k8s.io.) */
static int may(const struct review *review, const char *verb, const char *group, struct span plural,
               const char *subresource, struct err *err)
{
    CLEANUP(json_freep) struct json *body = json_new_object();
    CLEANUP(json_freep) struct json *answer = NULL;
    struct json *asked = json_ensure_object(json_ensure_object(body, "spec"), "resourceAttributes");
    json_put_text(body, "apiVersion", "authorization.k8s.io/v1");
    json_put_text(body, "kind", "SelfSubjectAccessReview");
    json_put_text(asked, "namespace", review->namespace);
    json_put_text(asked, "verb", verb);
    json_put_text(asked, "group", group);
    json_put_take(asked, "resource", json_new_span(plural));
    json_put_text(asked, "subresource", subresource);
    const struct kube_request request = {
        .method = "POST",
        .resource = {"authorization.k8s.io", "v1", "selfsubjectaccessreviews", false},
        .body = body,
    };
    const struct home *home = review->check->home;
    if (kube_perform(home->cluster->client, &request, &home->deadline, &answer, NULL, err) != 1)
        return -1;
    return json_bool(json_member(json_member(answer, "status"), "allowed"), false) ? 1 : 0;
}

/* "imagepolicies.image.toolkit.fluxcd.io/status" */
static char *full_name(struct span plural, const char *group, const char *subresource)
{
    return str_printf("%.*s%s%s%s%s", (int)plural.len, plural.data, *group ? "." : "", group,
                      subresource ? "/" : "", subresource ? subresource : "");
}

/* One line for all verbs of RESOURCE ("imagepolicies/status") that are missing. */
static int review_resource(struct review *review, const char *group, const char *resource,
                           const struct json *verbs, struct err *err)
{
    const char *slash = strchr(resource, '/');
    const char *subresource = slash ? slash + 1 : NULL;
    const struct span plural = {resource, slash ? (size_t)(slash - resource) : strlen(resource)};
    CLEANUP(buf_finish) struct buf missing = BUF_INIT(4096);
    for (size_t i = 0; i < json_count(verbs); i++) {
        const char *verb = json_text(json_at(verbs, i));
        int answer = may(review, verb, group, plural, subresource, err);
        if (answer < 0)
            return -1;
        review->asked++;
        if (answer == 1)
            continue;
        review->missing++;
        buf_addf(&missing, "%s%s", missing.len == 0 ? "" : ", ", verb);
    }
    if (missing.len == 0)
        return 0;
    CLEANUP(mem_freep) char *name = full_name(plural, group, subresource);
    check_fail(review->check, "%s: missing %s in %s%s", name, buf_text(&missing),
               review->namespace ? "namespace " : "all namespaces",
               review->namespace ? review->namespace : "");
    return 0;
}

static int review_rule(struct review *review, const struct json *rule, struct err *err)
{
    const struct json *groups = json_member(rule, "apiGroups");
    const struct json *resources = json_member(rule, "resources");
    for (size_t i = 0; i < json_count(groups) * json_count(resources); i++) {
        const char *group = json_text(json_at(groups, i / json_count(resources)));
        const char *resource = json_text(json_at(resources, i % json_count(resources)));
        if (review_resource(review, group, resource, json_member(rule, "verbs"), err) != 0)
            return -1;
    }
    return 0;
}

/* A ClusterRole counts everywhere, a Role where the controller is. */
static int review_role(struct review *review, const struct json *manifest, struct err *err)
{
    const char *kind = json_member_text(manifest, "kind");
    const struct json *rules = json_member(manifest, "rules");
    bool everywhere = str_equal(kind, "ClusterRole");
    if (!everywhere && !str_equal(kind, "Role"))
        return 0;
    review->namespace = everywhere ? NULL : review->check->home->namespace;
    for (size_t i = 0; i < json_count(rules); i++) {
        if (review_rule(review, json_at(rules, i), err) != 0)
            return -1;
    }
    return 0;
}

void check_permissions(struct check *check)
{
    CLEANUP(yaml_load_finish) struct yaml_docs docs = YAML_DOCS_INIT;
    const struct span manifests = {(const char *)install_manifests, install_manifests_size};
    struct review review = {.check = check};
    struct err err;
    int answer = yaml_load(manifests, &docs, &err);
    for (size_t i = 0; answer == 0 && i < docs.len; i++)
        answer = review_role(&review, docs.items[i].value, &err);
    if (answer != 0)
        check_fail(check, "the permissions cannot be asked for: %s", err.text);
    else if (review.missing == 0)
        console_success("all %zu permissions of the controller", review.asked);
}
