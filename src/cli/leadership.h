/*
 * Leadership: which of several replicas works.
 *
 * With --enable-leader-election the replica works that holds the Leases of
 * both controllers that tidemark stands in for, so that it takes over from
 * them, and they from it, and never both. Without it every replica leads.
 */
#ifndef TIDEMARK_CLI_LEADERSHIP_H
#define TIDEMARK_CLI_LEADERSHIP_H

#include <stdbool.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/metric.h"
#include "cli/cluster.h"
#include "cli/command.h"

struct leadership;

/* METRICS counts leaderships, as controller-runtime's leader_election_master_status;
 * borrowed. */
struct leadership *leadership_new(struct metric_registry *metrics);
/* Gives the Leases back, if so configured; when the last write has been made. */
void leadership_free(struct leadership *leadership);
MEM_DEFINE_FREEP(struct leadership, leadership_free)

/* Becomes a candidate, if the flags say so and there is a cluster (not NULL). */
int leadership_start(struct leadership *leadership, const struct cli *cli,
                     const struct cluster *cluster, struct err *err);

/* Between the moment from which this process may not begin a write and the one
 * from which another one may: what is left of a Lease of that duration after the
 * renew deadline, 1 at least; 0 if nothing is (leadership_start() refuses that). */
int64_t leadership_margin_ms(int64_t lease_duration_ns, int64_t renew_deadline_ns);

/* Waits until this replica leads: 1; 0 if STOP was triggered before, 2 if
 * TIMEOUT_MS (negative: no limit) have passed. */
int leadership_await(struct leadership *leadership, const struct cancel *stop, int timeout_ms);

/* May this process write at this moment? ARG is the leadership. Any thread. */
bool leadership_holds(void *arg);

/* Waits until STOP is triggered (0), the leadership is lost (1), or TIMEOUT_MS
 * have passed (2). */
int leadership_watch(struct leadership *leadership, const struct cancel *stop, int timeout_ms);

#endif
