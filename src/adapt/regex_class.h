/*
 * Escapes and bracketed classes of a pattern. Only for regex_rewrite.c.
 */
#ifndef TIDEMARK_ADAPT_REGEX_CLASS_H
#define TIDEMARK_ADAPT_REGEX_CLASS_H

#include "adapt/regex_scan.h"

/* Walks past the escape that stands here, outside of brackets. */
void regex_class_scan_escape(struct regex_scan *scan);

/* Walks past the class whose bracket stands here. */
void regex_class_scan(struct regex_scan *scan);

#endif
