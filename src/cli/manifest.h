/*
 * Manifests: files and folders of YAML documents, as `apply -f` and `run -f`
 * take them.
 */
#ifndef TIDEMARK_CLI_MANIFEST_H
#define TIDEMARK_CLI_MANIFEST_H

#include "api/object.h"
#include "base/err.h"
#include "store/store.h"

enum {
    MANIFEST_FILE_MAX = 4 * 1024 * 1024, /* bytes of one file, or of stdin */
    MANIFEST_OBJECTS_MAX = 20000,
    MANIFEST_DEPTH_MAX = 32, /* folders within folders */
};

struct manifest_list {
    struct api_object **objects;
    size_t len;
    size_t cap;
};

#define MANIFEST_LIST_INIT                                                                         \
    {                                                                                              \
        0                                                                                          \
    }

void manifest_list_finish(struct manifest_list *list);

/*
 * Adds the objects of PATH: a file with one or several YAML or JSON documents
 * (a `List` counts for its items), a folder (its *.yaml, *.yml and *.json
 * files, at any depth, in the order of their names), or "-" for stdin. Each
 * object is judged (api/admission.h) and tried (api/trial.h), and is kept
 * without defaults. Class invalid, naming file and document, for the first
 * that is wrong.
 */
int manifest_read(const char *path, const char *default_namespace, struct manifest_list *list,
                  struct err *err);

/* Applies all by store_apply(), Secrets first, and prints a line for each:
 * "imagepolicy/web created", "… configured" or "… unchanged". Ends with the
 * first that cannot be applied. */
int manifest_apply(struct store *store, const struct manifest_list *list, bool force,
                   struct err *err);

#endif
