/*
 * The index of relations: a few words in memory about every object, enough to
 * tell which change of one object concerns which others.
 *
 *   GitRepository   -> the automations that work on it
 *   ImageRepository -> the policies that judge its tags
 *   ImagePolicy     -> the automations of its namespace
 *   Secret          -> whatever of its namespace is not Ready
 *
 * Not locked: its owner sees to that.
 */
#ifndef TIDEMARK_CONTROL_INDEX_H
#define TIDEMARK_CONTROL_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#include "api/object.h"
#include "base/mem.h"

enum {
    INDEX_FRESH_MAX = 256, /* new objects that are kept until their first pass */
};

struct index;

struct index *index_new(void);
void index_free(struct index *index);
MEM_DEFINE_FREEP(struct index, index_free)

/* What an object's change means. */
struct index_news {
    bool self;       /* its own pass is due: new, another spec, asked for, to be deleted */
    bool dependents; /* those that use it have something to do */
};

/* Takes in the object as it is now. An object that is not MINE is somebody
 * else's to reconcile (another shard's): it is known for what others use of it,
 * but its own pass is never due, and it is nobody's dependent. */
struct index_news index_update(struct index *index, const struct api_object *object, bool mine);

/*
 * The object as index_update() took it in first, if no pass has begun with it yet
 * and it is new: ours, and without our finalizer. NULL otherwise. The caller frees
 * it. It need not be the newest any more: whoever takes it must make sure of that,
 * and spares a read of the store only then. Few are kept (INDEX_FRESH_MAX).
 */
struct api_object *index_take_fresh(struct index *index, struct api_ref ref);

/* Forgets an object that is gone; its dependents have something to do. */
struct index_news index_remove(struct index *index, struct api_ref ref);

/* Calls VISIT for each object of ours that uses REF, in no certain order: as many
 * steps as there are such objects, but for Secrets and ServiceAccounts. */
typedef void (*index_visit_fn)(void *arg, struct api_ref ref);
void index_dependents(const struct index *index, struct api_ref ref, index_visit_fn visit,
                      void *arg);

#endif
