#include "update/lines.h"

#include <string.h>

#include "base/mem.h"

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool is_one_of(char byte, const char *set)
{
    return byte != '\0' && strchr(set, byte);
}

bool lines_next(struct span *rest, struct span *ret_line)
{
    size_t end = 0;
    if (rest->len == 0)
        return false;
    while (end < rest->len && rest->data[end] != '\n' && rest->data[end] != '\r')
        end++;
    *ret_line = span_slice(*rest, 0, end);
    bool is_crlf = span_starts_with(span_slice(*rest, end, rest->len), "\r\n");
    *rest = span_slice(*rest, end + (is_crlf ? 2 : 1), rest->len);
    return true;
}

size_t lines_next_document(struct span text, size_t from)
{
    struct span rest = span_slice(text, from, text.len), line;
    for (bool is_first = true; lines_next(&rest, &line); is_first = false) {
        bool is_start = span_starts_with(line, "---") && (line.len == 3 || is_blank(line.data[3]));
        if (is_start && !is_first)
            return (size_t)(line.data - text.data);
    }
    return text.len;
}

static size_t count_blanks(struct span line, size_t at)
{
    size_t end = at;
    while (end < line.len && is_blank(line.data[end]))
        end++;
    return end - at;
}

static bool is_at(struct span line, size_t at, const char *text)
{
    return span_starts_with(span_slice(line, at, line.len), text);
}

/* Template actions, with what ends them. */
static const char *action_end(struct span line, size_t at)
{
    static const char *const actions[][2] = {
        {"{{", "}}"}, {"{%", "%}"}, {"{#", "#}"}, {"<%", "%>"}};
    if (line.data[at] != '{' && line.data[at] != '<')
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        if (is_at(line, at, actions[i][0]))
            return actions[i][1];
    }
    return NULL;
}

/* Skips what is left of the action; stays in it if the line does not end it. */
static size_t skip_action(struct lines_state *state, struct span line, size_t at)
{
    ptrdiff_t end = span_find(span_slice(line, at, line.len), span_of(state->action));
    if (end < 0)
        return line.len;
    at += (size_t)end + strlen(state->action);
    state->action = NULL;
    return at;
}

/* Skips what is left of the quoted scalar; likewise. */
static size_t skip_quoted(struct lines_state *state, struct span line, size_t at)
{
    while (at < line.len && state->quote) {
        state->action = action_end(line, at);
        if (state->action) {
            at = skip_action(state, line, at + 2);
        } else if (state->quote == '"' && line.data[at] == '\\') {
            at += 2;
        } else if (line.data[at] == state->quote) {
            bool is_doubled = state->quote == '\'' && is_at(line, at, "''");
            state->quote = is_doubled ? '\'' : '\0';
            at += is_doubled ? 2 : 1;
        } else {
            at++;
        }
    }
    return at < line.len ? at : line.len;
}

/* Whether CODE ends in the indicator of a block, with its digits and signs. */
static bool ends_in_block_header(struct span code)
{
    size_t at = code.len;
    while (at > 0 && is_one_of(code.data[at - 1], "+-0123456789"))
        at--;
    return at > 0 && (code.data[at - 1] == '|' || code.data[at - 1] == '>') &&
           (at == 1 || is_blank(code.data[at - 2]));
}

/* The column of what holds the value on the line: a key, or else a dash. */
static size_t holder_column(struct span line, struct span code)
{
    size_t at = count_blanks(line, 0), column = at;
    while (is_at(line, at, "- ")) {
        column = at;
        at += 1 + count_blanks(line, at + 1);
    }
    struct span rest = span_slice(line, at, line.len);
    rest.len = (size_t)(code.data + code.len - rest.data);
    return span_find_byte(rest, ':') >= 0 ? at : column;
}

/* Whether a quote at AT opens a scalar: it does so only where one can begin,
 * behind an indicator, an anchor or a tag. */
static bool opens_quote(struct span line, size_t at)
{
    if (line.data[at] != '"' && line.data[at] != '\'')
        return false;
    size_t end = at;
    while (end > 0 && is_blank(line.data[end - 1]))
        end--;
    if (end == 0 || is_one_of(line.data[end - 1], ",[{"))
        return true;
    if (end == at) /* `"key":"value"` is a pair, `a:"b` is not */
        return end > 1 && line.data[end - 1] == ':' && is_one_of(line.data[end - 2], "\"'");
    size_t word = end;
    while (word > 0 && !is_blank(line.data[word - 1]))
        word--;
    return is_one_of(line.data[end - 1], ":-?") || is_one_of(line.data[word], "&!");
}

/* Looks for what the line opens, from FROM on, where it is outside of everything. */
static void open_line(struct lines_state *state, struct span line, size_t from)
{
    size_t at = from;
    while (at < line.len) {
        bool is_comment = line.data[at] == '#' && (at == 0 || is_blank(line.data[at - 1]));
        state->action = action_end(line, at);
        if (state->action) {
            at = skip_action(state, line, at + 2);
        } else if (is_comment) {
            break;
        } else if (opens_quote(line, at)) {
            state->quote = line.data[at];
            at = skip_quoted(state, line, at + 1);
        } else {
            at++;
        }
    }
    struct span code = span_trim(span_slice(line, 0, at));
    if (state->action || state->quote || !ends_in_block_header(code))
        return;
    state->in_block = true;
    /* Where the line begins inside of something, its indent says nothing. */
    state->block_indent = from == 0 ? holder_column(line, code) : 0;
}

/* Lines that do not end a block: blank ones, comments, and those of a template
 * alone, which may stand anywhere. */
static bool is_transparent(struct span line, size_t blanks)
{
    return blanks == line.len || line.data[blanks] == '#' || action_end(line, blanks);
}

bool lines_is_inside(struct lines_state *state, struct span line)
{
    bool is_inside = state->action || state->quote;
    size_t at = 0;
    if (state->action)
        at = skip_action(state, line, at);
    if (state->quote)
        at = skip_quoted(state, line, at);
    if (!is_inside && state->in_block) {
        size_t blanks = count_blanks(line, 0);
        if (blanks > state->block_indent || is_transparent(line, blanks))
            return true;
        state->in_block = false;
    }
    open_line(state, line, at);
    return is_inside;
}
