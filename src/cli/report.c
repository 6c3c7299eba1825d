#include "cli/report.h"

#include "api/condition.h"
#include "api/image_policy.h"
#include "base/str.h"

static char *report_repository(const struct json *status)
{
    int64_t tags = 0;
    json_int(json_member(json_member(status, "lastScanResult"), "tagCount"), &tags);
    return str_printf("scan fetched %lld tags", (long long)tags);
}

static char *report_policy(const struct json *status)
{
    struct api_image_ref ref;
    if (!api_image_ref_get(status, "latestRef", &ref))
        return str_dup("no image selected");
    CLEANUP(mem_freep) char *text = api_image_ref_text(&ref);
    return str_printf("selected ref %s", text);
}

static char *report_automation(const struct json *status)
{
    struct api_condition ready;
    const char *run = json_member_text(status, "lastAutomationRunTime");
    if (api_condition_get(status, API_READY, &ready) && *ready.message)
        return str_dup(ready.message);
    return run ? str_printf("last run %s", run) : str_dup("automation not yet run");
}

char *report_result(const struct api_object *object)
{
    const char *revision;
    switch (object->kind) {
    case API_IMAGE_REPOSITORY:
        return report_repository(object->status);
    case API_IMAGE_POLICY:
        return report_policy(object->status);
    case API_IMAGE_UPDATE_AUTOMATION:
        return report_automation(object->status);
    case API_GIT_REPOSITORY:
    case API_SECRET:
    case API_SERVICE_ACCOUNT:
    case API_NAMESPACE:
    default:
        revision = json_member_text(json_member(object->status, "artifact"), "revision");
        return str_printf("fetched revision %s", revision ? revision : "");
    }
}
