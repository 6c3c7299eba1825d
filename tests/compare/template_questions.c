#include "compare/template_questions.h"

#include <string.h>

#include "base/str.h"

enum {
    TEXT_MAX = 64 * 1024,
    DEPTH = 3, /* of expressions in expressions */
};

/* Functions by what they take: s text, i int, x anything, l list, d dict,
 * w words, r a regular expression, R its replacement, v a version, V a range,
 * t a layout, T a time, m a moment, o a duration, j JSON, B something encoded, D a dict of its own,
 * u a URL, U a dict of its parts, n number of any kind; * as many as one likes of the one before.
 * What is changed in place must be D: a dict put into itself would be the end of the oracle. */
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

static const char *const texts[] = {
    "",
    "a",
    "b",
    "x",
    " ",
    "hello world",
    "Hello, World",
    "  two  blanks ",
    "h\\u00e9llo \\u00c9",
    "HTTPServer2xx",
    "snake_case-and kebab",
    "__a__B9c-",
    "Bld4Floor3rd",
    "v1.2.3-RC.1+m",
    "1.2.3",
    "a,b,,c",
    "a/b//c.tar.gz",
    "../x/./y",
    "0x1f",
    "010",
    "0b11",
    "3.0",
    "3.50",
    "1e3",
    "-7",
    "99999999999999999999",
    "1_000",
    "true",
    "<&>\\\"'",
    "\\u01c5e \\u01c6",
    "\\u65e5\\u672c \\u8a9e",
    "a\\nb\\n",
    "\\ttab\\u00a0",
    "aaaaaa bb c",
    "name",
    "z",
    "y",
    "int",
    "string",
    "slice",
    "[]interface {}",
    "\\xff\\xfe",
    "\\u2028",
    "$5.00$",
    "I\\u0130\\u00df",
};

static const char *const integers[] = {"0",  "1",  "2",  "3",   "4",  "5",    "7", "10", "12",
                                       "-1", "-2", "-5", "100", "17", "0x10", "6", "8",  "9"};

static const char *const numbers[] = {"0",
                                      "1",
                                      "-1",
                                      "2",
                                      "3",
                                      "10",
                                      "1.5",
                                      "-2.5",
                                      "0.1",
                                      "0.2",
                                      "1e6",
                                      "1e21",
                                      "1e-7",
                                      "-0.0",
                                      "3.999",
                                      "123456",
                                      "7.25",
                                      "1e3",
                                      "'a'",
                                      "\"4\"",
                                      "\"x\"",
                                      "true",
                                      "nil",
                                      "\"1.0\"",
                                      ".n",
                                      ".f",
                                      "(int64 5)",
                                      "(float64 \"inf\")",
                                      "(index \"a\" 0)",
                                      "9007199254740993",
                                      "1e300"};

static const char *const anything[] = {"nil",
                                       "true",
                                       "false",
                                       ".",
                                       ".s",
                                       ".n",
                                       ".f",
                                       ".nil",
                                       ".b",
                                       ".l",
                                       ".m",
                                       ".m.y",
                                       ".m.nil",
                                       ".e",
                                       ".strs",
                                       ".obj",
                                       ".nope",
                                       ".nope.x",
                                       "(list)",
                                       "(dict)",
                                       "(list nil 0)",
                                       "1i",
                                       "$",
                                       "(until 3)",
                                       "(split \",\" \"a,b\")",
                                       "(splitList \",\" \"c,a,b\")",
                                       "(chunk 2 .l)",
                                       "(index .l 2)"};

static const char *const lists[] = {".l",
                                    ".strs",
                                    ".obj",
                                    "(list)",
                                    "(list 1 2 3)",
                                    "(list \"a\" nil 1 1.0 \"a\" 1)",
                                    "(until 4)",
                                    "(splitList \"/\" \"a/b/c\")",
                                    "(list (list 1) (list 1) (dict \"a\" 1))",
                                    "(rest (list 1))",
                                    "(index .l 3)",
                                    "(chunk 2 (until 5))",
                                    "(list true false)",
                                    "(sortAlpha .strs)"};

static const char *const own_dicts[] = {"(dict)", "(dict \"a\" 1 \"b\" 2)",
                                        "(dict \"x\" \"\" \"name\" nil \"z\" (list))",
                                        "(dict \"a\" (dict \"z\" 0 \"y\" nil))", "(deepCopy .m)"};

static const char *const moments[] = {
    "(toDate \"2006-01-02\" \"2024-03-04\")", "(toDate \"2006-01-02\" \"x\")",
    "(toDate \"2006-01-02T15:04:05Z07:00\" \"2024-12-31T23:59:59.999+02:00\")",
    "(toDate \"15:04 MST\" \"10:11 CET\")"};

/* Methods of times, durations and versions: a receiver and what follows it. */
static const char *const methods[] = {"Year",      "Month",      "Day",     "Hour",     "Minute",
                                      "Second",    "Nanosecond", "YearDay", "Weekday",  "Unix",
                                      "UnixMilli", "UnixNano",   "UTC",     "Location", "IsZero",
                                      "String",    "GoString",   "Local"};

static const char *const dicts[] = {".m",
                                    ".m.y",
                                    "(dict)",
                                    "(dict \"a\" 1 \"b\" 2)",
                                    "(dict \"a\" (dict \"z\" 0 \"y\" nil))",
                                    "(dict \"x\" \"\" \"name\" nil \"z\" (list))",
                                    "(index .obj 0)",
                                    "(deepCopy .m)",
                                    "(dict \"a\" (dict \"z\" 5 \"q\" (dict \"x\" 1)) \"b\" 0)"};

static const char *const url_pieces[] = {
    "http", "s3",  "h.io", "a",     "b c", ":",    ":80", "/",   "//",      "@", "?", "#",
    "%41",  "%zz", "%e9",  "[::1]", "u:p", "x=1&", "*",   "../", "\\u00e9", "%", "[", "]",
    "<",    "://", "1",    ";",     "%2f", "~!$",  "|",   "+",   "%25",     "-", "_", "."};

static const char *const word_pieces[] = {
    "a", "bc", "A",     "B",   "CD",      "_",       "-",       " ",       "__",
    "1", "23", ".",     "!",   "\\u00e9", "\\u00c9", "\\u4e2d", "\\u01c5", "\\u0663",
    "$", "+",  "\\xff", "\\t", "x",       "Y",       "\\u00aa", "\\u2160"};

static const char *const json_pieces[] = {"{",
                                          "}",
                                          "[",
                                          "]",
                                          ":",
                                          ",",
                                          "\\\"a\\\"",
                                          "\\\"b\\\":",
                                          "1",
                                          "-",
                                          "0",
                                          ".5",
                                          "1e3",
                                          "e400",
                                          "+",
                                          "true",
                                          "false",
                                          "null",
                                          "tr",
                                          "\\\"",
                                          " ",
                                          "\\n",
                                          "\\\\n",
                                          "\\\\u00e9",
                                          "\\\\ud83d\\\\ude00",
                                          "\\\\ud800",
                                          "\\\\x",
                                          "\\u00e9",
                                          "x",
                                          "12",
                                          "{\\\"a\\\":1}",
                                          "[1,2]",
                                          "[]",
                                          "{}"};

static const char *const encoded_pieces[] = {
    "aGVs", "bG8=", "YQ==", "YWI=",     "=",        "==",       "A",        "Zm9v",
    "\\n",  "\\r",  "!",    "NBSWY3DP", "ME======", "MFRA====", "MFRGG===", "MZXW6",
    "a",    "7",    "1",    "MFRGGZA=", "======",   " "};

static const char *const regex_pieces[] = {
    "a",   "b",     "x",   ".",       "*",      "+",     "?",        "(",     ")",
    "|",   "[",     "]",   "^",       "$",      "\\\\d", "\\\\w",    "\\\\b", "[a-c]",
    "(a)", "(b|x)", "{2}", "{1,2}",   "(?i)",   "(?:",   "(?P<n>a)", "-",     "/",
    "l",   "o",     "*?",  "\\u00e9", "\\\\pL", "[^a]"};

static const char *const replacement_pieces[] = {"$",  "$1", "${1}", "${n}", "$n", "$$", "x",
                                                 "$0", "_",  "$2",   "{",    "}",  "-",  "\\u00e9"};

static const char *const version_pieces[] = {"1",     "2",  "0",   ".",  ".",   ".",
                                             "1.2.3", "v",  "-rc", "+m", "-",   "x",
                                             "10",    "01", "-0",  ".1", "1.0", "a"};

static const char *const range_pieces[] = {"1",   "2.0", "1.2.3", ">=",   "<",  "^", "~",
                                           "*",   " ",   ", ",    " || ", "!=", "x", ".x",
                                           " - ", "-0",  "v1",    "=",    ">",  "rc"};

static const char *const layout_pieces[] = {
    "2006", "01",    "02",     "15",  "04",   "05",    "Jan",      "January", "Mon", "Monday",
    "MST",  "-0700", "Z07:00", "-07", ".000", ".999",  "PM",       "pm",      "_2",  "2",
    "1",    "06",    "3",      "4",   "5",    "002",   "__2",      "-",       ":",   "T",
    " ",    "/",     "x",      "03",  ",000", "Z0700", "-07:00:00"};

static const char *const time_pieces[] = {
    "2024", "03",     "04", "10",   "11", "59", "Mar", "March", "mon", "Monday", "CET", "+0100",
    "Z",    "-02:30", ".5", ".123", "PM", "am", " 4",  "7",     "24",  "99",     "60",  "366",
    "-",    ":",      "T",  " ",    "/",  "x",  "12",  "29",    "02",  "GMT+3",  "UTC", "+01"};

static const char *const duration_pieces[] = {"1",  "2",  "h",   "m",     "s", "ms", "us", "-",
                                              ".5", "90", "24h", "1h30m", "x", "ns", "+",  "8761h"};

/* Some of the pieces behind START, as a literal. */
static void roll_pieces(struct dice *dice, const char *start, const char *const *pieces,
                        size_t count, struct buf *out)
{
    buf_addc(out, '"');
    buf_adds(out, start);
    for (size_t left = dice_roll(dice, 8); left > 0; left--)
        buf_adds(out, dice_pick(dice, pieces, count));
    buf_addc(out, '"');
}

static void roll_url(struct dice *dice, struct buf *out)
{
    static const char *const starts[] = {"", "http://h.io/", "x://u@h:1/p?q", "http://"};
    roll_pieces(dice, DICE_PICK(dice, starts), url_pieces, ARRAY_LEN(url_pieces), out);
}

static void roll_url_dict(struct dice *dice, struct buf *out)
{
    static const char *const keys[] = {"scheme", "host", "path",     "query",
                                       "opaque", "nope", "fragment", "userinfo"};
    buf_adds(out, "(dict");
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (!dice_chance(dice, 40))
            continue;
        buf_addf(out, " \"%s\" \"", keys[i]);
        for (size_t count = 1 + dice_roll(dice, 3); count > 0; count--)
            buf_adds(out, DICE_PICK(dice, url_pieces));
        buf_addc(out, '"');
    }
    buf_addc(out, ')');
}

static void roll_expression(struct dice *dice, char kind, size_t depth, struct buf *out);

static void roll_text(struct dice *dice, struct buf *out)
{
    buf_addc(out, '"');
    buf_adds(out, DICE_PICK(dice, texts));
    if (dice_chance(dice, 15))
        dice_word(dice, "abcXYZ019 _-./", 1 + dice_roll(dice, 6), out);
    buf_addc(out, '"');
}

static void roll_call_of(struct dice *dice, const struct shape *shape, size_t depth,
                         struct buf *out)
{
    buf_adds(out, shape->name);
    for (const char *param = shape->params; *param; param++) {
        size_t count = param[1] == '*' ? dice_roll(dice, 4) : 1;
        for (; count > 0; count--) {
            buf_addc(out, ' ');
            roll_expression(dice, *param, depth, out);
        }
        param += param[1] == '*';
    }
    if (dice_chance(dice, 2))
        buf_adds(out, " 1");
}

static void roll_call(struct dice *dice, size_t depth, struct buf *out)
{
    roll_call_of(dice, &functions[dice_roll(dice, ARRAY_LEN(functions))], depth, out);
}

/* Literals made of pieces. False if KIND is none of them. */
static bool roll_special_text(struct dice *dice, char kind, struct buf *out)
{
    static const struct {
        char kind;
        const char *const *pieces;
        size_t count;
    } kinds[] = {
        {'w', word_pieces, ARRAY_LEN(word_pieces)},
        {'j', json_pieces, ARRAY_LEN(json_pieces)},
        {'B', encoded_pieces, ARRAY_LEN(encoded_pieces)},
        {'r', regex_pieces, ARRAY_LEN(regex_pieces)},
        {'R', replacement_pieces, ARRAY_LEN(replacement_pieces)},
        {'v', version_pieces, ARRAY_LEN(version_pieces)},
        {'V', range_pieces, ARRAY_LEN(range_pieces)},
        {'t', layout_pieces, ARRAY_LEN(layout_pieces)},
        {'T', time_pieces, ARRAY_LEN(time_pieces)},
        {'o', duration_pieces, ARRAY_LEN(duration_pieces)},
    };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].kind == kind) {
            roll_pieces(dice, "", kinds[i].pieces, kinds[i].count, out);
            return true;
        }
    }
    return false;
}

static void roll_leaf(struct dice *dice, char kind, struct buf *out)
{
    switch (kind) {
    case 's':
        if (dice_chance(dice, 92))
            roll_text(dice, out);
        else
            buf_adds(out, ".s");
        break;
    case 'i':
        buf_adds(out, DICE_PICK(dice, integers));
        break;
    case 'n':
        buf_adds(out, DICE_PICK(dice, numbers));
        break;
    case 'l':
        buf_adds(out, DICE_PICK(dice, lists));
        break;
    case 'd':
        buf_adds(out, DICE_PICK(dice, dicts));
        break;
    case 'u':
        roll_url(dice, out);
        break;
    case 'U':
        roll_url_dict(dice, out);
        break;
    case 'D':
        buf_adds(out, DICE_PICK(dice, own_dicts));
        break;
    case 'm':
        buf_adds(out, DICE_PICK(dice, moments));
        break;
    case 'b':
        buf_adds(out, dice_chance(dice, 50) ? "true" : "false");
        break;
    default:
        if (!roll_special_text(dice, kind, out))
            roll_leaf(dice, "sinldbsssi"[dice_roll(dice, 10)], out);
        break;
    }
}

/* An operand of a kind, or, now and then, of another one. */
static void roll_expression(struct dice *dice, char kind, size_t depth, struct buf *out)
{
    /* No huge number may come where Go would make so many of something. */
    if (kind != 'D' && dice_chance(dice, 4))
        kind = kind == 'i' ? "sldb"[dice_roll(dice, 4)] : 'x';
    if (kind == 'x' && dice_chance(dice, 30)) {
        buf_adds(out, DICE_PICK(dice, anything));
    } else if (depth > 0 && kind != 'D' && dice_chance(dice, kind == 'x' ? 35 : 12)) {
        buf_addc(out, '(');
        roll_call(dice, depth - 1, out);
        while (dice_chance(dice, 10)) {
            buf_adds(out, " | ");
            roll_call(dice, 0, out);
        }
        buf_addc(out, ')');
        if (dice_chance(dice, 3))
            buf_adds(out, ".name");
    } else {
        roll_leaf(dice, kind, out);
    }
}

static struct json *as_args(struct buf *text)
{
    struct json *args = json_new_object();
    json_put_take(args, "template", json_new_span(buf_span(text)));
    return args;
}

/* A moment parsed, printed after another layout, or asked for a part. */
static void roll_moment(struct dice *dice, struct buf *out)
{
    buf_adds(out, "{{$t := ");
    if (dice_chance(dice, 50)) {
        buf_adds(out, DICE_PICK(dice, moments));
    } else {
        /* What a layout prints it reads as well, more or less. */
        CLEANUP(buf_finish) struct buf layout = BUF_INIT(TEXT_MAX);
        roll_pieces(dice, "2006-01-02", layout_pieces, ARRAY_LEN(layout_pieces), &layout);
        buf_adds(out, "toDate ");
        buf_add_span(out, buf_span(&layout));
        buf_adds(out, " (");
        buf_adds(out, DICE_PICK(dice, moments));
        buf_adds(out, ".Format ");
        buf_add_span(out, buf_span(&layout));
        buf_addc(out, ')');
    }
    buf_addf(out, "}}{{$t}} {{$t.%s}} {{$t.Format ", DICE_PICK(dice, methods));
    roll_pieces(dice, "", layout_pieces, ARRAY_LEN(layout_pieces), out);
    buf_adds(out, "}} {{$t.Sub ");
    buf_adds(out, DICE_PICK(dice, moments));
    buf_adds(out, "}}");
}

static void roll_call_template(struct dice *dice, struct buf *out)
{
    static const char *const ends[] = {
        "",          "",       "",          "", " | printf \"%T %v\"", " | printf \"%#v\"",
        " | typeOf", " | len", " | print 1"};
    buf_adds(out, "{{");
    roll_call(dice, 2, out);
    buf_adds(out, DICE_PICK(dice, ends));
    buf_adds(out, "}}");
}

struct json *template_roll_call(struct dice *dice)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEXT_MAX);
    if (dice_chance(dice, 10))
        roll_moment(dice, &text);
    else
        roll_call_template(dice, &text);
    return as_args(&text);
}

static void roll_verb(struct dice *dice, struct buf *out)
{
    static const char *const verbs[] = {"v", "v", "v", "d", "s", "s", "q", "x",      "X",
                                        "t", "b", "o", "O", "c", "U", "e", "E",      "f",
                                        "F", "g", "G", "T", "z", "w", "%", "\\u00e9"};
    buf_addc(out, '%');
    dice_word(dice, "+-# 0", dice_chance(dice, 45) ? 1 + dice_roll(dice, 2) : 0, out);
    if (dice_chance(dice, 8))
        buf_addf(out, "[%zu]", dice_roll(dice, 5));
    if (dice_chance(dice, 35))
        buf_adds(out, dice_chance(dice, 85) ? DICE_PICK(dice, integers) + 0 : "*");
    if (dice_chance(dice, 25)) {
        buf_addc(out, '.');
        if (dice_chance(dice, 90))
            dice_word(dice, "0123456", 1, out);
        else
            buf_addc(out, '*');
    }
    buf_adds(out, DICE_PICK(dice, verbs));
}

static void roll_printf_template(struct dice *dice, struct buf *out)
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
        roll_expression(dice, "xnnsild"[dice_roll(dice, 7)], 1, out);
    }
    buf_adds(out, "}}");
}

struct json *template_roll_printf(struct dice *dice)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEXT_MAX);
    roll_printf_template(dice, &text);
    return as_args(&text);
}

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
        roll_call(dice, 1, out);
    else
        roll_expression(dice, 'x', 1, out);
}

static void roll_some_list(struct dice *dice, struct buf *out)
{
    static const char *const more[] = {".m", "3", "0", "nil", ".nope", ".obj", "$x", ".s", "."};
    if (dice_chance(dice, 60))
        roll_expression(dice, 'l', 1, out);
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
        roll_call_template(dice, &text);
    else if (way == 1)
        roll_printf_template(dice, &text);
    else
        roll_actions_template(dice, plain_scene, &text);
    for (size_t count = 1 + dice_roll(dice, 2); count > 0; count--)
        spoil(dice, &text);
    return as_args(&text);
}
