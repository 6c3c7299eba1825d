/*
 * The marker edit: policies' images into the marked fields of a file.
 *
 * Pure: bytes in, bytes out. Of the file nothing but the bytes of marked
 * scalars ever changes, and of valid YAML the result is read again before it
 * is handed out: it must differ in exactly these scalars, each reading back as
 * the exact text to every YAML reader. A second run finds nothing to do.
 *
 * A file that is not valid YAML as a whole is taken document by document; in a
 * document that is not valid (a template), the line rule holds: a line that is
 * by itself `key: value # {marker}` or `- value # {marker}`, and does not stand
 * in a text or template action of several lines, is edited; what is doubtful is
 * left alone and reported.
 *
 * Which comments count where is told in place.h, what they say in marker.h.
 */
#ifndef TIDEMARK_UPDATE_UPDATE_H
#define TIDEMARK_UPDATE_UPDATE_H

#include <stdbool.h>
#include <stddef.h>

#include "adapt/yamlscan.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
    UPDATE_FILE_MAX = YAMLSCAN_SIZE_MAX, /* bytes; a longer file is left alone */
    UPDATE_MARKERS_MAX = 10000,          /* in a file; those behind are left alone */
    UPDATE_NOTICES_MAX = 1000,           /* of a file; the others are only counted */
    UPDATE_VALUE_MAX = 4096,             /* bytes of a value that is written */
};

/* What a policy selected. All of a caller's policies are candidates: it passes
 * those of the automation's namespace that have an image. */
struct update_policy {
    const char *namespace;
    const char *name;
    const char *image;  /* `reg.example/shop/web` */
    const char *tag;    /* `2.4.1` */
    const char *digest; /* `sha256:…`; NULL or empty if there is none */
};

/* The document, or item of a List, that a field stands in. Owned texts, empty
 * where the document does not say. */
struct update_object {
    char *api_version;
    char *kind;
    char *name;
    char *namespace;
};

struct update_change {
    struct update_object object;
    char *old_value; /* as it read */
    char *new_value;
    char *setter;  /* as in the marker: `apps:web:tag` */
    size_t policy; /* index of the policy that it follows */
    size_t line;   /* of the field, from 1 */
};

/*
 * Something that a person should know: a marker that is malformed, belongs to no
 * field, names a policy that was not passed or a digest that the policy has not;
 * a field that cannot hold the value; a document that is edited line by line; a
 * file that is too large or not UTF-8. What it speaks of is left alone.
 */
struct update_notice {
    size_t line;
    char *text; /* one line, without the file's name */
};

struct update_result {
    bool changed;
    struct buf content; /* the whole new file; only if changed */
    struct update_change *changes;
    size_t change_count, change_cap;
    struct update_notice *notices;
    size_t notice_count, notice_cap;
    size_t notices_left_out;
};

#define UPDATE_RESULT_INIT                                                                         \
    {                                                                                              \
        0                                                                                          \
    }

/*
 * Edits FILE, whose PATH is only for messages, into the empty RET. Changes
 * come in the order of the file, notices document by document. Class invalid if the value of a
 * policy that is needed is empty, too long or not printable text; class internal, with file and
 * line, if the result does not read back as it should. After an error the file must stay as it is.
 */
int update_file(struct span file, const char *path, const struct update_policy *policies,
                size_t policy_count, struct update_result *ret, struct err *err);
void update_result_finish(struct update_result *result);

/* Whether files of this name are edited: `*.yaml`, `*.yml`, `Kustomization`.
 * NAME may be a path. */
bool update_is_manifest_name(const char *name);

/* Whether FILE could hold a marker; runs at the speed of memory. What it
 * refuses, update_file() leaves alone without a notice. */
bool update_may_have_marker(struct span file);

#endif
