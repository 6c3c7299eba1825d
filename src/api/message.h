/*
 * Commit messages: the template in an automation's spec, and its data.
 *
 *     if (api_message_parse(&spec, &template, err) != 0)
 *         return -1;
 *     if (template)
 *         answer = api_message_render(template, ref, &spec, changes, count, &text, err);
 *
 * Errors have class invalid and Flux's words, which name line and column.
 */
#ifndef TIDEMARK_API_MESSAGE_H
#define TIDEMARK_API_MESSAGE_H

#include <stddef.h>

#include "api/image_update.h"
#include "api/object.h"
#include "base/buf.h"
#include "base/err.h"
#include "template/data.h"
#include "template/template.h"

/* The message of an automation without a template. */
#define API_MESSAGE_DEFAULT "Update from image update automation"

/* Parses the spec's template. *RET is NULL if it has none. */
int api_message_parse(const struct api_image_update *spec, struct template **ret, struct err *err);

/* Appends the message for CHANGES. */
int api_message_render(const struct template *template, struct api_ref automation,
                       const struct api_image_update *spec, const struct template_change *changes,
                       size_t count, struct buf *ret, struct err *err);

/*
 * Tries the template on made-up changes, so that one that cannot work shows
 * before there is something to commit. A template may ask for changes of one
 * sort, say for tags that are versions, or refuse too many of them: it passes
 * if it renders for any of the samples.
 */
int api_message_try(const struct template *template, struct api_ref automation,
                    const struct api_image_update *spec, struct err *err);

#endif
