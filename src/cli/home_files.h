/*
 * The files of a home: its SQLite file, the lock and the cache beside it.
 *
 * In the embedded home the SQLite file is the store. In the Kubernetes home a
 * controller keeps in it what can be found out again: tags, markers, history.
 */
#ifndef TIDEMARK_CLI_HOME_FILES_H
#define TIDEMARK_CLI_HOME_FILES_H

#include "cli/home.h"

#define STORE_KUBERNETES "kubernetes"

/* What --store, else $TIDEMARK_STORE names; NULL or "": nothing. */
const char *home_files_store(const struct cli *cli);

/* What --store, $TIDEMARK_STORE or the default name: *RET receives the path of
 * the embedded home, or stays NULL. */
int home_files_choose(const struct cli *cli, bool *ret_embedded, char **ret, struct err *err);

/* Opens the SQLite file at home->path, which is made if it does not exist. */
int home_files_open(struct home *home, struct err *err);

/* The same in the folder DIR, for a controller in the Kubernetes home. */
int home_files_open_state(struct home *home, const char *dir, struct err *err);

#endif
