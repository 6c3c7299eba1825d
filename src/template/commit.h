/*
 * The Go types of a commit message's data, as errors and %T name them. Their
 * values are built by data.c; what methods hand out is stored behind a
 * struct's fields, in the slots named here.
 */
#ifndef TIDEMARK_TEMPLATE_COMMIT_H
#define TIDEMARK_TEMPLATE_COMMIT_H

#include "template/value.h"

enum {
    TEMPLATE_DATA_AUTOMATION_OBJECT,
    TEMPLATE_DATA_CHANGED,
    TEMPLATE_DATA_VALUES,
    TEMPLATE_DATA_UPDATED, /* a method */
    TEMPLATE_DATA_SLOTS,
};

enum {
    RESULT_FILE_CHANGES,
    RESULT_OBJECTS, /* the rest are methods */
    RESULT_CHANGES,
    RESULT_IMAGE_RESULT,
    RESULT_SLOTS,
};

enum {
    CHANGE_OLD_VALUE,
    CHANGE_NEW_VALUE,
    CHANGE_SETTER,
    CHANGE_SLOTS,
};

enum {
    IMAGE_RESULT_FILES,
    IMAGE_RESULT_OBJECTS, /* methods */
    IMAGE_RESULT_IMAGES,
    IMAGE_RESULT_SLOTS,
};

enum {
    IMAGE_REF_TEXT,
    IMAGE_REF_POLICY,
    IMAGE_REF_IDENTIFIER, /* methods, besides String and Policy */
    IMAGE_REF_REPOSITORY,
    IMAGE_REF_REGISTRY,
    IMAGE_REF_NAME,
    IMAGE_REF_SLOTS,
};

extern const struct value_type type_template_data;   /* source.TemplateData */
extern const struct value_type type_namespaced_name; /* types.NamespacedName */
extern const struct value_type type_result;          /* update.Result */
extern const struct value_type type_file_changes;    /* map[string]update.ObjectChanges */
extern const struct value_type type_object_changes;  /* update.ObjectChanges */
extern const struct value_type type_object;          /* update.ObjectIdentifier */
extern const struct value_type type_resource;        /* yaml.ResourceIdentifier */
extern const struct value_type type_type_meta;       /* yaml.TypeMeta */
extern const struct value_type type_name_meta;       /* yaml.NameMeta */
extern const struct value_type type_changes;         /* []update.Change */
extern const struct value_type type_change;          /* update.Change */
extern const struct value_type type_image_result;    /* update.ImageResult */
extern const struct value_type type_files;           /* map[string]update.FileResult */
extern const struct value_type type_file_result;     /* update.FileResult */
extern const struct value_type type_object_images;   /* map[update.ObjectIdentifier][]… */
extern const struct value_type type_images;          /* []update.ImageRef */
extern const struct value_type type_image_ref;       /* update.ImageRef */

#endif
