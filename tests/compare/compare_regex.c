/* Regular expressions and their templates, against Go's package regexp. */
#include <string.h>

#include "adapt/regex.h"
#include "compare/compare.h"

enum {
    TEXT_MAX = 64 * 1024,
    GROUPS_MAX = 64,
    NESTING = 3, /* of rolled groups */
};

static struct span arg(const struct json *args, const char *name)
{
    return json_span(json_member(args, name));
}

/* Begin and end of each group, as Go lists them. */
static struct json *list_groups(const struct regex *regex, const struct regex_group *groups)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i <= regex_group_count(regex) && i < GROUPS_MAX; i++) {
        json_push_take(list, json_new_int(groups[i].begin));
        json_push_take(list, json_new_int(groups[i].end));
    }
    return list;
}

static int answer_match(const struct json *args, struct json **ret, struct err *err)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    struct regex_group groups[GROUPS_MAX];
    if (regex_new(arg(args, "pattern"), &regex, err) != 0)
        return -1;
    bool found = regex_find(regex, arg(args, "text"), 0, groups, GROUPS_MAX);
    *ret = found ? list_groups(regex, groups) : json_new_null();
    return 0;
}

static int answer_all(const struct json *args, struct json **ret, struct err *err)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    struct regex_group groups[GROUPS_MAX];
    if (regex_new(arg(args, "pattern"), &regex, err) != 0)
        return -1;
    struct regex_walk walk = regex_walk_begin(regex, arg(args, "text"));
    *ret = json_new_array();
    while (regex_walk_next(&walk, groups, GROUPS_MAX))
        json_push_take(*ret, list_groups(regex, groups));
    return 0;
}

static int answer_expand(const struct json *args, struct json **ret, struct err *err)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    struct regex_group groups[GROUPS_MAX];
    struct span text = arg(args, "text");
    if (regex_new(arg(args, "pattern"), &regex, err) != 0)
        return -1;
    CLEANUP(regex_template_freep)
    struct regex_template *template = regex_template_new(regex, arg(args, "template"));
    if (!regex_find(regex, text, 0, groups, regex_template_groups(template))) {
        *ret = json_new_null();
        return 0;
    }
    CLEANUP(buf_finish) struct buf expanded = BUF_INIT(TEXT_MAX);
    regex_template_expand(template, text, groups, &expanded);
    *ret = json_new_span(buf_span(&expanded));
    return 0;
}

static int answer_quote(const struct json *args, struct json **ret, struct err *err)
{
    (void)err;
    CLEANUP(buf_finish) struct buf quoted = BUF_INIT(TEXT_MAX);
    regex_quote(arg(args, "text"), &quoted);
    *ret = json_new_span(buf_span(&quoted));
    return 0;
}

static void roll_class_item(struct dice *dice, struct buf *ret)
{
    static const char *const items[] = {
        "a",        "b",          "c",     "a-c",       "b-d",        "0-9",       "x",
        "-",        "\\d",        "\\W",   "[:alpha:]", "[:^digit:]", "[:space:]", "\\pL",
        "\\p{Lu}",  "\\P{greek}", "\\x41", "\\.",       "\\]",        "\\n",       "\\-",
        "\xc3\xa9", "\\p{LC}",    "\\pN",  "\\P{ascii}"};
    static const char *const odd[] = {"z-a", "[:foo:]", "\\p{Foo}", "\\8", "\\b",
                                      "\\Q", "\\pz",    "a-\\d",    "[:",  "\\x{",
                                      "\\C", "^",       "[",        "a-",  "\\p{^Lu}"};
    buf_adds(ret, dice_chance(dice, 96) ? DICE_PICK(dice, items) : DICE_PICK(dice, odd));
}

static void roll_atom(struct dice *dice, unsigned depth, struct buf *ret);

static void roll_operator(struct dice *dice, struct buf *ret)
{
    static const char *const usual[] = {"*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,2}?"};
    static const char *const odd[] = {
        "{2,}", "{0}",    "{,2}",  "{1001}", "{3,2}",  "{01}",          "{x}", "**",
        "+*",   "{2}{3}", "{100}", "{0,0}",  "{2,3}?", "{99999999999}", "{"};
    buf_adds(ret, dice_chance(dice, 90) ? DICE_PICK(dice, usual) : DICE_PICK(dice, odd));
}

static void roll_sequence(struct dice *dice, unsigned depth, struct buf *ret)
{
    do {
        for (size_t count = dice_roll(dice, 4); count > 0; count--) {
            roll_atom(dice, depth, ret);
            if (dice_chance(dice, 30))
                roll_operator(dice, ret);
        }
        if (!dice_chance(dice, 20))
            break;
        buf_addc(ret, '|');
    } while (true);
}

static void roll_group(struct dice *dice, unsigned depth, struct buf *ret)
{
    static const char *const opens[] = {
        "(",    "(",      "(",    "(?:",  "(?P<n>", "(?<n>",  "(?<name>", "(?P<m_1>",
        "(?i:", "(?s-i:", "(?U:", "(?m:", "(?P<1>", "(?<12>", "(?is)(",   "(?:(?i)"};
    static const char *const odd[] = {"(?=",    "(?<=", "(?P<", "(?<a-b>",       "(?P<>",
                                      "(?P=n)", "(?z:", "(?-:", "(?P<\xc3\xa9>", "(?#",
                                      "(?i-)",  "(?)",  "(?",   "(?<n"};
    buf_adds(ret, dice_chance(dice, 96) ? DICE_PICK(dice, opens) : DICE_PICK(dice, odd));
    roll_sequence(dice, depth - 1, ret);
    buf_adds(ret, dice_chance(dice, 99) ? ")" : "");
}

static void roll_class(struct dice *dice, struct buf *ret)
{
    buf_adds(ret, dice_chance(dice, 70) ? "[" : "[^");
    dice_word(dice, "]-", dice_chance(dice, 8), ret);
    for (size_t count = 1 + dice_roll(dice, 3); count > 0; count--)
        roll_class_item(dice, ret);
    buf_adds(ret, dice_chance(dice, 99) ? "]" : "");
}

static void roll_atom(struct dice *dice, unsigned depth, struct buf *ret)
{
    static const char *const usual[] = {
        "a", "b",   "c",   "ab",  "1",   ".",   "-",    "\\d",   "\\w",      "\\s",      "\\D", "^",
        "$", "\\b", "\\B", "\\A", "\\z", "\\.", "\\pL", "\\x61", "\\Qa.\\E", "\xc3\xa9", "\n"};
    static const char *const odd[] = {"\\p{greek}", "\\p{ LU }", "\\PN",     "\\p{Letter}",
                                      "\\p{^Lu}",   "\\pc",      "\\p{any}", "\\p{Assigned}",
                                      "\\P{ascii}", "\\141",     "\\0",      "\\1",
                                      "\\8",        "\\C",       "\\Z",      "\\Q",
                                      "\\E",        "\\x{61}",   "\\x{",     "\\x{6",
                                      "\\x",        "\\p",       "\\p{Foo}", "\\pz",
                                      "\\p{",       "\\_",       "\\ ",      "\\\xc3\xa9",
                                      ")",          "(",         "]",        "}",
                                      "*",          "\\a",       "\\u",      "\\x{110000}",
                                      "\\x7F",      "\\v",       "\\P{lc}",  "k"};
    size_t way = dice_roll(dice, 100);
    if (way < 18 && depth > 0)
        roll_group(dice, depth, ret);
    else if (way < 32)
        roll_class(dice, ret);
    else if (way < 36)
        buf_adds(ret, DICE_PICK(dice, odd));
    else
        buf_adds(ret, DICE_PICK(dice, usual));
}

static void roll_text(struct dice *dice, struct buf *ret)
{
    static const char *const parts[] = {
        "a",  "b", "c", "ab",       "abc",      "1", "12",           "-", ".",        " ",
        "\n", "A", "B", "\xc3\xa9", "\xce\xb1", "k", "\xe2\x84\xaa", "_", "\xcd\xb8", "aa",
        "]",  "\t"};
    for (size_t count = dice_roll(dice, 9); count > 0; count--)
        buf_adds(ret, DICE_PICK(dice, parts));
}

static void roll_template(struct dice *dice, struct buf *ret)
{
    static const char *const parts[] = {"$1",          "${1}",      "$2",
                                        "$0",          "$n",        "${n}",
                                        "$name",       "${m_1}",    "$nx",
                                        "$1x",         "$$",        "$",
                                        "${",          "${}",       "${n",
                                        "${n-x}",      "$\xc3\xa9", "$n\xc3\xa9",
                                        "$01",         "${12}",     "$123456789",
                                        "$1234567890", "x",         "-",
                                        "\\1",         "$ 1",       "$n\xe2\x82\xac",
                                        "$$1",         "{}",        "$3",
                                        "$9",          "$_"};
    for (size_t count = 1 + dice_roll(dice, 4); count > 0; count--)
        buf_adds(ret, DICE_PICK(dice, parts));
}

static void put_rolled(struct dice *dice, struct json *args, const char *name,
                       void (*roll)(struct dice *dice, struct buf *ret))
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEXT_MAX);
    roll(dice, &text);
    json_put_take(args, name, json_new_span(buf_span(&text)));
}

static void roll_pattern(struct dice *dice, struct buf *ret)
{
    roll_sequence(dice, NESTING, ret);
}

static struct json *roll_match(struct dice *dice)
{
    struct json *args = json_new_object();
    put_rolled(dice, args, "pattern", roll_pattern);
    put_rolled(dice, args, "text", roll_text);
    return args;
}

/* Tokens in any order, for the words of errors. */
static void roll_tokens(struct dice *dice, struct buf *ret)
{
    for (size_t count = 1 + dice_roll(dice, 5); count > 0; count--) {
        size_t way = dice_roll(dice, 6);
        if (way == 0)
            roll_operator(dice, ret);
        else if (way == 1)
            roll_class_item(dice, ret);
        else if (way == 2)
            dice_word(dice, "()[]{}|*\\?-^", 1, ret);
        else
            roll_atom(dice, 1, ret);
    }
}

static struct json *roll_error(struct dice *dice)
{
    struct json *args = json_new_object();
    put_rolled(dice, args, "pattern", roll_tokens);
    json_put_text(args, "text", "a");
    return args;
}

static struct json *roll_expand(struct dice *dice)
{
    struct json *args = roll_match(dice);
    put_rolled(dice, args, "template", roll_template);
    return args;
}

static struct json *roll_quote(struct dice *dice)
{
    struct json *args = json_new_object();
    put_rolled(dice, args, "text", roll_tokens);
    return args;
}

int main(int argc, char **argv)
{
    static const struct compare_op ops[] = {
        {"regexp.match", answer_match, NULL, NULL},
        {"regexp.all", answer_all, NULL, NULL},
        {"regexp.expand", answer_expand, NULL, NULL},
        {"regexp.quote", answer_quote, NULL, NULL},
    };
    static const char *const files[] = {"regex/match.txt", "regex/all.txt", "regex/expand.txt"};
    static const struct compare_questions questions[] = {
        {"regexp.match", 4000, roll_match, "golden/regex-match.txt"},
        {"regexp.match", 3000, roll_error, "golden/regex-errors.txt"},
        {"regexp.all", 1500, roll_match, "golden/regex-all.txt"},
        {"regexp.expand", 3000, roll_expand, "golden/regex-expand.txt"},
        {"regexp.quote", 300, roll_quote, "golden/regex-quote.txt"},
    };
    static const struct compare compare = COMPARE(ops, files, questions);
    return compare_main(argc, argv, &compare);
}
