#include "compare/template_questions.h"

#include <string.h>

#include "compare/template_calls.h"

enum {
    TEXT_MAX = 64 * 1024,
    DEPTH = 3, /* of actions in actions */
};

/* What a grammar of actions chooses its operands from. */
struct scene {
    void (*value)(struct dice *dice, struct buf *out);
    void (*list)(struct dice *dice, struct buf *out);
    bool in_range;
    bool calls; /* may call the template "t" */
};

static void roll_some_value(struct dice *dice, struct buf *out)
{
    static const char *const variables[] = {"$", "$x", "$y", "$i", "$x.name", "$y.x", "."};
    if (dice_chance(dice, 30))
        buf_adds(out, DICE_PICK(dice, variables));
    else if (dice_chance(dice, 30))
        template_roll_function(dice, 1, out);
    else
        template_roll_expression(dice, 'x', 1, out);
}

static void roll_some_list(struct dice *dice, struct buf *out)
{
    static const char *const more[] = {".m", "3", "0", "nil", ".nope", ".obj", "$x", ".s", "."};
    if (dice_chance(dice, 60))
        template_roll_expression(dice, 'l', 1, out);
    else
        buf_adds(out, DICE_PICK(dice, more));
}

static void roll_commit_value(struct dice *dice, struct buf *out)
{
    static const char *const values[] = {".",
                                         "$.AutomationObject",
                                         ".AutomationObject.Name",
                                         ".Changed",
                                         "$.Changed.Changes",
                                         ".Changed.Objects",
                                         ".Changed.FileChanges",
                                         "$.Values",
                                         ".Values.cluster",
                                         ".Values.nope",
                                         "$.Values.empty",
                                         ".Name",
                                         ".Kind",
                                         ".Namespace",
                                         ".APIVersion",
                                         "$x.Kind",
                                         ".NewValue",
                                         "$y.OldValue",
                                         ".Setter",
                                         "$x",
                                         "$y",
                                         "$i",
                                         "$.Updated.Images",
                                         ".Updated.Files",
                                         "$.Changed.ImageResult.Objects",
                                         ".String",
                                         ".Identifier",
                                         ".Repository",
                                         ".Registry",
                                         ".Policy",
                                         ".Policy.Name",
                                         "index $.Changed.Changes 0",
                                         "(index $.Changed.Changes 1).Setter",
                                         "len .Changed.Changes",
                                         "index $.Values \"a-b\"",
                                         "$.AutomationObject.String",
                                         ".Objects",
                                         ".nope",
                                         "$.Changed.Objects.x",
                                         "toJson $.Values"};
    buf_adds(out, DICE_PICK(dice, values));
    if (dice_chance(dice, 25))
        buf_adds(out, " | printf \"%v|%q|%T\"");
}

static void roll_commit_list(struct dice *dice, struct buf *out)
{
    static const char *const values[] = {"$.Changed.Changes",
                                         ".Changed.Objects",
                                         "$.Changed.FileChanges",
                                         "$.Values",
                                         ".",
                                         "$y",
                                         "$.Updated.Images",
                                         ".Updated.Files",
                                         "$.Updated.Objects",
                                         ".Objects",
                                         "$x",
                                         "(index $.Changed.FileChanges \"a.yaml\")",
                                         "$.Changed.ImageResult.Images"};
    buf_adds(out, DICE_PICK(dice, values));
}

static void roll_list_of_actions(struct dice *dice, struct scene scene, size_t depth,
                                 struct buf *out);

static void roll_open(struct dice *dice, struct buf *out)
{
    buf_adds(out, dice_chance(dice, 12) ? "{{- " : "{{");
}

static void roll_close(struct dice *dice, struct buf *out)
{
    buf_adds(out, dice_chance(dice, 12) ? " -}}" : "}}");
}

static void roll_word(struct dice *dice, const char *word, struct buf *out)
{
    roll_open(dice, out);
    buf_adds(out, word);
    roll_close(dice, out);
}

static void roll_range(struct dice *dice, struct scene scene, size_t depth, struct buf *out)
{
    static const char *const variables[] = {
        "", "", "$x := ", "$i, $y := ", "$x, $y := ", "$y = ", "$x, $y = ", "$i, $x := "};
    struct scene inner = scene;
    roll_open(dice, out);
    buf_addf(out, "range %s", DICE_PICK(dice, variables));
    scene.list(dice, out);
    roll_close(dice, out);
    inner.in_range = true;
    roll_list_of_actions(dice, inner, depth, out);
    if (dice_chance(dice, 25)) {
        roll_word(dice, "else", out);
        roll_list_of_actions(dice, scene, depth, out);
    }
    roll_word(dice, "end", out);
}

static void roll_choice(struct dice *dice, struct scene scene, const char *word, size_t depth,
                        struct buf *out)
{
    roll_open(dice, out);
    buf_addf(out, "%s %s", word, dice_chance(dice, 15) ? "$x := " : "");
    scene.value(dice, out);
    roll_close(dice, out);
    roll_list_of_actions(dice, scene, depth, out);
    while (dice_chance(dice, 15)) {
        roll_open(dice, out);
        buf_addf(out, "else %s ", word);
        scene.value(dice, out);
        roll_close(dice, out);
        roll_list_of_actions(dice, scene, depth, out);
    }
    if (dice_chance(dice, 35)) {
        roll_word(dice, "else", out);
        roll_list_of_actions(dice, scene, depth, out);
    }
    roll_word(dice, "end", out);
}

static void roll_action(struct dice *dice, struct scene scene, size_t depth, struct buf *out)
{
    static const char *const sets[] = {"$x := ", "$y := ", "$x = ", "$y = ", "$i = "};
    size_t way = dice_roll(dice, depth > 0 ? 12 : 7);
    if (scene.in_range && dice_chance(dice, 6)) {
        roll_word(dice, dice_chance(dice, 50) ? "break" : "continue", out);
    } else if (way < 4 || way == 6) {
        roll_open(dice, out);
        scene.value(dice, out);
        roll_close(dice, out);
    } else if (way < 6) {
        roll_open(dice, out);
        buf_adds(out, DICE_PICK(dice, sets));
        scene.value(dice, out);
        roll_close(dice, out);
    } else if (way < 8) {
        roll_choice(dice, scene, "if", depth - 1, out);
    } else if (way < 9) {
        roll_choice(dice, scene, "with", depth - 1, out);
    } else if (way < 11) {
        roll_range(dice, scene, depth - 1, out);
    } else if (scene.calls) {
        roll_open(dice, out);
        buf_adds(out, dice_chance(dice, 90) ? "template \"t\" " : "template \"nope\" ");
        scene.value(dice, out);
        roll_close(dice, out);
    }
}

static void roll_list_of_actions(struct dice *dice, struct scene scene, size_t depth,
                                 struct buf *out)
{
    static const char *const plain[] = {"", "", " ", "text", "\n", " a\nb ", "}}", "{", "\t"};
    for (size_t count = 1 + dice_roll(dice, 3); count > 0; count--) {
        buf_adds(out, DICE_PICK(dice, plain));
        if (dice_chance(dice, 4))
            buf_adds(out, "{{- /* note */ -}}");
        roll_action(dice, scene, depth, out);
    }
    buf_adds(out, DICE_PICK(dice, plain));
}

static void roll_actions_template(struct dice *dice, struct scene scene, struct buf *out)
{
    buf_adds(out, "{{$x := .}}{{$y := 1}}{{$i := 0}}");
    if (dice_chance(dice, 70)) {
        buf_adds(out, "{{define \"t\"}}{{$x := .}}{{$y := $x}}{{$i := 2}}");
        scene.calls = false;
        roll_action(dice, scene, 1, out);
        scene.calls = true;
        buf_adds(out, "{{end}}");
    } else {
        buf_adds(out, "{{block \"t\" .}}<{{.}}>{{end}}");
    }
    roll_list_of_actions(dice, scene, DEPTH, out);
}

static const struct scene plain_scene = {roll_some_value, roll_some_list, false, true};
static const struct scene commit_scene = {roll_commit_value, roll_commit_list, false, true};

static struct json *as_args(struct buf *text)
{
    struct json *args = json_new_object();
    json_put_take(args, "template", json_new_span(buf_span(text)));
    return args;
}

struct json *template_roll_call(struct dice *dice)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEXT_MAX);
    if (dice_chance(dice, 10))
        template_roll_moment_actions(dice, &text);
    else
        template_roll_call_action(dice, &text);
    return as_args(&text);
}

struct json *template_roll_printf(struct dice *dice)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEXT_MAX);
    template_roll_printf_action(dice, &text);
    return as_args(&text);
}

struct json *template_roll_language(struct dice *dice)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEXT_MAX);
    roll_actions_template(dice, plain_scene, &text);
    return as_args(&text);
}

struct json *template_roll_message(struct dice *dice)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEXT_MAX);
    roll_actions_template(dice, commit_scene, &text);
    return as_args(&text);
}

/* Puts a piece in, takes some bytes out, or doubles some. */
static void spoil(struct dice *dice, struct buf *text)
{
    static const char *const pieces[] = {
        "{{",       "}}",       "{{- ",  " -}}",  "\"",   "`",    "'",  "|",    "(",
        ")",        ".",        "$",     "$z",    ":=",   "=",    ",",  " ",    "\n",
        "#",        "\\",       "/*",    "*/",    "end",  "else", "if", "with", "range",
        "template", "define",   "block", "nil",   "true", "1",    "-",  "+",    "0x",
        "1e",       ".5",       "'a'",   "\"b\"", "é",    "“",    "x",  ".x.y", "break",
        "{{end}}",  "{{else}}", "a+",    "1.2.3", "08"};
    size_t at = dice_roll(dice, text->len), count = 1 + dice_roll(dice, 4);
    CLEANUP(mem_freep) char *rest = span_dup(span_slice(buf_span(text), at, text->len));
    buf_truncate(text, at);
    size_t way = dice_roll(dice, 3), len = strlen(rest);
    if (way == 0)
        buf_adds(text, DICE_PICK(dice, pieces));
    else if (way == 2)
        buf_add(text, rest, count < len ? count : len);
    buf_adds(text, way == 1 && count < len ? rest + count : rest);
}

struct json *template_roll_spoiled(struct dice *dice)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEXT_MAX);
    size_t way = dice_roll(dice, 4);
    if (way == 0)
        template_roll_call_action(dice, &text);
    else if (way == 1)
        template_roll_printf_action(dice, &text);
    else
        roll_actions_template(dice, plain_scene, &text);
    for (size_t count = 1 + dice_roll(dice, 2); count > 0; count--)
        spoil(dice, &text);
    return as_args(&text);
}
