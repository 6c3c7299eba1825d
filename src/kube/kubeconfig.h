/*
 * The content of kubeconfig files, merged as kubectl does it: of equal names
 * the first one counts, whole; so does the first current context. Internal to
 * kube/.
 *
 * Paths are made relative to the folder of the file that names them. Source:
 * the Kubernetes reference, kubeconfig (v1).
 */
#ifndef TIDEMARK_KUBE_KUBECONFIG_H
#define TIDEMARK_KUBE_KUBECONFIG_H

#include "adapt/json.h"
#include "base/err.h"
#include "base/span.h"

struct kubeconfig {
    struct json *clusters; /* objects: names and what is under them */
    struct json *users;
    struct json *contexts;
    char *current; /* NULL if no file names one */
};

void kubeconfig_init(struct kubeconfig *files);
void kubeconfig_finish(struct kubeconfig *files);

/* Adds the content of the file PATH. Class invalid, with the path, if it is no
 * kubeconfig; nothing of it has been added then. Public for tests. */
int kubeconfig_add(struct kubeconfig *files, struct span text, const char *path, struct err *err);

/* Reads and adds the file PATH: 1, 0 if there is no such file, or -1. */
int kubeconfig_add_file(struct kubeconfig *files, const char *path, struct err *err);

/* A cluster, user or context, with its name and kind for errors. */
struct kube_entry {
    const char *kind; /* "user" … */
    const char *name; /* NULL: there is none, and all readers answer so */
    const struct json *value;
};

/* The member KEY. *RET is NULL if it is missing, null or empty. Class invalid if
 * it has another type than text (a bool). */
int kube_entry_text(const struct kube_entry *entry, const char *key, const char **ret,
                    struct err *err);
int kube_entry_bool(const struct kube_entry *entry, const char *key, bool *ret, struct err *err);
/* A member that is a list or a mapping: *RET is NULL if it is missing or null.
 * Class invalid if it is not of that KIND. */
int kube_entry_part(const struct kube_entry *entry, const char *key, enum json_kind kind,
                    const struct json **ret, struct err *err);
/* Class invalid, in front of it `user "x": `. */
int kube_entry_fault(const struct kube_entry *entry, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
