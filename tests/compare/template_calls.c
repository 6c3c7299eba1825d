#include "compare/template_calls.h"

#include "base/mem.h"
#include "compare/template_words.h"

enum {
    TEXT_MAX = 64 * 1024,
};

/* Functions, and the kinds of words that they take (see template_words.h); a
 * star after one: as many as one likes. What is changed in place must be D: a
 * dict put into itself would be the end of the oracle. */
struct shape {
    const char *name, *params;
};

static const struct shape functions[] = {
    {"trim", "s"},        {"trimAll", "ss"},   {"trimall", "ss"},     {"trimPrefix", "ss"},
    {"trimSuffix", "ss"}, {"upper", "s"},      {"lower", "s"},        {"title", "s"},
    {"untitle", "s"},     {"swapcase", "s"},   {"snakecase", "w"},    {"kebabcase", "w"},
    {"camelcase", "w"},   {"toJson", "x"},     {"toPrettyJson", "x"}, {"toRawJson", "x"},
    {"mustToJson", "x"},  {"fromJson", "j"},   {"mustFromJson", "j"}, {"b64enc", "s"},
    {"b64dec", "B"},      {"b32enc", "s"},     {"b32dec", "B"},       {"sha1sum", "s"},
    {"sha256sum", "s"},   {"sha512sum", "s"},  {"adler32sum", "s"},   {"substr", "iis"},
    {"trunc", "is"},      {"abbrev", "is"},    {"abbrevboth", "iis"}, {"nospace", "s"},
    {"initials", "s"},    {"repeat", "is"},    {"replace", "sss"},    {"contains", "ss"},
    {"hasPrefix", "ss"},  {"hasSuffix", "ss"}, {"quote", "x*"},       {"squote", "x*"},
    {"cat", "x*"},        {"indent", "is"},    {"nindent", "is"},     {"wrap", "is"},
    {"wrapWith", "iss"},  {"plural", "ssi"},   {"split", "ss"},       {"splitn", "sis"},
    {"splitList", "ss"},  {"join", "sx"},      {"sortAlpha", "x"},    {"toString", "x"},
    {"toStrings", "x"},   {"hello", ""},       {"atoi", "s"},         {"int", "x"},
    {"int64", "x"},       {"float64", "x"},    {"toDecimal", "x"},    {"add", "n*"},
    {"add1", "x"},        {"sub", "nn"},       {"mul", "nn*"},        {"div", "nn"},
    {"mod", "nn"},        {"max", "nn*"},      {"min", "nn*"},        {"biggest", "nn*"},
    {"maxf", "nn*"},      {"minf", "nn*"},     {"ceil", "n"},         {"addf", "n*"},
    {"add1f", "n"},       {"subf", "nn*"},     {"mulf", "nn*"},       {"divf", "nn*"},
    {"divf", "nn"},       {"base", "s"},       {"dir", "s"},          {"clean", "s"},
    {"ext", "s"},         {"isAbs", "s"},      {"osClean", "s"},      {"urlParse", "u"},
    {"urlJoin", "U"},     {"floor", "n"},      {"round", "ni"},       {"until", "i"},
    {"untilStep", "iii"}, {"seq", "i*"},       {"list", "x*"},        {"tuple", "x*"},
    {"append", "lx"},     {"push", "lx"},      {"prepend", "lx"},     {"first", "l"},
    {"last", "l"},        {"rest", "l"},       {"initial", "l"},      {"reverse", "l"},
    {"uniq", "l"},        {"without", "lx*"},  {"has", "xl"},         {"compact", "l"},
    {"slice", "li"},      {"slice", "lii"},    {"mustSlice", "lii"},  {"concat", "l*"},
    {"chunk", "il"},      {"dict", "sxsx"},    {"dict", "x*"},        {"get", "ds"},
    {"hasKey", "ds"},     {"set", "Dsx"},      {"unset", "Ds"},       {"pluck", "sd*"},
    {"pick", "ds*"},      {"omit", "ds*"},     {"merge", "Dd*"},      {"mergeOverwrite", "Dd*"},
    {"mustMerge", "Dd"},  {"dig", "sxd"},      {"dig", "ssxd"},       {"deepCopy", "x"},
    {"default", "xx"},    {"empty", "x"},      {"coalesce", "x*"},    {"all", "x*"},
    {"any", "x*"},        {"ternary", "xxb"},  {"typeOf", "x"},       {"typeIs", "sx"},
    {"typeIsLike", "sx"}, {"kindOf", "x"},     {"kindIs", "sx"},      {"deepEqual", "xx"},
    {"fail", "s"},        {"len", "x"},        {"index", "li"},       {"index", "ds"},
    {"index", "si"},      {"eq", "xx"},        {"eq", "xxx"},         {"ne", "xx"},
    {"lt", "nn"},         {"le", "ss"},        {"gt", "nn"},          {"ge", "xx"},
    {"and", "xx*"},       {"or", "xx*"},       {"not", "x"},          {"print", "x*"},
    {"println", "x*"},    {"html", "x*"},      {"js", "x*"},          {"urlquery", "x*"},
};

static void roll_call_of(struct dice *dice, const struct shape *shape, size_t depth,
                         struct buf *out)
{
    buf_adds(out, shape->name);
    for (const char *param = shape->params; *param; param++) {
        size_t count = param[1] == '*' ? dice_roll(dice, 4) : 1;
        for (; count > 0; count--) {
            buf_addc(out, ' ');
            template_roll_expression(dice, *param, depth, out);
        }
        param += param[1] == '*';
    }
    if (dice_chance(dice, 2))
        buf_adds(out, " 1");
}

void template_roll_function(struct dice *dice, size_t depth, struct buf *out)
{
    roll_call_of(dice, &functions[dice_roll(dice, ARRAY_LEN(functions))], depth, out);
}

/* An operand of a kind, or, now and then, of another one. */
void template_roll_expression(struct dice *dice, char kind, size_t depth, struct buf *out)
{
    /* No huge number may come where Go would make so many of something. */
    if (kind != 'D' && dice_chance(dice, 4))
        kind = kind == 'i' ? "sldb"[dice_roll(dice, 4)] : 'x';
    if (kind == 'x' && dice_chance(dice, 30)) {
        template_roll_leaf(dice, 'a', out);
    } else if (depth > 0 && kind != 'D' && dice_chance(dice, kind == 'x' ? 35 : 12)) {
        buf_addc(out, '(');
        template_roll_function(dice, depth - 1, out);
        while (dice_chance(dice, 10)) {
            buf_adds(out, " | ");
            template_roll_function(dice, 0, out);
        }
        buf_addc(out, ')');
        if (dice_chance(dice, 3))
            buf_adds(out, ".name");
    } else {
        template_roll_leaf(dice, kind, out);
    }
}

/* A moment parsed, printed after another layout, and asked for parts. */
void template_roll_moment_actions(struct dice *dice, struct buf *out)
{
    buf_adds(out, "{{$t := ");
    if (dice_chance(dice, 50)) {
        template_roll_leaf(dice, 'm', out);
    } else {
        /* What a layout prints it reads as well, more or less. */
        CLEANUP(buf_finish) struct buf layout = BUF_INIT(TEXT_MAX);
        template_roll_leaf(dice, 't', &layout);
        buf_addf(out, "toDate %s (", buf_text(&layout));
        template_roll_leaf(dice, 'm', out);
        buf_addf(out, ".Format %s)", buf_text(&layout));
    }
    buf_adds(out, "}}{{$t}} {{$t.");
    template_roll_leaf(dice, 'M', out);
    buf_adds(out, "}} {{$t.Format ");
    template_roll_leaf(dice, 't', out);
    buf_adds(out, "}} {{$t.Sub ");
    template_roll_leaf(dice, 'm', out);
    buf_adds(out, "}}");
}

void template_roll_call_action(struct dice *dice, struct buf *out)
{
    static const char *const ends[] = {
        "",          "",       "",          "", " | printf \"%T %v\"", " | printf \"%#v\"",
        " | typeOf", " | len", " | print 1"};
    buf_adds(out, "{{");
    template_roll_function(dice, 2, out);
    buf_adds(out, DICE_PICK(dice, ends));
    buf_adds(out, "}}");
}

static void roll_verb(struct dice *dice, struct buf *out)
{
    static const char *const verbs[] = {"v", "v", "v", "d", "s", "s", "q", "x",      "X",
                                        "t", "b", "o", "O", "c", "U", "e", "E",      "f",
                                        "F", "g", "G", "T", "z", "w", "%", "\\u00e9"};
    static const char *const widths[] = {"0", "1", "2", "5", "7", "10", "-1", "012", "100", "0x1"};
    buf_addc(out, '%');
    dice_word(dice, "+-# 0", dice_chance(dice, 45) ? 1 + dice_roll(dice, 2) : 0, out);
    if (dice_chance(dice, 8))
        buf_addf(out, "[%zu]", dice_roll(dice, 5));
    if (dice_chance(dice, 35))
        buf_adds(out, dice_chance(dice, 85) ? DICE_PICK(dice, widths) : "*");
    if (dice_chance(dice, 25)) {
        buf_addc(out, '.');
        if (dice_chance(dice, 90))
            dice_word(dice, "0123456", 1, out);
        else
            buf_addc(out, '*');
    }
    buf_adds(out, DICE_PICK(dice, verbs));
}

void template_roll_printf_action(struct dice *dice, struct buf *out)
{
    buf_adds(out, "{{printf \"");
    for (size_t count = 1 + dice_roll(dice, 4); count > 0; count--) {
        roll_verb(dice, out);
        buf_addc(out, '|');
    }
    if (dice_chance(dice, 5))
        buf_addc(out, '%');
    buf_addc(out, '"');
    for (size_t count = dice_roll(dice, 6); count > 0; count--) {
        buf_addc(out, ' ');
        template_roll_expression(dice, "xnnsild"[dice_roll(dice, 7)], 1, out);
    }
    buf_adds(out, "}}");
}
