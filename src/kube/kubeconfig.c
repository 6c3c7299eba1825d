#include "kube/kubeconfig.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "kube/config.h"
#include "yaml/yaml_load.h"

void kubeconfig_init(struct kubeconfig *files)
{
    *files = (struct kubeconfig){
        .clusters = json_new_object(), .users = json_new_object(), .contexts = json_new_object()};
}

void kubeconfig_finish(struct kubeconfig *files)
{
    json_free(files->clusters);
    json_free(files->users);
    json_free(files->contexts);
    free(files->current);
}

int kube_entry_fault(const struct kube_entry *entry, struct err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    err_setv(err, ERR_INVALID, fmt, args);
    va_end(args);
    return err_wrap(err, "%s \"%s\"", entry->kind, entry->name);
}

static const struct json *member(const struct kube_entry *entry, const char *key)
{
    const struct json *value = entry->name ? json_member(entry->value, key) : NULL;
    return json_kind(value) == JSON_KIND_NULL ? NULL : value;
}

int kube_entry_text(const struct kube_entry *entry, const char *key, const char **ret,
                    struct err *err)
{
    const struct json *value = member(entry, key);
    if (value && json_kind(value) != JSON_KIND_STRING)
        return kube_entry_fault(entry, err, "'%s' must be a string", key);
    *ret = str_empty(json_text(value)) ? NULL : json_text(value);
    return 0;
}

int kube_entry_bool(const struct kube_entry *entry, const char *key, bool *ret, struct err *err)
{
    const struct json *value = member(entry, key);
    if (value && json_kind(value) != JSON_KIND_BOOL)
        return kube_entry_fault(entry, err, "'%s' must be true or false", key);
    *ret = json_bool(value, false);
    return 0;
}

int kube_entry_part(const struct kube_entry *entry, const char *key, enum json_kind kind,
                    const struct json **ret, struct err *err)
{
    *ret = member(entry, key);
    if (*ret && json_kind(*ret) != kind)
        return kube_entry_fault(entry, err, "'%s' must be a %s", key,
                                kind == JSON_KIND_ARRAY ? "list" : "mapping");
    return 0;
}

/* Puts the folder of the file FILE in front of a relative path. */
static void anchor(struct json *object, const char *key, const char *file)
{
    const char *path = json_member_text(object, key);
    const char *slash = strrchr(file, '/');
    if (str_empty(path) || path[0] == '/' || !slash)
        return;
    CLEANUP(mem_freep)
    char *whole = str_printf("%.*s/%s", (int)(slash - file), file, path);
    json_put_text(object, key, whole);
}

static void anchor_paths(struct json *value, const char *file)
{
    static const char *const keys[] = {"certificate-authority", "client-certificate", "client-key",
                                       "tokenFile"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        anchor(value, keys[i], file);
    /* A command without a slash is looked for in PATH. */
    struct json *exec = json_member_mut(value, "exec");
    const char *command = json_member_text(exec, "command");
    if (command && strchr(command, '/'))
        anchor(exec, "command", file);
}

/* One part of a file: the list under LIST, whose items have a name and KIND. */
static int read_part(const struct json *file, const char *list, const char *kind, const char *path,
                     struct json *ret, struct err *err)
{
    const struct json *items = json_member(file, list);
    if (json_kind(items) != JSON_KIND_NULL && json_kind(items) != JSON_KIND_ARRAY)
        return err_set(err, ERR_INVALID, "'%s' must be a list", list);
    for (size_t i = 0; i < json_count(items); i++) {
        const char *name = json_member_text(json_at(items, i), "name");
        const struct json *value = json_member(json_at(items, i), kind);
        if (!name)
            return err_set(err, ERR_INVALID, "entry %zu of '%s' has no name", i + 1, list);
        if (json_member(ret, name))
            return err_set(err, ERR_INVALID, "duplicate name \"%s\" in '%s'", name, list);
        if (json_kind(value) != JSON_KIND_NULL && json_kind(value) != JSON_KIND_OBJECT)
            return err_set(err, ERR_INVALID, "'%s' of \"%s\" must be a mapping", kind, name);
        struct json *copy =
            json_kind(value) == JSON_KIND_OBJECT ? json_clone(value) : json_new_object();
        anchor_paths(copy, path);
        json_put_take(ret, name, copy);
    }
    return 0;
}

static int read_file(const struct json *file, const char *path, struct kubeconfig *ret,
                     struct err *err)
{
    const struct json *kind = json_member(file, "kind");
    const struct json *current = json_member(file, "current-context");
    if (file && json_kind(file) != JSON_KIND_OBJECT)
        return err_set(err, ERR_INVALID, "it is no mapping");
    if (json_kind(kind) != JSON_KIND_NULL && !str_equal(json_text(kind), "Config"))
        return err_set(err, ERR_INVALID, "its kind is not Config");
    if (json_kind(current) != JSON_KIND_NULL && json_kind(current) != JSON_KIND_STRING)
        return err_set(err, ERR_INVALID, "'current-context' must be a string");
    if (!str_empty(json_text(current)))
        str_set(&ret->current, json_text(current));
    if (read_part(file, "clusters", "cluster", path, ret->clusters, err) != 0 ||
        read_part(file, "users", "user", path, ret->users, err) != 0)
        return -1;
    return read_part(file, "contexts", "context", path, ret->contexts, err);
}

static void add_missing(struct json *to, const struct json *from)
{
    json_foreach_member (name, value, from) {
        if (!json_member(to, name))
            json_put_take(to, name, json_clone(value));
    }
}

int kubeconfig_add(struct kubeconfig *files, struct span text, const char *path, struct err *err)
{
    CLEANUP(yaml_load_finish) struct yaml_docs docs = YAML_DOCS_INIT;
    CLEANUP(kubeconfig_finish) struct kubeconfig one;
    kubeconfig_init(&one);
    if (yaml_load(text, &docs, err) != 0 ||
        read_file(docs.len > 0 ? docs.items[0].value : NULL, path, &one, err) != 0)
        return err_wrap(err, "error loading config file \"%s\"", path);
    add_missing(files->clusters, one.clusters);
    add_missing(files->users, one.users);
    add_missing(files->contexts, one.contexts);
    if (!files->current)
        files->current = MEM_STEAL(one.current);
    return 0;
}

int kubeconfig_add_file(struct kubeconfig *files, const char *path, struct err *err)
{
    CLEANUP(buf_wipe) struct buf text = BUF_INIT(KUBE_CONFIG_MAX);
    if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (file_read(path, &text, err) != 0)
        return err_wrap(err, "error loading config file \"%s\"", path);
    return kubeconfig_add(files, buf_span(&text), path, err) == 0 ? 1 : -1;
}
