/*
 * The page /metrics: all metrics in Prometheus' text format.
 */
#ifndef TIDEMARK_SERVER_METRICS_PAGE_H
#define TIDEMARK_SERVER_METRICS_PAGE_H

#include "adapt/httpd.h"
#include "base/metric.h"

struct httpd_route metrics_page_route(struct metric_registry *metrics);

#endif
