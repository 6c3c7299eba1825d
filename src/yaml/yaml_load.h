/*
 * YAML text to values: what `apply -f` reads.
 *
 * Reads as Kubernetes tools do (go-yaml 2 under sigs.k8s.io/yaml): YAML 1.1
 * scalars (`yes` is true, `012` is ten, dates stay text), keys that are
 * numbers or bools become texts, anchors and merge keys are resolved. Two
 * equal keys in a mapping are refused. JSON is read as the YAML that it is.
 *
 *     CLEANUP(yaml_load_finish) struct yaml_docs docs = YAML_DOCS_INIT;
 *     if (yaml_load(text, &docs, err) != 0)
 *         return err_wrap(err, "cannot read '%s'", path);
 */
#ifndef TIDEMARK_YAML_YAML_LOAD_H
#define TIDEMARK_YAML_YAML_LOAD_H

#include <stddef.h>

#include "adapt/json.h"
#include "adapt/yamlscan.h"
#include "base/err.h"
#include "base/span.h"

enum {
    YAML_LOAD_SIZE_MAX = YAMLSCAN_SIZE_MAX,
    YAML_LOAD_DEPTH_MAX = YAMLSCAN_DEPTH_MAX, /* of the values, after aliases are resolved */
    YAML_LOAD_COST_MAX = 32 * 1024 * 1024,    /* bytes of the values, likewise */
};

struct yaml_doc {
    struct json *value;
    size_t line; /* where its content begins, from 1 */
};

struct yaml_docs {
    struct yaml_doc *items;
    size_t len;
    size_t cap;
};

#define YAML_DOCS_INIT                                                                             \
    {                                                                                              \
        0                                                                                          \
    }

/*
 * Reads all documents of TEXT into the empty RET; those that are empty or null
 * are left out. Class invalid, with the line, if TEXT is not valid YAML, goes
 * over a limit, or holds what JSON has no form for (`.nan`, a null key,
 * `!!binary`, a NUL character). The error shows no value: it may be a secret.
 */
int yaml_load(struct span text, struct yaml_docs *ret, struct err *err);
void yaml_load_finish(struct yaml_docs *docs);

#endif
