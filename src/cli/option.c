#include "cli/option.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/duration.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/span.h"
#include "base/str.h"

struct value {
    const struct option_def *def;
    bool given;
    char *text;
    bool flag;
    int64_t number; /* also of a duration, in nanoseconds */
    double real;
    struct strlist list;
};

struct options {
    struct value *values;
    size_t len;
    size_t cap;
};

static struct value *find(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->len; i++) {
        if (!str_equal(options->values[i].def->name, name))
            continue;
        const char *same_as = options->values[i].def->same_as;
        return same_as ? find(options, same_as) : &options->values[i];
    }
    return NULL;
}

static struct value *find_letter(const struct options *options, char letter)
{
    for (size_t i = 0; i < options->len; i++) {
        if (options->values[i].def->letter == letter)
            return &options->values[i];
    }
    return NULL;
}

static int invalid(const struct value *value, const char *text, const char *why, struct err *err)
{
    CLEANUP(mem_freep)
    char *shown = value->def->letter ? str_printf("-%c, --%s", value->def->letter, value->def->name)
                                     : str_printf("--%s", value->def->name);
    return err_set(err, ERR_INVALID, "invalid argument \"%s\" for \"%s\" flag: %s", text, shown,
                   why);
}

static int set_bool(struct value *value, const char *text, struct err *err)
{
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
    static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (str_equal(text, yes[i]) || str_equal(text, no[i])) {
            value->flag = str_equal(text, yes[i]);
            return 0;
        }
    }
    CLEANUP(mem_freep)
    char *why = str_printf("strconv.ParseBool: parsing \"%s\": invalid syntax", text);
    return invalid(value, text, why, err);
}

static int set_int(struct value *value, const char *text, struct err *err)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    /* strtoll() would pass over blanks. */
    if (!*text || isspace((unsigned char)*text) || *end || errno != 0) {
        CLEANUP(mem_freep)
        char *why = str_printf("strconv.ParseInt: parsing \"%s\": %s", text,
                               errno == ERANGE ? "value out of range" : "invalid syntax");
        return invalid(value, text, why, err);
    }
    value->number = number;
    return 0;
}

/* The field behind a quote, up to the quote that ends it, where "" is one. */
static const char *read_quoted(const char *at, struct buf *field)
{
    for (;;) {
        size_t len = strcspn(at, "\"");
        buf_add_span(field, (struct span){at, len});
        at += len;
        if (at[0] != '"' || at[1] != '"')
            return at;
        buf_addc(field, '"');
        at += 2;
    }
}

/* Splits one record as Go's encoding/csv does. Returns what is wrong, and
 * where, counted from 1; or NULL. */
static const char *split_record(const char *text, struct strlist *ret, size_t *ret_column)
{
    for (const char *at = text;; at++) {
        CLEANUP(buf_finish) struct buf field = BUF_INIT(SIZE_MAX / 2);
        bool quoted = *at == '"';
        size_t len = quoted ? 0 : strcspn(at, ",\"");
        if (quoted)
            at = read_quoted(at + 1, &field);
        buf_add_span(&field, (struct span){at, len});
        at += len;
        *ret_column = (size_t)(at - text) + 1;
        if (!quoted && *at == '"')
            return "bare \" in non-quoted-field";
        if (quoted && (*at != '"' || (*++at && *at != ',')))
            return "extraneous or missing \" in quoted-field";
        strlist_add_span(ret, buf_span(&field));
        if (!*at)
            return NULL;
    }
}

static int add_list(struct value *value, const char *text, struct err *err)
{
    size_t column = 0;
    if (!value->given)
        strlist_finish(&value->list); /* the default makes way */
    if (value->def->type == OPTION_ARRAY)
        strlist_add(&value->list, text);
    const char *fault = value->def->type == OPTION_STRINGS && *text
                            ? split_record(text, &value->list, &column)
                            : NULL;
    if (!fault)
        return 0;
    CLEANUP(mem_freep)
    char *why = str_printf("parse error on line 1, column %zu: %s", column, fault);
    return invalid(value, text, why, err);
}

static int set_value(struct value *value, const char *text, struct err *err)
{
    struct err why;
    switch (value->def->type) {
    case OPTION_BOOL:
        return set_bool(value, text, err);
    case OPTION_INT:
        return set_int(value, text, err);
    case OPTION_FLOAT:
        if (number_parse_float(span_of(text), &value->real, &why) != 0)
            return invalid(value, text, why.text, err);
        return 0;
    case OPTION_DURATION:
        if (duration_parse(span_of(text), &value->number, &why) != 0)
            return invalid(value, text, why.text, err);
        return 0;
    case OPTION_STRINGS:
    case OPTION_ARRAY:
        return add_list(value, text, err);
    case OPTION_STRING:
    default:
        str_set(&value->text, text);
        return 0;
    }
}

static int give_value(struct value *value, const char *text, struct err *err)
{
    if (set_value(value, text, err) != 0)
        return -1;
    value->given = true;
    return 0;
}

static void add_defaults(struct options *options, const struct option_def *table)
{
    for (const struct option_def *def = table; def->name; def++) {
        options->values =
            mem_grow(options->values, &options->cap, options->len + 1, sizeof(*options->values));
        struct value *value = &options->values[options->len++];
        *value = (struct value){.def = def, .text = str_dup("")};
        if (def->fallback && set_value(value, def->fallback, NULL) != 0)
            abort(); /* a default in a table that is no value of its type */
    }
}

/* Where the reader stands in the words. */
struct words {
    const char *const *argv;
    size_t count;
    size_t at;
};

static int read_long(struct options *options, struct words *words, struct err *err)
{
    const char *word = words->argv[words->at] + 2;
    const char *equals = strchr(word, '=');
    CLEANUP(mem_freep)
    char *name = equals ? mem_dup(word, (size_t)(equals - word)) : str_dup(word);
    struct value *value = find(options, name);
    if (!*name || *name == '-')
        return err_set(err, ERR_INVALID, "bad flag syntax: --%s", word);
    if (!value)
        return err_set(err, ERR_INVALID, "unknown flag: --%s", name);
    if (equals)
        return give_value(value, equals + 1, err);
    if (value->def->type == OPTION_BOOL)
        return give_value(value, "true", err);
    if (words->at + 1 >= words->count)
        return err_set(err, ERR_INVALID, "flag needs an argument: --%s", name);
    return give_value(value, words->argv[++words->at], err);
}

/* -abc, -n value, -nvalue, -n=value */
static int read_short(struct options *options, struct words *words, struct err *err)
{
    const char *word = words->argv[words->at];
    for (const char *letter = word + 1; *letter; letter++) {
        struct value *value = find_letter(options, *letter);
        if (!value)
            return err_set(err, ERR_INVALID, "unknown shorthand flag: '%c' in -%s", *letter,
                           letter);
        if (letter[1] == '=')
            return give_value(value, letter + 2, err);
        if (value->def->type == OPTION_BOOL) {
            if (give_value(value, "true", err) != 0)
                return -1;
            continue;
        }
        if (letter[1])
            return give_value(value, letter + 1, err);
        if (words->at + 1 >= words->count)
            return err_set(err, ERR_INVALID, "flag needs an argument: '%c' in -%s", *letter,
                           letter);
        return give_value(value, words->argv[++words->at], err);
    }
    return 0;
}

static int read_words(struct options *options, struct words *words, struct strlist *ret_operands,
                      struct err *err)
{
    for (; words->at < words->count; words->at++) {
        const char *word = words->argv[words->at];
        int answer = 0;
        if (str_equal(word, "--")) {
            while (++words->at < words->count)
                strlist_add(ret_operands, words->argv[words->at]);
            return 0;
        }
        if (str_starts_with(word, "--"))
            answer = read_long(options, words, err);
        else if (word[0] == '-' && word[1])
            answer = read_short(options, words, err);
        else
            strlist_add(ret_operands, word);
        if (answer != 0)
            return -1;
    }
    return 0;
}

int options_parse(const struct option_def *const *tables, size_t count, const char *const *argv,
                  struct options **ret, struct strlist *ret_operands, struct err *err)
{
    CLEANUP(options_freep) struct options *options = mem_zalloc(sizeof(*options));
    for (size_t i = 0; tables[i]; i++)
        add_defaults(options, tables[i]);
    struct words words = {.argv = argv, .count = count};
    if (read_words(options, &words, ret_operands, err) != 0)
        return -1;
    *ret = MEM_STEAL(options);
    return 0;
}

void options_free(struct options *options)
{
    if (!options)
        return;
    for (size_t i = 0; i < options->len; i++) {
        free(options->values[i].text);
        strlist_finish(&options->values[i].list);
    }
    free(options->values);
    free(options);
}

static const struct value *must_find(const struct options *options, const char *name)
{
    const struct value *value = find(options, name);
    if (!value)
        abort();
    return value;
}

bool options_given(const struct options *options, const char *name)
{
    return must_find(options, name)->given;
}

const char *options_text(const struct options *options, const char *name)
{
    return must_find(options, name)->text;
}

bool options_has(const struct options *options, const char *name)
{
    return *options_text(options, name) != '\0';
}

bool options_flag(const struct options *options, const char *name)
{
    return must_find(options, name)->flag;
}

int64_t options_duration_ns(const struct options *options, const char *name)
{
    return must_find(options, name)->number;
}

double options_float(const struct options *options, const char *name)
{
    return must_find(options, name)->real;
}

int64_t options_int(const struct options *options, const char *name)
{
    return must_find(options, name)->number;
}

const struct strlist *options_list(const struct options *options, const char *name)
{
    return &must_find(options, name)->list;
}
