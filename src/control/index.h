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
    INDEX_KEPT_MAX = 256,            /* objects that are kept whole for passes that are to come */
    INDEX_KEPT_SIZE_MAX = 64 * 1024, /* bytes of one: labels, annotations, spec, status */
};

struct index;

/* KEEPS: objects may be kept whole (index_take_new(), index_copy_used()), which is
 * worth its memory where a read of the store goes over a network. */
struct index *index_new(bool keeps);
void index_free(struct index *index);
MEM_DEFINE_FREEP(struct index, index_free)

/* What an object's change means. */
struct index_news {
    bool self;       /* its own pass is due: new, another spec, asked for, to be deleted */
    bool alone;      /* … but what it uses is not known, and may be on its way */
    bool dependents; /* those that use it have something to do */
};

/* Takes in the object as it is now. An object that is not MINE is somebody
 * else's to reconcile (another shard's): it is known for what others use of it,
 * but its own pass is never due, and it is nobody's dependent. */
struct index_news index_update(struct index *index, const struct api_object *object, bool mine);

/*
 * Some objects are kept whole, as index_update() took them in last, to spare passes
 * that are to come a read of the store. The longest kept make room for others. One
 * of more than INDEX_KEPT_SIZE_MAX is not kept.
 *
 * One of ours that is new (without our finalizer): taken by its first pass, which
 * must make sure that it is still the newest. The caller frees it. NULL: not kept.
 */
struct api_object *index_take_new(struct index *index, struct api_ref ref);

/* An ImageRepository whose last change has made its policies due: a copy, as old
 * as the watch, for the caller to free. NULL: not kept. */
struct api_object *index_copy_used(const struct index *index, struct api_ref ref);

/* Keeps none any more. */
void index_drop_kept(struct index *index);

/*
 * Does the ImagePolicy REF have to wait for the first scan of its repository? Then
 * there is nothing to choose from yet, and the end of that scan makes it due, be it
 * a success or not. Only of a repository of ours that was made no longer than
 * PATIENCE_NS before NOW_NS (wall clock): who waits longer should say so. The clock
 * that dates objects may be another; if it is ahead by more, nobody waits. Nor does
 * a policy that is to be deleted.
 */
bool index_awaits_scan(const struct index *index, struct api_ref ref, int64_t now_ns,
                       int64_t patience_ns);

/* Forgets an object that is gone; its dependents have something to do. */
struct index_news index_remove(struct index *index, struct api_ref ref);

/* Calls VISIT for each object of ours that uses REF, in no certain order: as many
 * steps as there are such objects, but for Secrets and ServiceAccounts. */
typedef void (*index_visit_fn)(void *arg, struct api_ref ref);
void index_dependents(const struct index *index, struct api_ref ref, index_visit_fn visit,
                      void *arg);

#endif
