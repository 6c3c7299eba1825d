/*
 * What a loaded configuration holds. Internal to kube/: config.c and
 * config_user.c fill it, credential.c and client.c read it.
 */
#ifndef TIDEMARK_KUBE_CONFIG_PARTS_H
#define TIDEMARK_KUBE_CONFIG_PARTS_H

#include "adapt/json.h"
#include "base/buf.h"
#include "kube/config.h"
#include "kube/kubeconfig.h"

/* A text that stands in the configuration, or in a file that may change. */
struct kube_material {
    char *text; /* or NULL */
    char *path; /* or NULL; counts if there is one */
};

/* A program that prints credentials (client.authentication.k8s.io). */
struct kube_exec {
    char *command;
    char *api_version;
    char *install_hint; /* or NULL */
    struct strlist args;
    struct strlist env;   /* "NAME=value", besides tidemark's own */
    struct json *cluster; /* what it is told of the cluster; NULL: nothing */
};

struct kube_config {
    char *server;      /* without a slash at the end */
    char *server_name; /* that its certificate bears, if not the URL's host */
    bool insecure;
    struct kube_material ca; /* empty: the system's roots */
    char *proxy_url;         /* NULL: as the environment says */
    char *namespace;

    struct kube_material cert, key;
    struct kube_material token;
    char *basic; /* "Basic …" */
    struct kube_exec *exec;
    /* Of impersonation: a name, its value, a name … */
    struct strlist headers;
};

/* kube_config_load() with another folder for the pod's service account: for tests. */
int kube_config_load_from(const struct kube_options *options, const char *account_dir,
                          struct kube_config **ret, struct err *err);

/* Makes a configuration of what the files say and the options override. Public for
 * tests. */
int kube_config_resolve(const struct kubeconfig *files, const struct kube_options *options,
                        struct kube_config **ret, struct err *err);

/* Appends MATERIAL's text, from its file if it has one; nothing if it is empty. */
int kube_material_read(const struct kube_material *material, struct buf *ret, struct err *err);
bool kube_material_is_set(const struct kube_material *material);
void kube_material_finish(struct kube_material *material);

/* Fills CONFIG with who USER (NULL: nobody) of that NAME is, and the options'
 * overrides. */
int kube_config_set_user(struct kube_config *config, const struct kube_entry *user,
                         const struct kube_options *options, struct err *err);
/* The plugin's view of the cluster, to be called once CONFIG has all of it. */
int kube_config_set_exec_cluster(struct kube_config *config, const struct kube_entry *cluster,
                                 const struct kube_entry *user, struct err *err);
void kube_exec_free(struct kube_exec *exec);

#endif
