#include "update/update.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "update/edit.h"
#include "update/lines.h"
#include "update/marker.h"
#include "update/object.h"

void update_result_finish(struct update_result *result)
{
    buf_finish(&result->content);
    for (size_t i = 0; i < result->change_count; i++) {
        object_finish(&result->changes[i].object);
        free(result->changes[i].old_value);
        free(result->changes[i].new_value);
        free(result->changes[i].setter);
    }
    for (size_t i = 0; i < result->notice_count; i++)
        free(result->notices[i].text);
    free(result->changes);
    free(result->notices);
    *result = (struct update_result)UPDATE_RESULT_INIT;
}

bool update_is_manifest_name(const char *name)
{
    const char *slash = strrchr(name, '/');
    return str_ends_with(name, ".yaml") || str_ends_with(name, ".yml") ||
           str_equal(slash ? slash + 1 : name, "Kustomization");
}

static bool is_utf16(struct span file)
{
    return span_starts_with(file, "\xff\xfe") || span_starts_with(file, "\xfe\xff");
}

bool update_may_have_marker(struct span file)
{
    /* In both byte orders. */
    static const char wide[] = "i\0m\0a\0g\0e\0p\0o\0l\0i\0c\0y";
    const struct span wide_word = {wide, sizeof(wide) - 1};
    return marker_find(file, 0) >= 0 || (is_utf16(file) && span_find(file, wide_word) >= 0);
}

static size_t offset_of(const struct editor *editor, struct span part)
{
    return (size_t)(part.data - editor->file.data);
}

/* Reports a line that holds a marker and cannot be edited. */
static void report_line(struct editor *editor, struct span line, const char *why)
{
    edit_notice(editor, edit_line_at(editor, offset_of(editor, line)),
                "line with a marker is left alone: %s", why);
}

/* The line rule. */
static int edit_lines(struct editor *editor, struct span document, struct err *err)
{
    struct lines_state state = {0};
    for (struct span rest = document, line; lines_next(&rest, &line);) {
        bool is_inside = lines_is_inside(&state, line);
        if (marker_find(line, 0) < 0)
            continue;
        CLEANUP(yaml_tree_finish) struct yaml_tree tree = YAML_TREE_INIT;
        if (is_inside)
            report_line(editor, line, "it stands in a text or template action of several lines");
        else if (yaml_tree_parse(line, &tree, NULL) != 0)
            report_line(editor, line, "it is not 'key: value' or '- value'");
        else if (edit_tree(editor, &tree, offset_of(editor, line), true, err) != 0)
            return -1;
    }
    return 0;
}

/* Tells at which line a document is not valid. WHY is a parser's message. */
static void report_document(struct editor *editor, struct span document, const struct err *why)
{
    size_t line = edit_line_at(editor, offset_of(editor, document));
    struct span text = span_of(why->text), place;
    uint64_t within;
    if (span_starts_with(text, "line ") && span_next(&text, ':', &place) &&
        span_to_u64(span_slice(place, strlen("line "), place.len), &within))
        line += (size_t)within - 1;
    else
        text = span_of(why->text);
    text = span_trim(text);
    edit_notice(editor, line, "document is not valid YAML and edited by single lines: %.*s",
                (int)text.len, text.data);
}

static int edit_document(struct editor *editor, struct span document, struct err *err)
{
    CLEANUP(yaml_tree_finish) struct yaml_tree tree = YAML_TREE_INIT;
    struct err why;
    if (marker_find(document, 0) < 0)
        return 0;
    if (yaml_tree_parse(document, &tree, &why) == 0)
        return edit_tree(editor, &tree, offset_of(editor, document), false, err);
    report_document(editor, document, &why);
    return edit_lines(editor, document, err);
}

static int edit_file(struct editor *editor, struct err *err)
{
    CLEANUP(yaml_tree_finish) struct yaml_tree tree = YAML_TREE_INIT;
    if (yaml_tree_parse(editor->file, &tree, NULL) == 0)
        return edit_tree(editor, &tree, 0, false, err);
    for (size_t from = 0, to; from < editor->file.len; from = to) {
        to = lines_next_document(editor->file, from);
        if (edit_document(editor, span_slice(editor->file, from, to), err) != 0)
            return -1;
    }
    return 0;
}

int update_file(struct span file, const char *path, const struct update_policy *policies,
                size_t policy_count, struct update_result *ret, struct err *err)
{
    CLEANUP(update_result_finish) struct update_result result = UPDATE_RESULT_INIT;
    struct editor editor = {
        .file = file,
        .path = path,
        .policies = policies,
        .policy_count = policy_count,
        .result = &result,
    };
    /* Every marker may bring one value, at worst all escapes. */
    buf_init(&result.content, UPDATE_FILE_MAX + UPDATE_MARKERS_MAX * 2 * UPDATE_VALUE_MAX);
    if (!update_may_have_marker(file))
        return 0;
    if (file.len > UPDATE_FILE_MAX)
        edit_notice(&editor, 1, "file is longer than %d bytes", UPDATE_FILE_MAX);
    else if (is_utf16(file))
        edit_notice(&editor, 1, "file is UTF-16, not UTF-8");
    else if (edit_file(&editor, err) != 0)
        return -1;
    if (result.changed)
        buf_add_span(&result.content, span_slice(file, editor.copied, file.len));
    if (editor.markers > UPDATE_MARKERS_MAX)
        edit_last_notice(&editor, edit_line_at(&editor, file.len),
                         "file has more than %d markers; those behind are left alone",
                         UPDATE_MARKERS_MAX);
    *ret = result;
    result = (struct update_result)UPDATE_RESULT_INIT;
    return 0;
}
