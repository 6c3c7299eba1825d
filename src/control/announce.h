/*
 * Announcing outcomes: one log line, one event and one notification for what
 * is news, and silence for what is not.
 */
#ifndef TIDEMARK_CONTROL_ANNOUNCE_H
#define TIDEMARK_CONTROL_ANNOUNCE_H

#include "control/engine.h"
#include "control/outcome.h"

#define ANNOUNCE_EVENT_PREFIX "event.toolkit.fluxcd.io/"

/* OBJECT is as it was stored after the pass, BEFORE its status before it. */
void announce_outcome(struct control *control, const struct api_object *object,
                      const struct json *before, const struct outcome *outcome);

#endif
