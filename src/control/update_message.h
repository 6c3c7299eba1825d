/*
 * The commit message of an automation, from its template.
 */
#ifndef TIDEMARK_CONTROL_UPDATE_MESSAGE_H
#define TIDEMARK_CONTROL_UPDATE_MESSAGE_H

#include "api/image_update.h"
#include "base/buf.h"
#include "base/err.h"
#include "control/policies.h"
#include "control/update_edit.h"
#include "template/template.h"

#define UPDATE_MESSAGE_DEFAULT "Update from image update automation"

/* Parses the spec's template. *RET is NULL if it has none: the default message. */
int update_message_parse(const struct api_image_update *spec, struct template **ret,
                         struct err *err);

/*
 * Tries the template on made-up changes: for a run that has nothing to commit,
 * so that a template that cannot work shows before the first real update.
 */
int update_message_try(const struct template *template, const struct api_image_update *spec,
                       struct err *err);

/* Appends the message for EDIT. ROOT is the path that file names are relative
 * to. */
int update_message_render(const struct template *template, struct api_ref automation,
                          const struct api_image_update *spec, const struct update_edit *edit,
                          const char *root, const struct policy_images *policies, struct buf *ret,
                          struct err *err);

#endif
