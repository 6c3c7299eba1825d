/*
 * What an answer of the API server means. Internal to kube/.
 */
#ifndef TIDEMARK_KUBE_STATUS_H
#define TIDEMARK_KUBE_STATUS_H

#include "base/span.h"
#include "kube/client.h"

/*
 * Judges the answer CODE with BODY, a Status object or whatever else came: 1
 * for success, 0 if REQUEST (NULL: none of an object) is about an object that
 * does not exist, -1 as kube_perform() with its error. REASON receives the
 * Status's reason, as struct kube_answer has it.
 */
int kube_status_judge(const struct kube_request *request, int code, struct span body,
                      char reason[static sizeof(((struct kube_answer *)0)->reason)],
                      struct err *err);

#endif
