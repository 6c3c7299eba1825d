/*
 * What a template sees as its dot.
 *
 * For commit messages that is Flux's TemplateData:
 *
 *     .AutomationObject   Namespace, Name; prints "namespace/name"
 *     .Changed            FileChanges: file -> object -> list of changes
 *                         Objects:     object -> list of changes
 *                         Changes:     list of changes, equal ones once
 *     .Values             the automation's messageTemplateValues
 *     .Updated            the older form, of images instead of changes: Files,
 *                         Objects, Images; also as .Changed.ImageResult
 *
 * An object has APIVersion, Kind, Name and Namespace; a change has OldValue,
 * NewValue and Setter; an image has String, Identifier, Repository, Registry,
 * Name and Policy. Maps are ordered by key; lists by file, then as given.
 */
#ifndef TIDEMARK_TEMPLATE_DATA_H
#define TIDEMARK_TEMPLATE_DATA_H

#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/strmap.h"

struct json;
struct template_data;

/* One field that was changed. All strings must be there; they may be empty. */
struct template_change {
    const char *file; /* relative to the automation's update path */

    /* The object whose document holds the field. */
    const char *api_version;
    const char *kind;
    const char *name;
    const char *namespace;

    const char *old_value;
    const char *new_value;
    const char *setter; /* "namespace:policy[:suffix]", as in the marker */

    /* The policy behind it, and the image that it selected:
     * "ghcr.io/acme/api:v3@sha256:…". */
    const char *policy_namespace;
    const char *policy_name;
    const char *image;
};

struct template_commit {
    const char *automation_namespace;
    const char *automation_name;
    const struct template_change *changes; /* in document order within a file */
    size_t n_changes;
    const struct strmap *values; /* or NULL */
};

/*
 * The data of a commit message. Strings are borrowed: they must live as long
 * as the data. Fails with class invalid if an image is no image reference.
 */
int template_data_new_commit(const struct template_commit *commit, struct template_data **ret,
                             struct err *err);

/*
 * A JSON value as data, copied: objects are dicts, arrays are lists of
 * anything, a number is an int if it is written as an integer, else a float64.
 */
struct template_data *template_data_new_json(const struct json *json);

void template_data_free(struct template_data *data);
MEM_DEFINE_FREEP(struct template_data, template_data_free)

#endif
