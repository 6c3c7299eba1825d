#include "control/secret.h"

#include <string.h>

#include "adapt/crypto.h"
#include "base/str.h"

enum {
    VALUE_MAX = 1024 * 1024, /* bytes of one value: as large as a Secret may be */
};

void secret_finish(struct secret *secret)
{
    for (size_t i = 0; i < secret->values.len; i++) {
        char *value = secret->values.entries[i].value;
        explicit_bzero(value, strlen(value));
    }
    strmap_finish(&secret->values);
    free(secret->type);
    secret->type = NULL;
}

static int add_value(struct secret *secret, const char *key, const struct json *encoded,
                     struct err *err)
{
    CLEANUP(buf_finish) struct buf value = BUF_INIT(VALUE_MAX);
    bool valid = crypto_base64_decode(json_span(encoded), &value);
    if (buf_overflowed(&value))
        return err_set(err, ERR_INVALID, "value '%s' is larger than %d bytes", key, VALUE_MAX);
    if (!valid)
        return err_set(err, ERR_INVALID, "value '%s' is no valid base64", key);
    if (span_find_byte(buf_span(&value), '\0') >= 0)
        return err_set(err, ERR_INVALID, "value '%s' is not text", key);
    strmap_set(&secret->values, key, buf_text(&value));
    explicit_bzero(value.data, value.len);
    return 0;
}

int secret_read(struct store *store, const char *namespace, const char *name, struct secret *ret,
                struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    CLEANUP(secret_finish) struct secret secret = SECRET_INIT;
    int answer = store_get(store, (struct api_ref){API_SECRET, namespace, name}, &object, err);
    if (answer != 1)
        return answer;
    const char *type = json_member_text(object->spec, "type");
    secret.type = str_dup(type ? type : "Opaque");
    json_foreach_member (key, encoded, json_member(object->spec, "data")) {
        if (add_value(&secret, key, encoded, err) != 0)
            return err_wrap(err, "secret '%s/%s'", namespace, name);
    }
    *ret = secret;
    secret = (struct secret)SECRET_INIT;
    return 1;
}

const char *secret_value(const struct secret *secret, const char *key)
{
    return strmap_get(&secret->values, key);
}
