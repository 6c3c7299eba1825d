/*
 * Metrics of the process, under the names that Prometheus' clients use:
 * processor time, memory, descriptors, start; and tidemark_build_info.
 * Read from /proc when the metrics are written.
 */
#ifndef TIDEMARK_SERVER_PROCESS_H
#define TIDEMARK_SERVER_PROCESS_H

#include "base/metric.h"

struct process;

/* Puts them into METRICS (which may be NULL) until process_free(). */
struct process *process_new(struct metric_registry *metrics, const char *version);
void process_free(struct process *process);

#endif
