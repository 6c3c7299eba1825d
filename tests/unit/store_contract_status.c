/* The contract of patch_status() where several write the status of an object. */
#include "store_contract.h"

#include "base/buf.h"
#include "base/str.h"

/* A status with these conditions, as "Ready=True Approved=False". */
static struct json *status_of(const char *conditions)
{
    struct json *status = json_new_object();
    struct json *list = json_ensure_array(status, "conditions");
    for (struct span rest = span_of(conditions), word; span_next(&rest, ' ', &word);) {
        ptrdiff_t equals = span_find_byte(word, '=');
        struct json *condition = json_new_object();
        json_put_int(status, "observedGeneration", 1);
        json_put_take(condition, "type", json_new_span(span_slice(word, 0, (size_t)equals)));
        json_put_take(condition, "status",
                      json_new_span(span_slice(word, (size_t)equals + 1, word.len)));
        json_put_text(condition, "reason", "Because");
        json_put_text(condition, "message", "");
        json_put_text(condition, "lastTransitionTime", "2024-01-01T00:00:00Z");
        json_push_take(list, condition);
    }
    return status;
}

static void check_conditions(const char *row, const struct api_object *object, const char *want)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(1000);
    const struct json *list = json_member(object->status, "conditions");
    for (size_t i = 0; i < json_count(list); i++)
        buf_addf(&text, "%s%s=%s", i ? " " : "", json_member_text(json_at(list, i), "type"),
                 json_member_text(json_at(list, i), "status"));
    check_text(row, buf_text(&text), want);
}

/* Two have read the same; ONE writes first. */
void contract_merges_conditions(void **state)
{
    const struct store_contract *c = *state;
    static const struct {
        const char *read, *one, *two, *want;
    } rows[] = {
        {"", "Approved=True", "Ready=True", "Ready=True Approved=True"},
        {"Ready=True Approved=True", "Ready=True Approved=False", "Ready=False Approved=True",
         "Ready=False Approved=False"},
        {"Ready=True Approved=True", "Ready=True", "Ready=False Approved=True", "Ready=False"},
        {"Ready=True Approved=True", "Ready=True Approved=False", "Approved=True",
         "Approved=False"},
        {"Ready=True", "Ready=True Approved=True", "Ready=True", "Ready=True Approved=True"},
        {"Ready=True", "Ready=False", "Ready=False", "Ready=False"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(mem_freep) char *name = str_printf("web-%zu", i);
        CLEANUP(api_object_freep)
        struct api_object *made = contract_create(c->store, c->namespace, name);
        CLEANUP(json_freep) struct json *first = status_of(rows[i].read);
        CLEANUP(json_freep) struct json *one = status_of(rows[i].one);
        CLEANUP(json_freep) struct json *two = status_of(rows[i].two);
        CLEANUP(api_object_freep) struct api_object *read = NULL;
        CLEANUP(api_object_freep) struct api_object *written = NULL;
        struct err err;
        check_ok(name, store_patch_status(c->store, made, first, &read, &err), &err);
        check_ok(name, store_patch_status(c->store, read, one, NULL, &err), &err);
        check_ok(name, store_patch_status(c->store, read, two, &written, &err), &err);
        /* Who changes nothing is not told what others changed. */
        if (!str_equal(rows[i].read, rows[i].two))
            check_conditions(name, written, rows[i].want);
        CLEANUP(api_object_freep)
        struct api_object *found = contract_get(c->store, api_object_ref(made));
        check_conditions(name, found, rows[i].want);
    }
}
