/*
 * The commit message for an edit, from the automation's template.
 */
#ifndef TIDEMARK_CONTROL_UPDATE_MESSAGE_H
#define TIDEMARK_CONTROL_UPDATE_MESSAGE_H

#include "api/image_update.h"
#include "base/buf.h"
#include "base/err.h"
#include "control/policies.h"
#include "control/update_edit.h"
#include "template/template.h"

/* Appends the message for EDIT; TEMPLATE is NULL for the default one. ROOT is
 * the path that file names are relative to. */
int update_message_render(const struct template *template, struct api_ref automation,
                          const struct api_image_update *spec, const struct update_edit *edit,
                          const char *root, const struct policy_images *policies, struct buf *ret,
                          struct err *err);

#endif
