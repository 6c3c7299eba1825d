#include "api/admission.h"

#include <string.h>

#include "api/schema.h"
#include "base/str.h"

enum {
    LABEL_MAX = 63,
    SUBDOMAIN_MAX = 253,
};

#define NAME_PART_RULE                                                                             \
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "  \
    "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for " \
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
#define PREFIX_RULE                                                                                \
    "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "          \
    "characters, '-' or '.', and must start and end with an alphanumeric character (e.g. "         \
    "'example.com', regex used for validation is "                                                 \
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
#define VALUE_RULE                                                                                 \
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "    \
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value', " \
    " or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

static bool is_lower_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alnum(char c)
{
    return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

static bool is_dns_label(struct span text)
{
    if (text.len == 0 || text.len > LABEL_MAX || !is_lower_alnum(text.data[0]) ||
        !is_lower_alnum(text.data[text.len - 1]))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_lower_alnum(text.data[i]) && text.data[i] != '-')
            return false;
    }
    return true;
}

bool api_is_dns_label(const char *text)
{
    return text && is_dns_label(span_of(text));
}

/* DNS labels joined by dots, 253 bytes at most: names of objects. */
static bool is_dns_subdomain(const char *text)
{
    struct span rest = span_of(text), label;
    if (rest.len == 0 || rest.len > SUBDOMAIN_MAX || rest.data[rest.len - 1] == '.')
        return false;
    while (span_next(&rest, '.', &label)) {
        if (!is_dns_label(label))
            return false;
    }
    return true;
}

/* [A-Za-z0-9] at both ends, [-A-Za-z0-9_.] between. */
static bool is_qualified(struct span text)
{
    if (text.len == 0 || !is_alnum(text.data[0]) || !is_alnum(text.data[text.len - 1]))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_alnum(text.data[i]) && !strchr("-_.", text.data[i]))
            return false;
    }
    return true;
}

int api_check_label_key(const char *key, struct err *err)
{
    const char *slash = strchr(key, '/');
    struct span name = span_of(slash ? slash + 1 : key);
    if (slash) {
        CLEANUP(mem_freep) char *prefix = mem_dup(key, (size_t)(slash - key));
        if (!*prefix)
            return err_set(err, ERR_INVALID, "prefix part must be non-empty");
        if (!is_dns_subdomain(prefix))
            return err_set(err, ERR_INVALID, "%s", PREFIX_RULE);
    }
    if (name.len == 0)
        return err_set(err, ERR_INVALID, "name part must be non-empty");
    if (name.len > LABEL_MAX)
        return err_set(err, ERR_INVALID, "name part must be no more than %d bytes", LABEL_MAX);
    if (!is_qualified(name))
        return err_set(err, ERR_INVALID, "%s", NAME_PART_RULE);
    return 0;
}

int api_check_label_value(const char *value, struct err *err)
{
    struct span text = span_of(value);
    if (text.len > LABEL_MAX)
        return err_set(err, ERR_INVALID, "must be no more than %d bytes", LABEL_MAX);
    if (text.len != 0 && !is_qualified(text))
        return err_set(err, ERR_INVALID, "%s", VALUE_RULE);
    return 0;
}

static int admit_names(const struct api_object *object, struct err *err)
{
    if (!is_dns_subdomain(object->meta.name))
        return err_set(err, ERR_INVALID,
                       "metadata.name: a name has lower-case letters, digits, '-' and '.' only");
    if (api_kind_info(object->kind)->namespaced && !api_is_dns_label(object->meta.namespace))
        return err_set(err, ERR_INVALID, "namespace must be a valid DNS label: \"%s\"",
                       object->meta.namespace);
    strmap_foreach (label, &object->meta.labels) {
        if (api_check_label_key(label->key, err) != 0 ||
            api_check_label_value(label->value, err) != 0)
            return err_wrap(err, "metadata.labels[\"%s\"]", label->key);
    }
    return 0;
}

/* The rules that Flux's CRD states in CEL. */
static int admit_policy(const struct json *spec, struct err *err)
{
    bool always = str_equal(json_member_text(spec, "digestReflectionPolicy"), "Always");
    bool interval = json_member(spec, "interval") != NULL;
    if (interval && !always)
        return err_set(err, ERR_INVALID,
                       "spec.interval is only accepted when spec.digestReflectionPolicy is set to "
                       "'Always'");
    if (!interval && always)
        return err_set(err, ERR_INVALID,
                       "spec.interval must be set when spec.digestReflectionPolicy is set to "
                       "'Always'");
    return 0;
}

int api_admit(struct api_object *object, struct err *err)
{
    const struct api_kind_info *info = api_kind_info(object->kind);
    const struct schema *fields = schema_of(object->kind);
    int answer = admit_names(object, err);
    if (answer == 0)
        answer = schema_admit(fields, info->has_spec ? "spec" : info->name, object->spec, err);
    if (answer == 0 && object->kind == API_IMAGE_POLICY)
        answer = admit_policy(object->spec, err);
    if (answer != 0)
        err_wrap(err, "%s %s/%s", info->name, object->meta.namespace, object->meta.name);
    return answer;
}
