#include "api/spec_reader.h"

#include "base/duration.h"

const char *spec_text(const struct json *object, const char *key)
{
    const char *text = json_member_text(object, key);
    return text ? text : "";
}

const char *spec_ref_name(const struct json *object, const char *key)
{
    return spec_text(json_member(object, key), "name");
}

int spec_duration(const struct json *object, const char *key, int64_t fallback_ns, int64_t *ret_ns,
                  struct err *err)
{
    const struct json *value = json_member(object, key);
    if (!value) {
        *ret_ns = fallback_ns;
        return 0;
    }
    if (duration_parse(json_span(value), ret_ns, err) != 0)
        return err_wrap(err, "spec.%s", key);
    return 0;
}
