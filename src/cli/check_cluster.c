#include "base/str.h"
#include "cli/check.h"
#include "cli/console.h"
#include "store/kubernetes.h"

/* Rules of the definitions (x-kubernetes-validations) are heeded from there on. */
#define KUBERNETES_RANGE ">=1.25.0-0"

#define DEPLOYMENT "tidemark"

bool check_server(struct check *check)
{
    CLEANUP(mem_freep) char *version = NULL;
    struct err err;
    if (kube_server_version(check->home->cluster->client, &check->home->deadline, &version, &err) !=
        0) {
        check_fail(check, "Kubernetes API call failed: %s", err.text);
        return false;
    }
    check_version(check, "Kubernetes", span_of(version), KUBERNETES_RANGE);
    return true;
}

/* Reads a Deployment in the command's namespace: 1, 0 if there is none, -1. */
static int get_deployment(struct check *check, const char *name, struct json **ret, struct err *err)
{
    const struct kube_request request = {
        .resource = {"apps", "v1", "deployments", true},
        .namespace = check->home->namespace,
        .name = name,
    };
    return kube_perform(check->home->cluster->client, &request, &check->home->deadline, ret, NULL,
                        err);
}

static int64_t number(const struct json *object, const char *key, int64_t fallback)
{
    json_int(json_member(object, key), &fallback);
    return fallback;
}

/* As many pods as are wanted, all of them new and available. */
static bool is_ready(const struct json *deployment)
{
    const struct json *status = json_member(deployment, "status");
    int64_t wanted = number(json_member(deployment, "spec"), "replicas", 1);
    return number(status, "observedGeneration", 0) >=
               number(json_member(deployment, "metadata"), "generation", 0) &&
           number(status, "replicas", 0) == wanted &&
           number(status, "updatedReplicas", 0) == wanted &&
           number(status, "availableReplicas", 0) == wanted;
}

static bool runs(const struct json *deployment)
{
    return deployment && number(json_member(deployment, "spec"), "replicas", 1) != 0;
}

/* Looks again until it is ready, gone, or --timeout is over. */
static int await_deployment(struct check *check, struct json **deployment, struct err *err)
{
    int64_t pause_ms = options_duration_ns(check->cli->options, "poll-interval") / CLOCK_NS_PER_MS;
    console_waiting("waiting for the deployment %s", DEPLOYMENT);
    while (!is_ready(*deployment) &&
           deadline_sleep_ms(&check->home->deadline, pause_ms < 1 ? 1 : (int)pause_ms, NULL) == 0) {
        struct json *next = NULL;
        int answer = get_deployment(check, DEPLOYMENT, &next, err);
        if (answer != 1)
            return answer;
        json_free(*deployment);
        *deployment = next;
    }
    return 1;
}

static void tell_deployment(struct check *check, const struct json *deployment)
{
    const struct json *spec =
        json_member(json_member(json_member(deployment, "spec"), "template"), "spec");
    const struct json *containers = json_member(spec, "containers");
    if (is_ready(deployment))
        console_success("%s: deployment ready", DEPLOYMENT);
    else
        check_fail(check, "%s: deployment not ready", DEPLOYMENT);
    for (size_t i = 0; i < json_count(containers); i++) {
        const char *image = json_member_text(json_at(containers, i), "image");
        console_action("%s", image ? image : "");
    }
}

/* Two that write the same objects undo each other's work. */
static void check_rivals(struct check *check, bool deployed)
{
    const char *const rivals[] = {api_kind_info(API_IMAGE_REPOSITORY)->controller,
                                  api_kind_info(API_IMAGE_UPDATE_AUTOMATION)->controller};
    for (size_t i = 0; i < ARRAY_LEN(rivals); i++) {
        CLEANUP(json_freep) struct json *rival = NULL;
        if (get_deployment(check, rivals[i], &rival, NULL) != 1 || !runs(rival))
            continue;
        if (deployed)
            check_fail(check, "%s: does the same work beside %s, scale it to 0", rivals[i],
                       DEPLOYMENT);
        else
            console_warning("%s: scale it to 0 before %s is installed", rivals[i], DEPLOYMENT);
    }
}

void check_controllers(struct check *check)
{
    CLEANUP(json_freep) struct json *deployment = NULL;
    struct err err;
    int answer = get_deployment(check, DEPLOYMENT, &deployment, &err);
    if (answer == 1 && !is_ready(deployment))
        answer = await_deployment(check, &deployment, &err);
    if (answer == 1)
        tell_deployment(check, deployment);
    else if (answer == 0)
        console_warning("%s: no deployment in the '%s' namespace", DEPLOYMENT,
                        check->home->namespace);
    else if (err.class == ERR_UNAUTHORIZED) /* the controller itself has no such right */
        console_warning("%s: %s", DEPLOYMENT, err.text);
    else
        check_fail(check, "%s: %s", DEPLOYMENT, err.text);
    check_rivals(check, answer == 1 && runs(deployment));
}

/* Is PLURAL among the resources of the group's VERSION? 1, 0, -1. */
static int serves(struct check *check, const struct api_kind_info *info, const char *version,
                  struct err *err)
{
    CLEANUP(json_freep) struct json *found = NULL;
    const struct kube_request request = {.resource = {info->group, version, NULL, false}};
    if (kube_perform(check->home->cluster->client, &request, &check->home->deadline, &found, NULL,
                     err) < 0)
        return -1;
    const struct json *resources = json_member(found, "resources");
    for (size_t i = 0; i < json_count(resources); i++) {
        if (str_equal(json_member_text(json_at(resources, i), "name"), info->plural))
            return 1;
    }
    return 0;
}

static void check_definition(struct check *check, enum api_kind kind)
{
    const struct api_kind_info *info = api_kind_info(kind);
    const char *const *known = kubernetes_versions(kind);
    const char *version = NULL;
    struct err err;
    int answer = kube_discover(check->home->cluster->client, info->group, known,
                               &check->home->deadline, &version, &err);
    if (answer == 1)
        answer = serves(check, info, version, &err);
    if (answer == 1)
        console_success("%s.%s/%s", info->plural, info->group, version);
    else if (answer == 0)
        check_fail(check, "%s.%s: not served in a version that tidemark knows, which is %s",
                   info->plural, info->group, known[0]);
    else
        check_fail(check, "%s.%s: %s", info->plural, info->group, err.text);
}

void check_definitions(struct check *check)
{
    for (size_t kind = 0; kind < API_RECONCILED_COUNT; kind++)
        check_definition(check, (enum api_kind)kind);
}
