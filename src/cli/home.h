/*
 * The home of a command: the store that it works on, its namespace, its
 * deadline, and the right to reconcile.
 *
 * In the Kubernetes home (--store kubernetes) the objects live in an API
 * server, and only a controller (`tidemark run`) reconciles.
 *
 * The embedded home is one SQLite file with two neighbours: FILE.lock, which a
 * daemon or a command holds while it reconciles, and FILE.cache, a folder with
 * the mirrors of Git repositories, which may be deleted at any time.
 */
#ifndef TIDEMARK_CLI_HOME_H
#define TIDEMARK_CLI_HOME_H

#include <stdbool.h>
#include <stdint.h>

#include "adapt/db.h"
#include "base/cancel.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "control/control.h"
#include "store/store.h"

struct home {
    struct store *store;
    struct cluster *cluster; /* NULL in the embedded home */
    struct db *db;           /* this and the paths: NULL for a command in the Kubernetes home */
    char *path;              /* of the SQLite file */
    char *cache_dir;
    char *lock_path;
    const char *namespace;          /* borrowed from the options or the environment */
    struct cancel *cancel;          /* SIGINT and SIGTERM trigger it */
    struct deadline deadline;       /* --timeout, and the cancel flag */
    int lock_fd;                    /* held right to reconcile, or -1 */
    struct control_config settings; /* of the engine; those that flags decide */
};

/* The namespace that the command works in: -n, else $FLUX_SYSTEM_NAMESPACE,
 * else flux-system. Class invalid if -n is no DNS label. */
int home_namespace(const struct cli *cli, const char **ret, struct err *err);

/* Opens the store that --store, $TIDEMARK_STORE or the default names; a file
 * that does not exist is made, with its folder. */
int home_open(const struct cli *cli, struct home **ret, struct err *err);

/* The same for commands that only look: 1, or 0 if there is no file yet, and then
 * none is made; -1. */
int home_open_existing(const struct cli *cli, struct home **ret, struct err *err);

/* What a controller in the Kubernetes home needs besides. */
struct home_role {
    const char *state_dir;        /* for its SQLite file */
    const struct cancel *cut;     /* cuts off requests; NULL: a signal does */
    bool (*may_write)(void *arg); /* asked before each write */
    void *arg;
    int64_t write_ms;      /* as in store_kubernetes_config */
    struct metric *metric; /* counts the requests to the API server; or NULL */
};

/* The same for `tidemark run`. */
int home_open_to_run(const struct cli *cli, const struct home_role *role, struct home **ret,
                     struct err *err);
void home_close(struct home *home);
MEM_DEFINE_FREEP(struct home, home_close)

/* Reads an object that must exist; class not-found, with the API server's
 * words, if it does not. */
int home_get(struct home *home, struct api_ref ref, struct api_object **ret, struct err *err);

/* From now on the end of --timeout triggers the cancel flag, as a signal does. */
void home_start_timer(const struct home *home);

/* Takes the right to reconcile: 1 it is ours, 0 another process has it, -1. */
int home_try_lock(struct home *home, struct err *err);
void home_unlock(struct home *home);

/* An engine on this home, whose work CANCEL (home->cancel, or another) cuts off. */
int home_control(struct home *home, struct cancel *cancel, struct control **ret, struct err *err);

#endif
