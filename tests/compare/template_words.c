#include "compare/template_words.h"

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
static void roll_text(struct dice *dice, struct buf *out)
{
    buf_addc(out, '"');
    buf_adds(out, DICE_PICK(dice, texts));
    if (dice_chance(dice, 15))
        dice_word(dice, "abcXYZ019 _-./", 1 + dice_roll(dice, 6), out);
    buf_addc(out, '"');
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

void template_roll_leaf(struct dice *dice, char kind, struct buf *out)
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
    case 'M':
        buf_adds(out, DICE_PICK(dice, methods));
        break;
    case 'a':
        buf_adds(out, DICE_PICK(dice, anything));
        break;
    case 'b':
        buf_adds(out, dice_chance(dice, 50) ? "true" : "false");
        break;
    default:
        if (!roll_special_text(dice, kind, out))
            template_roll_leaf(dice, "sinldbsssi"[dice_roll(dice, 10)], out);
        break;
    }
}
