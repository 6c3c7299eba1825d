/*
 * YAML as a stream of events with exact byte positions (over libyaml).
 *
 * The grammar is libyaml's, YAML 1.1 with most of 1.2. Each event tells which
 * bytes of the text it stands for, so that a caller can replace just them. The
 * text may begin with a byte-order mark; it must be UTF-8.
 *
 *     CLEANUP(yamlscan_freep) struct yamlscan *scan = yamlscan_new(text);
 *     struct yamlscan_event event;
 *     while ((found = yamlscan_next(scan, &event, err)) == 1)
 *         …
 *
 * Hostile texts cost no more than honest ones of their size: the limits below
 * bound size, nesting, events and directives. A scan is for one thread.
 */
#ifndef TIDEMARK_ADAPT_YAMLSCAN_H
#define TIDEMARK_ADAPT_YAMLSCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/span.h"

enum {
    YAMLSCAN_SIZE_MAX = 8 * 1024 * 1024, /* bytes of a text */
    YAMLSCAN_DEPTH_MAX = 256,            /* collections inside each other */
    YAMLSCAN_EVENTS_MAX = 500 * 1000,    /* in one text */
    YAMLSCAN_DIRECTIVES_MAX = 32,        /* %TAG lines; libyaml compares each with each */
};

enum yamlscan_kind {
    YAMLSCAN_DOCUMENT_START,
    YAMLSCAN_DOCUMENT_END,
    YAMLSCAN_SCALAR,
    YAMLSCAN_ALIAS,
    YAMLSCAN_SEQUENCE_START,
    YAMLSCAN_SEQUENCE_END,
    YAMLSCAN_MAPPING_START,
    YAMLSCAN_MAPPING_END,
};

enum yamlscan_style {
    YAMLSCAN_NO_STYLE, /* aliases, documents, ends */
    YAMLSCAN_PLAIN,
    YAMLSCAN_SINGLE_QUOTED,
    YAMLSCAN_DOUBLE_QUOTED,
    YAMLSCAN_LITERAL,
    YAMLSCAN_FOLDED,
    YAMLSCAN_BLOCK, /* collections */
    YAMLSCAN_FLOW,
};

/*
 * The bytes [start, end) are the event's own: with its anchor and tag, quotes,
 * and, of a literal or folded scalar, everything from the indicator to the
 * last line end. A value that is left out (`key:`) has start == end. A flow
 * collection's start and end are its brackets; a block collection begins where
 * its first entry does.
 */
struct yamlscan_event {
    enum yamlscan_kind kind;
    enum yamlscan_style style;
    size_t start, end;
    size_t line;        /* of start, from 1 */
    struct span anchor; /* without `&`; empty if there is none */
    struct span tag;    /* resolved: `!!str` is "tag:yaml.org,2002:str" */
    struct span value;  /* a scalar's decoded text, an alias's name */
    /* anchor, tag and value live until the next call */
};

struct yamlscan;

/* TEXT must outlive the scan. Never fails; a text over a limit fails at the
 * first call of yamlscan_next(). */
struct yamlscan *yamlscan_new(struct span text);
void yamlscan_free(struct yamlscan *scan);
MEM_DEFINE_FREEP(struct yamlscan, yamlscan_free)

/*
 * Answers 1 with the next event, 0 at the end of the text, -1 (class invalid,
 * "line N: …") if the text is not YAML or goes over a limit. After 0 or -1 the
 * scan is of no use but to be freed.
 */
int yamlscan_next(struct yamlscan *scan, struct yamlscan_event *ret, struct err *err);

#endif
