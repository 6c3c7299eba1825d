#include "adapt/yamlscan.h"

#include <string.h>
#include <yaml.h>

struct yamlscan {
    yaml_parser_t parser;
    yaml_event_t event; /* backs the spans of the last answer */
    struct span text;
    size_t depth;
    size_t events;
    /* Where the last mark pointed to, in libyaml's characters and in bytes. */
    size_t cursor_chars;
    size_t cursor_bytes;
};

static const char byte_order_mark[] = "\xef\xbb\xbf";

static _Noreturn void out_of_memory(void)
{
    abort(); /* libyaml fails to start only if there is no memory */
}

struct yamlscan *yamlscan_new(struct span text)
{
    struct yamlscan *scan = mem_zalloc(sizeof(*scan));
    scan->text = text;
    /* libyaml skips the mark before it begins to count characters. */
    if (span_starts_with(text, byte_order_mark))
        scan->cursor_bytes = strlen(byte_order_mark);
    if (!yaml_parser_initialize(&scan->parser))
        out_of_memory();
    yaml_parser_set_input_string(&scan->parser,
                                 (const unsigned char *)(text.len != 0 ? text.data : ""), text.len);
    return scan;
}

void yamlscan_free(struct yamlscan *scan)
{
    if (!scan)
        return;
    yaml_event_delete(&scan->event);
    yaml_parser_delete(&scan->parser);
    free(scan);
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* The byte offset of libyaml's INDEX, which counts characters. The marks come
 * nearly in order, so the walk from the last one is short. */
static size_t byte_offset(struct yamlscan *scan, size_t index)
{
    size_t bytes = scan->cursor_bytes;
    for (; scan->cursor_chars < index && bytes < scan->text.len; scan->cursor_chars++) {
        bytes++;
        while (bytes < scan->text.len && is_continuation(scan->text.data[bytes]))
            bytes++;
    }
    for (; scan->cursor_chars > index; scan->cursor_chars--) {
        bytes--;
        while (bytes > 0 && is_continuation(scan->text.data[bytes]))
            bytes--;
    }
    scan->cursor_bytes = bytes;
    return bytes;
}

/* Whether libyaml takes the place behind BEFORE for the start of a line. */
static bool starts_line(struct span before)
{
    static const char *const ends[] = {"\n",           "\r",           "\xc2\x85",
                                       "\xe2\x80\xa8", "\xe2\x80\xa9", "\xef\xbb\xbf"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        if (span_ends_with(before, ends[i]))
            return true;
    }
    return before.len == 0;
}

static bool too_many_directives(struct span text)
{
    static const struct span word = {"%TAG", 4};
    size_t count = 0;
    for (size_t from = 0; from < text.len; from += word.len) {
        ptrdiff_t at = span_find(span_slice(text, from, text.len), word);
        if (at < 0)
            return false;
        from += (size_t)at;
        if (starts_line(span_slice(text, 0, from)) && ++count > YAMLSCAN_DIRECTIVES_MAX)
            return true;
    }
    return false;
}

static int check_text(struct span text, struct err *err)
{
    if (text.len > YAMLSCAN_SIZE_MAX)
        return err_set(err, ERR_INVALID, "YAML text is longer than %d bytes", YAMLSCAN_SIZE_MAX);
    if (span_starts_with(text, "\xff\xfe") || span_starts_with(text, "\xfe\xff"))
        return err_set(err, ERR_INVALID, "line 1: YAML text is UTF-16, not UTF-8");
    if (too_many_directives(text))
        return err_set(err, ERR_INVALID, "YAML text has more than %d %%TAG directives",
                       YAMLSCAN_DIRECTIVES_MAX);
    return 0;
}

static size_t line_at(struct span text, size_t offset)
{
    size_t line = 1;
    for (struct span rest = span_slice(text, 0, offset);; line++) {
        ptrdiff_t at = span_find_byte(rest, '\n');
        if (at < 0)
            return line;
        rest = span_slice(rest, (size_t)at + 1, rest.len);
    }
}

static int scan_error(const struct yamlscan *scan, struct err *err)
{
    const yaml_parser_t *parser = &scan->parser;
    const char *problem = parser->problem ? parser->problem : "unknown problem";
    switch (parser->error) {
    case YAML_MEMORY_ERROR:
        out_of_memory();
    case YAML_READER_ERROR:
        return err_set(err, ERR_INVALID, "line %zu: %s",
                       line_at(scan->text, parser->problem_offset), problem);
    default:
        return err_set(err, ERR_INVALID, "line %zu: %s%s%s", parser->problem_mark.line + 1, problem,
                       parser->context ? " " : "", parser->context ? parser->context : "");
    }
}

static struct span text_span(const yaml_char_t *text)
{
    return span_of((const char *)text);
}

static enum yamlscan_style scalar_style(yaml_scalar_style_t style)
{
    switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
        return YAMLSCAN_SINGLE_QUOTED;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
        return YAMLSCAN_DOUBLE_QUOTED;
    case YAML_LITERAL_SCALAR_STYLE:
        return YAMLSCAN_LITERAL;
    case YAML_FOLDED_SCALAR_STYLE:
        return YAMLSCAN_FOLDED;
    default:
        return YAMLSCAN_PLAIN;
    }
}

/* Fills what depends on the kind; false for the two stream events, which say
 * nothing that a caller needs. */
static bool describe(const yaml_event_t *event, struct yamlscan_event *ret)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        ret->kind = YAMLSCAN_DOCUMENT_START;
        return true;
    case YAML_DOCUMENT_END_EVENT:
        ret->kind = YAMLSCAN_DOCUMENT_END;
        return true;
    case YAML_ALIAS_EVENT:
        ret->kind = YAMLSCAN_ALIAS;
        ret->value = text_span(event->data.alias.anchor);
        return true;
    case YAML_SCALAR_EVENT:
        ret->kind = YAMLSCAN_SCALAR;
        ret->style = scalar_style(event->data.scalar.style);
        ret->anchor = text_span(event->data.scalar.anchor);
        ret->tag = text_span(event->data.scalar.tag);
        ret->value =
            (struct span){(const char *)event->data.scalar.value, event->data.scalar.length};
        return true;
    case YAML_SEQUENCE_START_EVENT:
        ret->kind = YAMLSCAN_SEQUENCE_START;
        ret->style = event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE ? YAMLSCAN_FLOW
                                                                                  : YAMLSCAN_BLOCK;
        ret->anchor = text_span(event->data.sequence_start.anchor);
        ret->tag = text_span(event->data.sequence_start.tag);
        return true;
    case YAML_SEQUENCE_END_EVENT:
        ret->kind = YAMLSCAN_SEQUENCE_END;
        return true;
    case YAML_MAPPING_START_EVENT:
        ret->kind = YAMLSCAN_MAPPING_START;
        ret->style = event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE ? YAMLSCAN_FLOW
                                                                                : YAMLSCAN_BLOCK;
        ret->anchor = text_span(event->data.mapping_start.anchor);
        ret->tag = text_span(event->data.mapping_start.tag);
        return true;
    case YAML_MAPPING_END_EVENT:
        ret->kind = YAMLSCAN_MAPPING_END;
        return true;
    default:
        return false;
    }
}

static int check_limits(struct yamlscan *scan, const struct yamlscan_event *event, struct err *err)
{
    if (++scan->events > YAMLSCAN_EVENTS_MAX)
        return err_set(err, ERR_INVALID, "line %zu: YAML text has more than %d nodes", event->line,
                       YAMLSCAN_EVENTS_MAX);
    if (event->kind == YAMLSCAN_SEQUENCE_START || event->kind == YAMLSCAN_MAPPING_START)
        scan->depth++;
    else if (event->kind == YAMLSCAN_SEQUENCE_END || event->kind == YAMLSCAN_MAPPING_END)
        scan->depth--;
    if (scan->depth > YAMLSCAN_DEPTH_MAX)
        return err_set(err, ERR_INVALID, "line %zu: YAML text nests deeper than %d levels",
                       event->line, YAMLSCAN_DEPTH_MAX);
    return 0;
}

int yamlscan_next(struct yamlscan *scan, struct yamlscan_event *ret, struct err *err)
{
    if (scan->events == 0 && check_text(scan->text, err) != 0)
        return -1;
    struct yamlscan_event event;
    do {
        yaml_event_delete(&scan->event);
        if (!yaml_parser_parse(&scan->parser, &scan->event))
            return scan_error(scan, err);
        if (scan->event.type == YAML_STREAM_END_EVENT || scan->event.type == YAML_NO_EVENT)
            return 0;
        event = (struct yamlscan_event){
            .start = byte_offset(scan, scan->event.start_mark.index),
            .line = scan->event.start_mark.line + 1,
        };
        event.end = byte_offset(scan, scan->event.end_mark.index);
    } while (!describe(&scan->event, &event));
    if (check_limits(scan, &event, err) != 0)
        return -1;
    *ret = event;
    return 1;
}
