/*
 * Where the API server is and who we are: kubeconfig files, or the service
 * account of the pod that the program runs in.
 *
 * The rules are kubectl's: the file of --kubeconfig alone, else the files that
 * KUBECONFIG lists (merged; the first to name a thing wins), else
 * ~/.kube/config, else the pod's own credentials. Paths inside a file are
 * relative to its folder.
 *
 * Secrets never reach a log or an error.
 */
#ifndef TIDEMARK_KUBE_CONFIG_H
#define TIDEMARK_KUBE_CONFIG_H

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/strlist.h"

enum {
    KUBE_CONFIG_MAX = 1024 * 1024, /* bytes of one kubeconfig file, and of a file that it names */
    KUBE_CONFIG_FILES_MAX = 32,    /* files in KUBECONFIG */
};

/* What the command line says; all may be NULL, false or empty. Borrowed. */
struct kube_options {
    const char *kubeconfig;
    const char *context, *cluster, *user;
    const char *server; /* overrides, as kubectl's flags of these names */
    const char *tls_server_name;
    const char *token;
    const char *certificate_authority, *client_certificate, *client_key; /* paths */
    bool insecure_skip_tls_verify;
    const char *as, *as_uid;
    const struct strlist *as_groups;
    const struct strlist *as_user_extra; /* "key=value" */
};

struct kube_config;

/*
 * Loads the configuration. Class not-found if a file or context that was asked
 * for does not exist, in the words of the spec (`context "nope" does not
 * exist`); class invalid if a file cannot be understood. With nothing at all
 * configured the server is http://localhost:8080, as kubectl has it.
 */
int kube_config_load(const struct kube_options *options, struct kube_config **ret, struct err *err);
void kube_config_free(struct kube_config *config);
MEM_DEFINE_FREEP(struct kube_config, kube_config_free)

enum kube_config_entry {
    KUBE_CONFIG_CONTEXTS,
    KUBE_CONFIG_CLUSTERS,
    KUBE_CONFIG_USERS,
};

/* The names of all entries of a kind in the files that kube_config_load() would
 * read, added to RET in their order. */
int kube_config_list(const struct kube_options *options, enum kube_config_entry what,
                     struct strlist *ret, struct err *err);

/* The namespace of the context, or of the pod; NULL if there is none. Borrowed. */
const char *kube_config_namespace(const struct kube_config *config);

/* "https://host:port", for messages. Borrowed. */
const char *kube_config_server(const struct kube_config *config);

#endif
