/*
 * The golden cases of the marker edit, in tests/cases/update: folders with
 *
 *     in.yaml       the file
 *     policies.txt  a line a policy: namespace, name, image, tag, digest or `-`
 *                   (if the folder has none, the one above the folders)
 *     out.yaml      the edited file; not there if it stays as it is
 *     report.txt    the changes, then the notices
 */
#ifndef TIDEMARK_TESTS_UPDATE_CASE_H
#define TIDEMARK_TESTS_UPDATE_CASE_H

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/strlist.h"
#include "update/update.h"

#include "test.h"

enum {
    CASE_SIZE_MAX = 1024 * 1024,
    CASE_POLICIES_MAX = 16,
};

struct case_policies {
    struct strlist words;
    struct update_policy items[CASE_POLICIES_MAX];
    size_t len;
};

static inline void case_policies_finish(struct case_policies *policies)
{
    strlist_finish(&policies->words);
}

static inline void case_read_policies(const char *path, struct case_policies *ret)
{
    CLEANUP(buf_finish) struct buf file = BUF_INIT(CASE_SIZE_MAX);
    struct err err;
    check_ok(path, file_read(path, &file, &err), &err);
    for (struct span rest = buf_span(&file), line; span_next(&rest, '\n', &line);) {
        for (struct span word; !span_starts_with(line, "#") && span_next(&line, ' ', &word);)
            strlist_add_span(&ret->words, word);
    }
    char **words = ret->words.items;
    for (; ret->len * 5 < ret->words.len; words += 5) {
        assert_true(ret->len < CASE_POLICIES_MAX);
        ret->items[ret->len++] = (struct update_policy){words[0], words[1], words[2], words[3],
                                                        str_equal(words[4], "-") ? NULL : words[4]};
    }
}

/* Changes and notices, a line each. */
static inline void case_report(const struct update_result *result, struct buf *ret)
{
    for (size_t i = 0; i < result->change_count; i++) {
        const struct update_change *change = &result->changes[i];
        CLEANUP(mem_freep) char *old = str_dup(change->old_value);
        for (char *c = old; *c; c++)
            *c = *c == '\n' ? '~' : *c;
        buf_addf(ret, "%zu: change %s: '%s' -> '%s'", change->line, change->setter, old,
                 change->new_value);
        const struct update_object *object = &change->object;
        if (*object->api_version || *object->kind || *object->name || *object->namespace)
            buf_addf(ret, " in %s,%s,%s,%s", object->api_version, object->kind, object->namespace,
                     object->name);
        buf_addc(ret, '\n');
    }
    for (size_t i = 0; i < result->notice_count; i++)
        buf_addf(ret, "%zu: notice: %s\n", result->notices[i].line, result->notices[i].text);
}

/* Reads FOLDER/NAME; absent files give false. */
static inline bool case_read(const char *folder, const char *name, struct buf *ret)
{
    CLEANUP(mem_freep) char *path = str_printf("%s/%s", folder, name);
    struct err err;
    int answer = file_read(path, ret, &err);
    if (answer != 0)
        check_text(path, err_class_name(err.class), err_class_name(ERR_NOT_FOUND));
    return answer == 0;
}

static inline void case_check(const char *name)
{
    CLEANUP(mem_freep) char *folder = str_printf(CASES "/update/%s", name);
    CLEANUP(mem_freep) char *own = str_printf("%s/policies.txt", folder);
    CLEANUP(case_policies_finish) struct case_policies policies = {.words = STRLIST_INIT};
    CLEANUP(buf_finish) struct buf in = BUF_INIT(CASE_SIZE_MAX);
    CLEANUP(buf_finish) struct buf out = BUF_INIT(CASE_SIZE_MAX);
    CLEANUP(buf_finish) struct buf report = BUF_INIT(CASE_SIZE_MAX);
    CLEANUP(buf_finish) struct buf got = BUF_INIT(CASE_SIZE_MAX);
    CLEANUP(update_result_finish) struct update_result result = UPDATE_RESULT_INIT;
    CLEANUP(update_result_finish) struct update_result again = UPDATE_RESULT_INIT;
    struct err err;

    assert_true(case_read(folder, "in.yaml", &in));
    bool has_own = case_read(folder, "policies.txt", &got);
    buf_clear(&got);
    case_read_policies(has_own ? own : CASES "/update/policies.txt", &policies);
    check_ok(name,
             update_file(buf_span(&in), "in.yaml", policies.items, policies.len, &result, &err),
             &err);
    case_report(&result, &got);
    case_read(folder, "report.txt", &report);
    check_span(name, buf_span(&got), buf_span(&report));
    bool wants_change = case_read(folder, "out.yaml", &out);
    check_int(name, result.changed, wants_change);
    check_int(name, result.change_count != 0, wants_change);
    if (!wants_change)
        return;
    check_span(name, buf_span(&result.content), buf_span(&out));
    check_ok(name,
             update_file(buf_span(&out), "out.yaml", policies.items, policies.len, &again, &err),
             &err);
    check_int(name, again.changed, false);
}

#endif
