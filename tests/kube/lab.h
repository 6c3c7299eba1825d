/*
 * The lab of tests/lib/kube.sh for test programs in C: see with_lab.sh, which
 * runs them.
 */
#ifndef TIDEMARK_TESTS_KUBE_LAB_H
#define TIDEMARK_TESTS_KUBE_LAB_H

#include "../unit/test.h"

#include "kube/client.h"
#include "kube/config.h"

/* A client of the lab's user "admin", without a limit of its rate. */
struct lab_client {
    struct kube_config *config;
    struct http_client *http;
    struct kube_client *kube;
};

/* SERVER: another address of the lab's server, or NULL. */
struct lab_client *lab_client_new(const char *server);
void lab_client_free(struct lab_client *client);
MEM_DEFINE_FREEP(struct lab_client, lab_client_free)

/* Calls a function of kube.sh, as "kube_lab_compact"; it must succeed. */
void lab_call(const char *function);

/* "manager operation subresource, …" of what has been written to an object
 * (KIND/NAME in the namespace apps), by kubectl: tidemark's client passes over it. */
char *lab_managers(const char *object);

/* A way to the server that can be cut. */
struct lab_proxy;
struct lab_proxy *lab_proxy_new(void);
void lab_proxy_free(struct lab_proxy *proxy);
MEM_DEFINE_FREEP(struct lab_proxy, lab_proxy_free)
const char *lab_proxy_url(const struct lab_proxy *proxy);
/* Resets all connections; new ones are taken. */
void lab_proxy_cut(struct lab_proxy *proxy);
/* Resets all connections, and each new one, until it is not blocked any more. */
void lab_proxy_block(struct lab_proxy *proxy, bool blocked);

#endif
