/*
 * Credential plugins: programs of the user that print an ExecCredential
 * (client.authentication.k8s.io/v1 and v1beta1). Internal to kube/.
 */
#ifndef TIDEMARK_KUBE_EXEC_PLUGIN_H
#define TIDEMARK_KUBE_EXEC_PLUGIN_H

#include "base/span.h"
#include "kube/config_parts.h"
#include "kube/credential.h"

struct exec_grant {
    char *token;        /* or NULL */
    char *cert, *key;   /* PEM, both or none */
    int64_t expires_ns; /* wall clock; INT64_MAX: never */
};

void exec_grant_finish(struct exec_grant *grant);

/* Runs the plugin. Its classes of failure: unauthorized if it fails or prints
 * no credential, not-found if there is no such program, canceled. */
int exec_plugin_run(const struct kube_exec *exec, const struct deadline *deadline,
                    struct exec_grant *ret, struct err *err);

/* Reads what a plugin of API_VERSION printed. Public for its test and its fuzzer. */
int exec_plugin_parse(struct span output, const char *api_version, struct exec_grant *ret,
                      struct err *err);

#endif
