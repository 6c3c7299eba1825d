#include "kube/credential.h"

#include <pthread.h>
#include <string.h>

#include "adapt/crypto.h"
#include "base/str.h"
#include "base/turns.h"
#include "kube/config_parts.h"
#include "kube/exec_plugin.h"

struct kube_credential {
    const struct kube_config *config;
    const struct clock *clock;
    struct turns turn;    /* of the one thread that reads again what is due; comes before `lock` */
    pthread_mutex_t lock; /* guards the rest; never held while a file is read or a plugin runs */
    bool read;            /* the files once, at least */
    bool refused;         /* all is to be read again */
    int64_t read_ns;      /* monotonic */
    struct kube_identity files;
    bool granted;
    struct exec_grant grant;
    uint64_t version;
};

struct kube_credential *kube_credential_new(const struct kube_config *config,
                                            const struct clock *clock)
{
    struct kube_credential *credential = mem_zalloc(sizeof(*credential));
    credential->config = config;
    credential->clock = clock;
    turns_init(&credential->turn, 1);
    pthread_mutex_init(&credential->lock, NULL);
    return credential;
}

void kube_credential_free(struct kube_credential *credential)
{
    if (!credential)
        return;
    kube_identity_finish(&credential->files);
    exec_grant_finish(&credential->grant);
    pthread_mutex_destroy(&credential->lock);
    turns_finish(&credential->turn);
    free(credential);
}

void kube_identity_finish(struct kube_identity *identity)
{
    free(identity->ca);
    free(identity->cert);
    str_wipe(identity->key);
    str_wipe(identity->authorization);
    *identity = (struct kube_identity){0};
}

static bool has_own_files(const struct kube_config *config)
{
    return config->cert.path || config->key.path || config->token.path;
}

/* The text of MATERIAL in owned memory, NULL if it has none. */
static int read_text(const struct kube_material *material, char **ret, struct err *err)
{
    CLEANUP(buf_wipe) struct buf text = BUF_INIT(KUBE_CONFIG_MAX);
    if (!kube_material_is_set(material))
        return 0;
    if (kube_material_read(material, &text, err) != 0)
        return -1;
    *ret = buf_take(&text);
    return 0;
}

/* The value of the header Authorization, NULL if there is none. SPARE, or NULL, is
 * the token where its file gives none. */
static int read_authorization(const struct kube_config *config, const char *spare, char **ret,
                              struct err *err)
{
    CLEANUP(buf_wipe) struct buf text = BUF_INIT(KUBE_CONFIG_MAX);
    if (kube_material_read(&config->token, &text, spare ? NULL : err) != 0) {
        if (!spare)
            return -1;
        buf_clear(&text);
    }
    struct span token = span_trim(buf_span(&text));
    if (token.len == 0 && spare)
        token = span_trim(span_of(spare));
    if (token.len == 0 && config->token.path)
        return err_set(err, ERR_UNAUTHORIZED, "read empty token from file \"%s\"",
                       config->token.path);
    if (token.len != 0)
        *ret = str_printf("Bearer %.*s", (int)token.len, token.data);
    else
        *ret = str_dup(config->basic);
    return 0;
}

static int read_all(const struct kube_config *config, const char *spare, struct kube_identity *ret,
                    struct err *err)
{
    if (read_text(&config->ca, &ret->ca, err) != 0 ||
        read_text(&config->cert, &ret->cert, err) != 0 ||
        read_text(&config->key, &ret->key, err) != 0)
        return -1;
    /* One of the two files may have been replaced and the other not yet. */
    if (ret->cert && ret->key &&
        crypto_check_key_pair(span_of(ret->cert), span_of(ret->key), err) != 0)
        return -1;
    return read_authorization(config, spare, &ret->authorization, err);
}

/* Is the plugin to say who we are? Not where a token or a password does. */
static bool needs_plugin(const struct kube_credential *credential)
{
    return credential->config->exec && !credential->files.authorization;
}

/* What is due; the lock is held. */
static bool files_due(const struct kube_credential *credential)
{
    const struct kube_config *config = credential->config;
    int64_t age_ns = clock_monotonic_ns(credential->clock) - credential->read_ns;
    if (!credential->read)
        return true;
    return (has_own_files(config) || config->ca.path) &&
           (credential->refused || age_ns >= KUBE_REREAD_MS * CLOCK_NS_PER_MS);
}

static bool grant_due(const struct kube_credential *credential)
{
    return needs_plugin(credential) &&
           (!credential->granted || credential->refused ||
            credential->grant.expires_ns <= clock_wall_ns(credential->clock));
}

/* Reads the files. Whoever calls has the turn. */
static int refresh_files(struct kube_credential *credential, struct err *err)
{
    struct kube_identity fresh = {0};
    struct err why;
    int64_t now_ns = clock_monotonic_ns(credential->clock);
    bool first = !credential->read; /* later what was read before is the better spare */
    int answer =
        read_all(credential->config, first ? credential->config->token.text : NULL, &fresh, &why);
    pthread_mutex_lock(&credential->lock);
    credential->read_ns = now_ns;
    if (answer == 0) {
        kube_identity_finish(&credential->files);
        credential->files = fresh;
        credential->read = true;
        credential->version++;
    }
    pthread_mutex_unlock(&credential->lock);
    if (answer == 0)
        return 0;
    kube_identity_finish(&fresh);
    if (first && err)
        *err = why;
    return first ? -1 : 0; /* what was read before stays in force */
}

/* Runs the plugin. Whoever calls has the turn. */
static int refresh_grant(struct kube_credential *credential, const struct deadline *deadline,
                         struct err *err)
{
    struct exec_grant fresh = {0};
    if (exec_plugin_run(credential->config->exec, deadline, &fresh, err) != 0)
        return -1;
    pthread_mutex_lock(&credential->lock);
    exec_grant_finish(&credential->grant);
    credential->grant = fresh;
    credential->granted = true;
    credential->version++;
    pthread_mutex_unlock(&credential->lock);
    return 0;
}

/* Is it DUE? */
static bool ask(struct kube_credential *credential, bool (*due)(const struct kube_credential *))
{
    pthread_mutex_lock(&credential->lock);
    bool answer = due(credential);
    pthread_mutex_unlock(&credential->lock);
    return answer;
}

/* Reads again what is due, which is nothing if somebody has while we waited. */
static int refresh(struct kube_credential *credential, const struct deadline *deadline,
                   struct err *err)
{
    if (turns_take(&credential->turn, deadline, err) != 0)
        return err_wrap(err, "getting credentials");
    int answer = ask(credential, files_due) ? refresh_files(credential, err) : 0;
    if (answer == 0 && ask(credential, grant_due))
        answer = refresh_grant(credential, deadline, err);
    if (answer == 0) {
        pthread_mutex_lock(&credential->lock);
        credential->refused = false;
        pthread_mutex_unlock(&credential->lock);
    }
    turns_give(&credential->turn);
    return answer;
}

/* The identity in force; the lock is held. */
static void copy_identity(const struct kube_credential *credential, struct kube_identity *ret)
{
    const struct kube_identity *files = &credential->files;
    const struct exec_grant *grant = &credential->grant;
    bool plugin = needs_plugin(credential), own_cert = files->cert != NULL;
    *ret = (struct kube_identity){
        .ca = str_dup(files->ca),
        .cert = str_dup(own_cert ? files->cert : grant->cert),
        .key = str_dup(own_cert ? files->key : grant->key),
        .version = credential->version,
    };
    if (plugin && grant->token)
        ret->authorization = str_printf("Bearer %s", grant->token);
    else
        ret->authorization = str_dup(files->authorization);
}

static bool any_due(const struct kube_credential *credential)
{
    return files_due(credential) || grant_due(credential);
}

int kube_credential_get(struct kube_credential *credential, const struct deadline *deadline,
                        struct kube_identity *ret, struct err *err)
{
    if (ask(credential, any_due) && refresh(credential, deadline, err) != 0)
        return -1;
    pthread_mutex_lock(&credential->lock);
    copy_identity(credential, ret);
    pthread_mutex_unlock(&credential->lock);
    return 0;
}

bool kube_credential_refuse(struct kube_credential *credential, uint64_t version)
{
    pthread_mutex_lock(&credential->lock);
    bool may_differ = credential->version != version || has_own_files(credential->config) ||
                      needs_plugin(credential);
    if (may_differ && credential->version == version)
        credential->refused = true;
    pthread_mutex_unlock(&credential->lock);
    return may_differ;
}
