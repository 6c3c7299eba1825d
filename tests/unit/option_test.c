/* Options: what is read, what is refused, and in whose words. */
#include "test.h"

#include "base/buf.h"
#include "base/clock.h"
#include "cli/option.h"

static const struct option_def own[] = {
    {.name = "image", .type = OPTION_STRING},
    {.name = "interval", .letter = 'i', .type = OPTION_DURATION, .fallback = "1m0s"},
    {.name = "count", .letter = 'c', .type = OPTION_INT, .fallback = "4"},
    {.name = "export", .type = OPTION_BOOL},
    {.name = "all", .letter = 'A', .type = OPTION_BOOL},
    {.name = "watch", .letter = 'w', .type = OPTION_BOOL},
    {.name = "label", .letter = 'l', .type = OPTION_STRINGS, .fallback = "x,y"},
    {.name = "file", .letter = 'f', .type = OPTION_ARRAY},
    {.name = "picture", .type = OPTION_STRING, .same_as = "image"},
    {.name = NULL},
};

static const struct option_def shared[] = {
    {.name = "namespace", .letter = 'n', .type = OPTION_STRING, .fallback = "flux-system"},
    {.name = NULL},
};

static const struct option_def *const tables[] = {own, shared, NULL};

/* Parses words that are separated by '|'; an empty WORDS is none. */
static int parse(const char *words, struct options **ret, struct strlist *operands, struct err *err)
{
    CLEANUP(strlist_finish) struct strlist argv = STRLIST_INIT;
    for (const char *at = words; *at;) {
        size_t len = strcspn(at, "|");
        strlist_add_span(&argv, (struct span){at, len});
        at += len + (at[len] == '|');
    }
    return options_parse(tables, argv.len, strlist_argv(&argv), ret, operands, err);
}

static char *join(const struct strlist *list)
{
    struct buf text = BUF_INIT(1000);
    for (size_t i = 0; i < list->len; i++)
        buf_addf(&text, "[%s]", list->items[i]);
    return buf_take(&text);
}

/* All values as one text: only those that are not as the defaults have them. */
static char *print(const struct options *options)
{
    struct buf text = BUF_INIT(2000);
    CLEANUP(mem_freep) char *labels = join(options_list(options, "label"));
    CLEANUP(mem_freep) char *files = join(options_list(options, "file"));
    static const char *const flags[] = {"export", "all", "watch"};
    static const char *const texts[] = {"image", "namespace"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (options_given(options, texts[i]))
            buf_addf(&text, "%s=%s ", texts[i], options_text(options, texts[i]));
    }
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        if (options_given(options, flags[i]))
            buf_addf(&text, "%s=%d ", flags[i], options_flag(options, flags[i]));
    }
    if (options_given(options, "interval"))
        buf_addf(&text, "interval=%lldms ",
                 (long long)(options_duration_ns(options, "interval") / CLOCK_NS_PER_MS));
    if (options_given(options, "count"))
        buf_addf(&text, "count=%lld ", (long long)options_int(options, "count"));
    if (options_given(options, "label"))
        buf_addf(&text, "label=%s ", labels);
    if (options_given(options, "file"))
        buf_addf(&text, "file=%s ", files);
    return buf_take(&text);
}

static void reads_flags_anywhere(void **state)
{
    (void)state;
    static const struct {
        const char *words, *values, *operands;
    } rows[] = {
        {"", "", ""},
        {"--image=a", "image=a ", ""},
        {"--image|a", "image=a ", ""},
        {"--image=", "image= ", ""},
        {"--image==", "image== ", ""},
        {"--image=a=b", "image=a=b ", ""},
        {"--image|--export", "image=--export ", ""},
        {"--image|--", "image=-- ", ""},
        {"--picture=a", "image=a ", ""},
        {"--image=a|--picture=b", "image=b ", ""},
        {"--image=a|--image=b", "image=b ", ""},
        {"-n|apps", "namespace=apps ", ""},
        {"-napps", "namespace=apps ", ""},
        {"-n=apps", "namespace=apps ", ""},
        {"-n|-x", "namespace=-x ", ""},
        {"--namespace|apps", "namespace=apps ", ""},
        {"web|--export|api|-n|apps", "namespace=apps export=1 ", "[web][api]"},
        {"--export|false", "export=1 ", "[false]"},
        {"--export=false", "export=0 ", ""},
        {"--export=F", "export=0 ", ""},
        {"--export=T", "export=1 ", ""},
        {"--export=1", "export=1 ", ""},
        {"-A", "all=1 ", ""},
        {"-Aw", "all=1 watch=1 ", ""},
        {"-Awnapps", "namespace=apps all=1 watch=1 ", ""},
        {"-Awn|apps", "namespace=apps all=1 watch=1 ", ""},
        {"-A=false", "all=0 ", ""},
        {"-i90s", "interval=90000ms ", ""},
        {"--interval=1h30m", "interval=5400000ms ", ""},
        {"--interval=-5s", "interval=-5000ms ", ""},
        {"--interval=0", "interval=0ms ", ""},
        {"-c|7", "count=7 ", ""},
        {"-c-7", "count=-7 ", ""},
        {"--count=9223372036854775807", "count=9223372036854775807 ", ""},
        {"--label=a,b", "label=[a][b] ", ""},
        {"--label=a|-l|b,c", "label=[a][b][c] ", ""},
        {"--label=a=b,c=d", "label=[a=b][c=d] ", ""},
        {"--label=", "label= ", ""},
        {"--label=a,", "label=[a][] ", ""},
        {"--label=,", "label=[][] ", ""},
        {"--label=\"a,b\",c", "label=[a,b][c] ", ""},
        {"--label=\"\"", "label=[] ", ""},
        {"--label=\"a\"\"b\"", "label=[a\"b] ", ""},
        {"-f|\"a\"", "file=[\"a\"] ", ""},
        {"-f|a,b|-f|c", "file=[a,b][c] ", ""},
        {"-", "", "[-]"},
        {"--|--image=a|-n", "", "[--image=a][-n]"},
        {"a|--export|--|--|b", "export=1 ", "[a][--][b]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(options_freep) struct options *options = NULL;
        CLEANUP(strlist_finish) struct strlist operands = STRLIST_INIT;
        struct err err;
        check_ok(rows[i].words, parse(rows[i].words, &options, &operands, &err), &err);
        CLEANUP(mem_freep) char *values = print(options);
        CLEANUP(mem_freep) char *others = join(&operands);
        check_text(rows[i].words, values, rows[i].values);
        check_text(rows[i].words, others, rows[i].operands);
    }
}

static void knows_defaults(void **state)
{
    (void)state;
    CLEANUP(options_freep) struct options *options = NULL;
    CLEANUP(strlist_finish) struct strlist operands = STRLIST_INIT;
    struct err err;
    check_ok("none", parse("", &options, &operands, &err), &err);
    CLEANUP(mem_freep) char *labels = join(options_list(options, "label"));
    check_text("text", options_text(options, "image"), "");
    check_text("text with a default", options_text(options, "namespace"), "flux-system");
    check_int("duration", options_duration_ns(options, "interval"), 60 * CLOCK_NS_PER_S);
    check_int("number", options_int(options, "count"), 4);
    check_int("flag", options_flag(options, "export"), 0);
    check_text("list", labels, "[x][y]");
    check_int("empty list", options_list(options, "file")->len, 0);
    check_int("given", options_given(options, "namespace"), 0);
}

static void refuses_in_pflags_words(void **state)
{
    (void)state;
    static const struct {
        const char *words, *error;
    } rows[] = {
        {"--bogus", "unknown flag: --bogus"},
        {"--bogus=1", "unknown flag: --bogus"},
        {"--Image=a", "unknown flag: --Image"},
        {"--imag=a", "unknown flag: --imag"},
        {"-x", "unknown shorthand flag: 'x' in -x"},
        {"-Ax", "unknown shorthand flag: 'x' in -x"},
        {"-xA", "unknown shorthand flag: 'x' in -xA"},
        {"--image", "flag needs an argument: --image"},
        {"--export|--image", "flag needs an argument: --image"},
        {"-n", "flag needs an argument: 'n' in -n"},
        {"-An", "flag needs an argument: 'n' in -n"},
        {"---image", "bad flag syntax: ---image"},
        {"--=a", "bad flag syntax: --=a"},
        {"--interval=5", "invalid argument \"5\" for \"-i, --interval\" flag: time: missing unit "
                         "in duration \"5\""},
        {"-i1d", "invalid argument \"1d\" for \"-i, --interval\" flag: time: unknown unit \"d\" in "
                 "duration "
                 "\"1d\""},
        {"--export=foo",
         "invalid argument \"foo\" for \"--export\" flag: strconv.ParseBool: parsing "
         "\"foo\": invalid syntax"},
        {"--export=", "invalid argument \"\" for \"--export\" flag: strconv.ParseBool: parsing "
                      "\"\": invalid syntax"},
        {"-c|x", "invalid argument \"x\" for \"-c, --count\" flag: strconv.ParseInt: parsing "
                 "\"x\": invalid syntax"},
        {"--count=", "invalid argument \"\" for \"-c, --count\" flag: strconv.ParseInt: parsing "
                     "\"\": invalid syntax"},
        {"--count= 5",
         "invalid argument \" 5\" for \"-c, --count\" flag: strconv.ParseInt: parsing "
         "\" 5\": invalid syntax"},
        {"--count=5 ",
         "invalid argument \"5 \" for \"-c, --count\" flag: strconv.ParseInt: parsing "
         "\"5 \": invalid syntax"},
        {"--label=a\"b", "invalid argument \"a\"b\" for \"-l, --label\" flag: parse error on line "
                         "1, column 2: bare \" in non-quoted-field"},
        {"--label=x,\"a\"b", "invalid argument \"x,\"a\"b\" for \"-l, --label\" flag: parse error "
                             "on line 1, column 5: extraneous or missing \" in quoted-field"},
        {"--label=\"ab", "invalid argument \"\"ab\" for \"-l, --label\" flag: parse error on line "
                         "1, column 4: extraneous or missing \" in quoted-field"},
        {"--label=x,\"", "invalid argument \"x,\"\" for \"-l, --label\" flag: parse error on line "
                         "1, column 4: extraneous or missing \" in quoted-field"},
        {"--label=\"a\"\"", "invalid argument \"\"a\"\"\" for \"-l, --label\" flag: parse error on "
                            "line 1, column 5: extraneous or missing \" in quoted-field"},
        {"--count=9223372036854775808",
         "invalid argument \"9223372036854775808\" for \"-c, --count\" flag: strconv.ParseInt: "
         "parsing \"9223372036854775808\": value out of range"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(options_freep) struct options *options = NULL;
        CLEANUP(strlist_finish) struct strlist operands = STRLIST_INIT;
        struct err err;
        check_fails(rows[i].words, parse(rows[i].words, &options, &operands, &err), &err,
                    ERR_INVALID, rows[i].error);
        assert_null(options);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_flags_anywhere),
        cmocka_unit_test(knows_defaults),
        cmocka_unit_test(refuses_in_pflags_words),
    };
    return test_main("option", tests);
}
