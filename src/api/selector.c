#include "api/selector.h"

#include <string.h>

#include "api/admission.h"
#include "base/span.h"
#include "base/str.h"
#include "base/strlist.h"

enum {
    REQUIREMENTS_MAX = 256,
};

enum selector_op {
    OP_IN,     /* the label is there with one of the values */
    OP_NOT_IN, /* it is absent, or has another value */
    OP_EXISTS,
    OP_ABSENT,
};

struct requirement {
    char *key;
    enum selector_op op;
    struct strlist values;
};

struct selector {
    struct requirement *items;
    size_t len;
    size_t cap;
};

void selector_free(struct selector *selector)
{
    if (!selector)
        return;
    for (size_t i = 0; i < selector->len; i++) {
        free(selector->items[i].key);
        strlist_finish(&selector->items[i].values);
    }
    free(selector->items);
    free(selector);
}

static struct requirement *add_requirement(struct selector *selector, struct span key,
                                           enum selector_op op)
{
    selector->items =
        mem_grow(selector->items, &selector->cap, selector->len + 1, sizeof(*selector->items));
    struct requirement *added = &selector->items[selector->len++];
    *added = (struct requirement){.key = span_dup(key), .op = op};
    return added;
}

static bool requirement_holds(const struct requirement *requirement, const struct strmap *labels)
{
    const char *value = strmap_get(labels, requirement->key);
    bool listed = value && strlist_contains(&requirement->values, value);
    switch (requirement->op) {
    case OP_IN:
        return listed;
    case OP_NOT_IN:
        return !listed;
    case OP_EXISTS:
        return value != NULL;
    case OP_ABSENT:
    default:
        return value == NULL;
    }
}

bool selector_matches(const struct selector *selector, const struct strmap *labels)
{
    for (size_t i = 0; selector && i < selector->len; i++) {
        if (!requirement_holds(&selector->items[i], labels))
            return false;
    }
    return true;
}

static int check_keys(const struct selector *selector, struct err *err)
{
    if (selector->len > REQUIREMENTS_MAX)
        return err_set(err, ERR_INVALID, "more than %d requirements", REQUIREMENTS_MAX);
    for (size_t i = 0; i < selector->len; i++) {
        const struct requirement *item = &selector->items[i];
        if (api_check_label_key(item->key, err) != 0)
            return err_wrap(err, "key: Invalid value: \"%s\"", item->key);
        for (size_t j = 0; j < item->values.len; j++) {
            if (api_check_label_value(item->values.items[j], err) != 0)
                return err_wrap(err, "values[%zu][%s]: Invalid value: \"%s\"", j, item->key,
                                item->values.items[j]);
        }
    }
    return 0;
}

/* The form of a spec. */

static bool operator_of(const char *text, enum selector_op *ret)
{
    static const struct {
        const char *text;
        enum selector_op op;
    } operators[] = {
        {"In", OP_IN}, {"NotIn", OP_NOT_IN}, {"Exists", OP_EXISTS}, {"DoesNotExist", OP_ABSENT}};
    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        if (str_equal(operators[i].text, text)) {
            *ret = operators[i].op;
            return true;
        }
    }
    return false;
}

static int add_expression(struct selector *selector, const struct json *expression, struct err *err)
{
    enum selector_op op;
    const char *text = json_member_text(expression, "operator");
    const struct json *values = json_member(expression, "values");
    if (!operator_of(text, &op))
        return err_set(err, ERR_INVALID, "\"%s\" is not a valid label selector operator",
                       text ? text : "");
    struct requirement *added =
        add_requirement(selector, json_span(json_member(expression, "key")), op);
    for (size_t i = 0; i < json_count(values); i++)
        strlist_add_span(&added->values, json_span(json_at(values, i)));
    bool takes_values = op == OP_IN || op == OP_NOT_IN;
    if (takes_values && added->values.len == 0)
        return err_set(err, ERR_INVALID,
                       "values: Invalid value: []: for 'in', 'notin' operators, values set can't "
                       "be empty");
    if (!takes_values && added->values.len != 0)
        return err_set(err, ERR_INVALID,
                       "values: Invalid value: values set must be empty for exists and does not "
                       "exist");
    return 0;
}

int selector_from_json(const struct json *spec, struct selector **ret, struct err *err)
{
    CLEANUP(selector_freep) struct selector *selector = mem_zalloc(sizeof(*selector));
    json_foreach_member (key, value, json_member(spec, "matchLabels")) {
        strlist_add_span(&add_requirement(selector, span_of(key), OP_IN)->values, json_span(value));
    }
    const struct json *expressions = json_member(spec, "matchExpressions");
    for (size_t i = 0; i < json_count(expressions); i++) {
        if (add_expression(selector, json_at(expressions, i), err) != 0)
            return -1;
    }
    if (check_keys(selector, err) != 0)
        return -1;
    *ret = MEM_STEAL(selector);
    return 0;
}

/* The form of the command line. */

static void skip_blanks(struct span *rest)
{
    while (rest->len != 0 && strchr(" \t\r\n", rest->data[0]))
        *rest = span_slice(*rest, 1, rest->len);
}

static struct span take_word(struct span *rest)
{
    size_t at = 0;
    skip_blanks(rest);
    while (at < rest->len && !strchr(" \t\r\n=!,()<>", rest->data[at]))
        at++;
    struct span word = span_slice(*rest, 0, at);
    *rest = span_slice(*rest, at, rest->len);
    skip_blanks(rest);
    return word;
}

static bool take_text(struct span *rest, const char *text)
{
    if (!span_starts_with(*rest, text))
        return false;
    *rest = span_slice(*rest, strlen(text), rest->len);
    skip_blanks(rest);
    return true;
}

static int found_instead(struct span rest, const char *expected, struct err *err)
{
    return err_set(err, ERR_INVALID, "found '%.*s', expected: %s", (int)rest.len, rest.data,
                   expected);
}

static int take_set(struct span *rest, struct strlist *ret, struct err *err)
{
    if (!take_text(rest, "("))
        return found_instead(*rest, "'('", err);
    do {
        strlist_add_span(ret, take_word(rest));
    } while (take_text(rest, ","));
    return take_text(rest, ")") ? 0 : found_instead(*rest, "',', or ')'", err);
}

static int take_requirement(struct selector *selector, struct span *rest, struct err *err)
{
    bool negated = take_text(rest, "!");
    struct span key = take_word(rest);
    if (key.len == 0)
        return found_instead(*rest, "!, identifier, or 'end of string'", err);
    if (negated || rest->len == 0 || rest->data[0] == ',') {
        add_requirement(selector, key, negated ? OP_ABSENT : OP_EXISTS);
        return 0;
    }
    if (take_text(rest, "!=")) {
        strlist_add_span(&add_requirement(selector, key, OP_NOT_IN)->values, take_word(rest));
        return 0;
    }
    if (take_text(rest, "==") || take_text(rest, "=")) {
        strlist_add_span(&add_requirement(selector, key, OP_IN)->values, take_word(rest));
        return 0;
    }
    struct span word = take_word(rest);
    if (span_is(word, "in"))
        return take_set(rest, &add_requirement(selector, key, OP_IN)->values, err);
    if (span_is(word, "notin"))
        return take_set(rest, &add_requirement(selector, key, OP_NOT_IN)->values, err);
    return found_instead(word.len != 0 ? word : *rest, "in, notin, =, ==, !=, gt, lt", err);
}

int selector_parse(const char *text, struct selector **ret, struct err *err)
{
    CLEANUP(selector_freep) struct selector *selector = mem_zalloc(sizeof(*selector));
    struct span rest = span_of(text);
    skip_blanks(&rest);
    while (rest.len != 0) {
        if (take_requirement(selector, &rest, err) != 0)
            return err_wrap(err, "couldn't parse the selector string \"%s\"", text);
        if (rest.len != 0 && !take_text(&rest, ",")) {
            found_instead(rest, "',' or 'end of string'", err);
            return err_wrap(err, "couldn't parse the selector string \"%s\"", text);
        }
    }
    if (check_keys(selector, err) != 0)
        return -1;
    *ret = MEM_STEAL(selector);
    return 0;
}
