#include "registry/docker_config.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "adapt/crypto.h"
#include "base/imageref.h"
#include "base/str.h"

enum {
    EXPLAIN_KEYS_MAX = 5, /* that an explanation names */
};

static void entry_finish(struct docker_entry *entry)
{
    free(entry->written);
    free(entry->key);
    free(entry->source);
    credential_finish(&entry->credential);
}

void docker_config_finish(struct docker_config *config)
{
    for (size_t i = 0; i < config->len; i++)
        entry_finish(&config->entries[i]);
    free(config->entries);
    strlist_finish(&config->sources);
    strlist_finish(&config->notes);
    *config = (struct docker_config)DOCKER_CONFIG_INIT;
}

static bool is_hub_alias(const char *host)
{
    return str_equal(host, "docker.io") || str_equal(host, "registry-1.docker.io");
}

/* "https://ghcr.io/v1/acme" is "ghcr.io/acme". NULL if no host is left. */
static char *normalize(const char *written, bool *ret_alias)
{
    static const char *const schemes[] = {"https://", "http://"};
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        size_t len = strlen(schemes[i]);
        if (strncasecmp(written, schemes[i], len) == 0) {
            written += len;
            break;
        }
    }
    size_t host_len = strcspn(written, "/");
    const char *path = written + host_len;
    if (host_len == 0 || strpbrk(written, " \t\r\n@#"))
        return NULL;
    if (strncmp(path, "/v1", 3) == 0 || strncmp(path, "/v2", 3) == 0)
        path += path[3] == '/' || path[3] == '\0' ? 3 : 0;
    if (str_equal(path, "/"))
        path++;
    CLEANUP(mem_freep) char *host = mem_dup(written, host_len);
    *ret_alias = is_hub_alias(host);
    return str_printf("%s%s", *ret_alias ? IMAGEREF_DEFAULT_REGISTRY : host, path);
}

/* The order in which entries are tried. */
static int compare(const struct docker_entry *a, const struct docker_entry *b)
{
    int order = strcmp(b->key, a->key);
    return order != 0 ? order : (int)a->alias - (int)b->alias;
}

/* Puts the entry in its place, behind its equals. */
static void insert_take(struct docker_config *config, struct docker_entry entry)
{
    config->entries =
        mem_grow(config->entries, &config->cap, config->len + 1, sizeof(*config->entries));
    size_t at = config->len++;
    for (; at > 0 && compare(&config->entries[at - 1], &entry) > 0; at--)
        config->entries[at] = config->entries[at - 1];
    config->entries[at] = entry;
}

/* Base64 of "user:password". */
static int read_auth(const char *auth, struct credential *credential, struct err *err)
{
    CLEANUP(buf_wipe) struct buf plain = BUF_INIT(DOCKER_CONFIG_SIZE_MAX);
    bool good = crypto_base64_decode(span_trim(span_of(auth)), &plain);
    char *colon = good ? memchr(buf_text(&plain), ':', plain.len) : NULL;
    if (colon) {
        *colon = '\0';
        str_set(&credential->username, buf_text(&plain));
        str_set(&credential->password, colon + 1);
    }
    return colon ? 0 : err_set(err, ERR_INVALID, "\"auth\" is not base64 of 'user:password'");
}

static int read_credential(const struct json *member, struct credential *ret, struct err *err)
{
    if (json_kind(member) != JSON_KIND_OBJECT)
        return err_set(err, ERR_INVALID, "not an object");
    const char *auth = json_member_text(member, "auth");
    str_set(&ret->username, json_member_text(member, "username"));
    str_set(&ret->password, json_member_text(member, "password"));
    str_set(&ret->identity_token, json_member_text(member, "identitytoken"));
    str_set(&ret->registry_token, json_member_text(member, "registrytoken"));
    return str_empty(auth) ? 0 : read_auth(auth, ret, err);
}

static int add_entry(struct docker_config *config, const char *written, const struct json *member,
                     const char *source, struct err *err)
{
    struct docker_entry entry = {0};
    if (config->len >= DOCKER_CONFIG_KEYS_MAX)
        return err_set(err, ERR_INVALID, "more than %d registries", DOCKER_CONFIG_KEYS_MAX);
    if (read_credential(member, &entry.credential, err) != 0) {
        entry_finish(&entry);
        return err_wrap(err, "key '%s' of %s", written, source);
    }
    entry.key = normalize(written, &entry.alias);
    if (!entry.key) {
        strlist_addf(&config->notes, "key '%s' of %s is no registry", written, source);
        entry_finish(&entry);
        return 0;
    }
    entry.written = str_dup(written);
    entry.source = str_dup(source);
    insert_take(config, entry);
    return 0;
}

int docker_config_add_auths(struct docker_config *config, const struct json *auths,
                            const char *source, struct err *err)
{
    strlist_add(&config->sources, source);
    json_foreach_member (written, member, auths) {
        if (add_entry(config, written, member, source, err) != 0)
            return -1;
    }
    return 0;
}

/* The text of a Secret's data: {"auths":{…}}, or the inner object BARE. */
static int add_text(struct docker_config *config, const char *text, bool bare, const char *source,
                    struct err *err)
{
    CLEANUP(json_freep) struct json *whole = NULL;
    if (strlen(text) > DOCKER_CONFIG_SIZE_MAX)
        return err_set(err, ERR_INVALID, "%s is larger than %d bytes", source,
                       DOCKER_CONFIG_SIZE_MAX);
    if (json_parse(span_of(text), &whole, err) != 0)
        return err_wrap(err, "%s", source);
    if (json_kind(whole) != JSON_KIND_OBJECT)
        return err_set(err, ERR_INVALID, "%s: not a JSON object", source);
    return docker_config_add_auths(config, bare ? whole : json_member(whole, "auths"), source, err);
}

int docker_config_add_secret(struct docker_config *config, const char *type,
                             const struct strmap *data, const char *name, struct err *err)
{
    static const struct {
        const char *type, *key;
        bool bare;
    } kinds[] = {
        {"kubernetes.io/dockerconfigjson", ".dockerconfigjson", false},
        {"kubernetes.io/dockercfg", ".dockercfg", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!str_equal(type, kinds[i].type))
            continue;
        const char *text = strmap_get(data, kinds[i].key);
        CLEANUP(mem_freep) char *source = str_printf("secret '%s'", name);
        if (!str_empty(text))
            return add_text(config, text, kinds[i].bare, source, err);
        strlist_addf(&config->notes, "%s has no key '%s'", source, kinds[i].key);
        return 0;
    }
    strlist_addf(&config->notes, "secret '%s' is not used: its type is '%s', not '%s'", name,
                 type ? type : "", kinds[0].type);
    return 0;
}

/* Takes the part up to SEPARATOR off the front of *REST, also an empty one. */
static struct span take_part(struct span *rest, char separator)
{
    ptrdiff_t at = span_find_byte(*rest, separator);
    struct span part = span_slice(*rest, 0, at < 0 ? rest->len : (size_t)at);
    *rest = span_slice(*rest, at < 0 ? rest->len : (size_t)at + 1, rest->len);
    return part;
}

static bool matches_label(struct span pattern, struct span label)
{
    CLEANUP(mem_freep) char *pattern_text = span_dup(pattern);
    CLEANUP(mem_freep) char *label_text = span_dup(label);
    return fnmatch(pattern_text, label_text, 0) == 0;
}

static bool matches_host(struct span pattern, struct span host)
{
    struct span pattern_name = take_part(&pattern, ':'), name = take_part(&host, ':');
    if (!span_equal(pattern, host)) /* what is left is the ports */
        return false;
    while (pattern_name.len != 0 && name.len != 0) {
        if (!matches_label(take_part(&pattern_name, '.'), take_part(&name, '.')))
            return false;
    }
    return pattern_name.len == 0 && name.len == 0;
}

static bool matches(const struct docker_entry *entry, const char *registry, const char *repository)
{
    struct span path = span_of(entry->key);
    struct span host = take_part(&path, '/');
    CLEANUP(mem_freep) char *prefix = span_dup(path);
    return matches_host(host, span_of(registry)) && str_starts_with(repository, prefix);
}

static bool find_match(const struct docker_config *config, const char *registry,
                       const char *repository, struct credential *ret)
{
    for (size_t i = 0; i < config->len; i++) {
        const struct docker_entry *entry = &config->entries[i];
        if (!matches(entry, registry, repository))
            continue;
        str_set(&ret->username, entry->credential.username);
        str_set(&ret->password, entry->credential.password);
        str_set(&ret->identity_token, entry->credential.identity_token);
        str_set(&ret->registry_token, entry->credential.registry_token);
        free(ret->source);
        ret->source = str_printf("key '%s' of %s", entry->written, entry->source);
        return true;
    }
    return false;
}

static void list_sources(const struct docker_config *config, struct buf *ret)
{
    for (size_t i = 0; i < config->sources.len; i++)
        buf_addf(ret, "%s%s", i == 0 ? "" : " or ", config->sources.items[i]);
}

static void list_keys(const struct docker_config *config, struct buf *ret)
{
    for (size_t i = 0; i < config->len && i < EXPLAIN_KEYS_MAX; i++)
        buf_addf(ret, "%s'%s'", i == 0 ? "" : ", ", config->entries[i].written);
    if (config->len > EXPLAIN_KEYS_MAX)
        buf_addf(ret, " and %zu more", config->len - EXPLAIN_KEYS_MAX);
}

static void explain(const struct docker_config *config, const char *registry,
                    const char *repository, struct buf *ret)
{
    if (config->sources.len == 0 && config->notes.len == 0)
        buf_adds(ret, "no secret is named");
    if (config->sources.len != 0) {
        buf_adds(ret, "no key of ");
        list_sources(config, ret);
        buf_addf(ret, " matches %s/%s", registry, repository);
        if (config->len != 0) {
            buf_adds(ret, " (there are ");
            list_keys(config, ret);
            buf_addc(ret, ')');
        }
    }
    for (size_t i = 0; i < config->notes.len; i++)
        buf_addf(ret, "%s%s", ret->len == 0 ? "" : "; ", config->notes.items[i]);
}

int docker_config_find(void *arg, const char *registry, const char *repository,
                       const struct deadline *deadline, struct credential *ret, char **ret_why_not,
                       struct err *err)
{
    (void)deadline, (void)err;
    const struct docker_config *config = arg;
    if (find_match(config, registry, repository, ret))
        return 1;
    CLEANUP(buf_finish) struct buf why = BUF_INIT(ERR_TEXT_SIZE);
    explain(config, registry, repository, &why);
    *ret_why_not = buf_take(&why);
    return 0;
}
