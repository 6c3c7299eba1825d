/*
 * Objects: what users create and tidemark reconciles, in Kubernetes' form
 * wherever they live.
 *
 * An object is its metadata and two JSON objects, spec and status. Stores move
 * objects without knowing what is in them; the typed view of each kind's spec
 * is in its own header (image_repository.h …), conditions are in condition.h.
 */
#ifndef TIDEMARK_API_OBJECT_H
#define TIDEMARK_API_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "adapt/json.h"
#include "api/kind.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/strlist.h"
#include "base/strmap.h"

#define API_NAMESPACE_DEFAULT "flux-system"
#define API_FINALIZER         "finalizers.fluxcd.io"
#define API_REQUESTED_AT      "reconcile.fluxcd.io/requestedAt"

/* The name of one object: a plain value whose strings are borrowed. */
struct api_ref {
    enum api_kind kind;
    const char *namespace; /* "" for kinds without namespaces */
    const char *name;
};

bool api_ref_equal(struct api_ref a, struct api_ref b);
/* "namespace/name" in owned memory, for messages and logs. */
char *api_ref_text(struct api_ref ref);

struct api_meta {
    char *name;
    char *namespace;        /* "" for kinds without namespaces */
    char *uid;              /* "" until stored; a new object gets a new one */
    char *resource_version; /* "" until stored; opaque, changes with every write */
    int64_t generation;     /* from 1; changes with the spec and with deletion */
    int64_t created_ns;     /* wall time */
    int64_t deleted_ns;     /* 0, or since when it waits for its finalizers to go */
    struct strmap labels;
    struct strmap annotations;
    struct strlist finalizers;
};

struct api_object {
    enum api_kind kind;
    struct api_meta meta;
    struct json *spec;   /* a JSON object, never NULL */
    struct json *status; /* a JSON object, never NULL; empty if there is none */
};

/* A new object with an empty spec and status. */
struct api_object *api_object_new(struct api_ref ref);
struct api_object *api_object_clone(const struct api_object *object);
void api_object_free(struct api_object *object);
MEM_DEFINE_FREEP(struct api_object, api_object_free)

/* The object's name, borrowed from it. */
struct api_ref api_object_ref(const struct api_object *object);

/*
 * Reads a manifest: apiVersion, kind, metadata and the rest. A namespace that
 * is missing becomes DEFAULT_NAMESPACE. Fields are not judged here but in
 * admission.h; only what is needed to know which object it is must be right.
 * In a Secret, `stringData` is folded into `data`. Class invalid otherwise.
 */
int api_object_from_json(const struct json *manifest, const char *default_namespace,
                         struct api_object **ret, struct err *err);

/* The same for a manifest that is known to be of KIND; what it says of its
 * apiVersion and kind, if anything, is not read. */
int api_object_from_json_of(enum api_kind kind, const struct json *manifest,
                            const char *default_namespace, struct api_object **ret,
                            struct err *err);

enum api_form {
    API_FORM_FULL,   /* everything, as the API server would answer */
    API_FORM_EXPORT, /* what a user would write: no status, no generated metadata */
};

/* The manifest of OBJECT; the caller frees it. */
struct json *api_object_to_json(const struct api_object *object, enum api_form form);

/* A finalizer in the list? */
bool api_object_has_finalizer(const struct api_object *object, const char *finalizer);

/* spec.suspend */
bool api_object_suspended(const struct api_object *object);

#endif
