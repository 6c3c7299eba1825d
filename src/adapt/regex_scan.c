#include "adapt/regex_scan.h"

struct span regex_scan_rest(const struct regex_scan *scan, size_t at)
{
    return span_slice(scan->pattern, at, scan->pattern.len);
}

bool regex_scan_sees(const struct regex_scan *scan, const char *text)
{
    return span_starts_with(regex_scan_rest(scan, scan->at), text);
}

char regex_scan_peek(const struct regex_scan *scan, size_t ahead)
{
    size_t at = scan->at + ahead;
    return at < scan->pattern.len ? scan->pattern.data[at] : '\0';
}

bool regex_scan_at_end(const struct regex_scan *scan)
{
    return scan->at >= scan->pattern.len;
}

void regex_scan_copy(struct regex_scan *scan, size_t count)
{
    struct span piece = span_slice(scan->pattern, scan->at, scan->at + count);
    buf_add_span(&scan->out->text, piece);
    scan->at += piece.len;
}

void regex_scan_fault(struct regex_scan *scan, const char *why, struct span piece)
{
    if (scan->out->why)
        return;
    scan->out->why = why;
    scan->out->piece = piece;
}

struct span regex_scan_since(const struct regex_scan *scan, size_t begin)
{
    return span_slice(scan->pattern, begin, scan->at);
}

void regex_scan_set_last(struct regex_scan *scan, size_t size, size_t times)
{
    struct regex_cost *cost = &scan->costs[scan->depth];
    cost->sum += size - cost->last;
    cost->last = size;
    cost->last_times = times;
    cost->times = times > cost->times ? times : cost->times;
    if (cost->sum > REGEX_SIZE_MAX)
        regex_scan_fault(scan, "expression too large", scan->pattern);
}

void regex_scan_add_part(struct regex_scan *scan, size_t size, size_t times)
{
    scan->costs[scan->depth].last = 0;
    regex_scan_set_last(scan, size, times);
}
