/* Versions, ranges and numbers, against Masterminds/semver and strconv. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/semver.h"
#include "base/semver_range.h"
#include "compare/compare.h"

enum {
    TEXT_MAX = 4096,
};

static struct span arg(const struct json *args, const char *name)
{
    return json_span(json_member(args, name));
}

static void put_u64(struct json *object, const char *key, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof(text), "%" PRIu64, value);
    json_put_text(object, key, text);
}

static int answer_parse(const struct json *args, struct json **ret, struct err *err)
{
    struct semver version;
    if (semver_parse(arg(args, "version"), &version, err) != 0)
        return -1;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEXT_MAX);
    semver_print(&version, &text);
    *ret = json_new_object();
    put_u64(*ret, "major", version.major);
    put_u64(*ret, "minor", version.minor);
    put_u64(*ret, "patch", version.patch);
    json_put_take(*ret, "prerelease", json_new_span(version.prerelease));
    json_put_take(*ret, "metadata", json_new_span(version.metadata));
    json_put_text(*ret, "text", buf_text(&text));
    return 0;
}

static int answer_compare(const struct json *args, struct json **ret, struct err *err)
{
    struct semver a, b;
    if (semver_parse(arg(args, "a"), &a, err) != 0 || semver_parse(arg(args, "b"), &b, err) != 0)
        return -1;
    int order = semver_compare(&a, &b);
    *ret = json_new_int((order > 0) - (order < 0));
    return 0;
}

static int answer_check(const struct json *args, struct json **ret, struct err *err)
{
    struct semver_range range;
    struct semver version;
    if (semver_range_parse(arg(args, "range"), &range, err) != 0)
        return -1;
    int parsed = semver_parse(arg(args, "version"), &version, err);
    if (parsed == 0)
        *ret = json_new_bool(semver_range_contains(&range, &version));
    semver_range_finish(&range);
    return parsed;
}

static int answer_float(const struct json *args, struct json **ret, struct err *err)
{
    double value;
    uint64_t bits;
    char text[32];
    if (number_parse_float(arg(args, "text"), &value, err) != 0)
        return -1;
    memcpy(&bits, &value, sizeof(bits));
    snprintf(text, sizeof(text), "%016" PRIx64, isnan(value) ? UINT64_C(0x7ff8000000000001) : bits);
    *ret = json_new_text(text);
    return 0;
}

/* Numbers that meet each other often, and some that do not fit. */
static void roll_number(struct dice *dice, struct buf *ret)
{
    static const char *const odd[] = {"00",
                                      "01",
                                      "10",
                                      "011",
                                      "4294967296",
                                      "18446744073709551615",
                                      "18446744073709551616",
                                      "99999999999999999999"};
    if (dice_chance(dice, 92))
        dice_word(dice, "0123", 1, ret);
    else
        buf_adds(ret, DICE_PICK(dice, odd));
}

static void roll_words(struct dice *dice, struct buf *ret)
{
    static const char *const words[] = {"0",
                                        "1",
                                        "2",
                                        "10",
                                        "rc",
                                        "rc1",
                                        "alpha",
                                        "beta",
                                        "A",
                                        "Z",
                                        "a",
                                        "0a",
                                        "01",
                                        "-",
                                        "-1",
                                        "1-",
                                        "x",
                                        "rc2",
                                        "00",
                                        "beta",
                                        "pr-",
                                        "18446744073709551616",
                                        "99999999999999999999"};
    buf_adds(ret, DICE_PICK(dice, words));
    while (dice_chance(dice, 35)) {
        buf_addc(ret, '.');
        buf_adds(ret, DICE_PICK(dice, words));
    }
}

/* Spoils a text now and then, by a byte that is put in, changed or lost. */
static void spoil(struct dice *dice, unsigned percent, const char *bytes, struct buf *text)
{
    if (text->len == 0 || !dice_chance(dice, percent))
        return;
    size_t at = dice_roll(dice, text->len);
    char byte = bytes[dice_roll(dice, strlen(bytes))];
    CLEANUP(mem_freep) char *rest = span_dup(span_slice(buf_span(text), at, text->len));
    buf_truncate(text, at);
    size_t way = dice_roll(dice, 3);
    if (way != 0)
        buf_addc(text, byte);
    buf_adds(text, way == 1 ? rest : rest + 1);
}

static void roll_version(struct dice *dice, unsigned spoiled, struct buf *ret)
{
    if (dice_chance(dice, 15))
        buf_addc(ret, 'v');
    roll_number(dice, ret);
    for (size_t more = dice_chance(dice, 80) ? 2 : dice_roll(dice, 3); more > 0; more--) {
        buf_addc(ret, '.');
        roll_number(dice, ret);
    }
    if (dice_chance(dice, 40)) {
        buf_addc(ret, '-');
        roll_words(dice, ret);
    }
    if (dice_chance(dice, 15)) {
        buf_addc(ret, '+');
        roll_words(dice, ret);
    }
    spoil(dice, spoiled, "0v.-+_x ~\xc3\xa9", ret);
}

static void roll_bound(struct dice *dice, struct buf *ret)
{
    static const char *const wild[] = {"x", "X", "*", "1x", "|", "xx"};
    if (dice_chance(dice, 10))
        buf_addc(ret, 'v');
    for (size_t parts = 1 + dice_roll(dice, 3); parts > 0; parts--) {
        if (dice_chance(dice, 18))
            buf_adds(ret, wild[dice_chance(dice, 96) ? dice_roll(dice, 3) : dice_roll(dice, 6)]);
        else
            roll_number(dice, ret);
        buf_adds(ret, parts > 1 ? "." : "");
    }
    if (dice_chance(dice, 35)) {
        buf_addc(ret, '-');
        roll_words(dice, ret);
    }
    if (dice_chance(dice, 5)) {
        buf_addc(ret, '+');
        roll_words(dice, ret);
    }
}

static void roll_blanks(struct dice *dice, size_t least, struct buf *ret)
{
    dice_word(dice, "    \t\n", dice_chance(dice, 80) ? least : least + dice_roll(dice, 2), ret);
}

static void roll_item(struct dice *dice, struct buf *ret)
{
    static const char *const ops[] = {
        "", "", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^", "^"};
    if (dice_chance(dice, 15)) {
        roll_bound(dice, ret);
        roll_blanks(dice, 1, ret);
        buf_addc(ret, '-');
        roll_blanks(dice, 1, ret);
    } else {
        buf_adds(ret, DICE_PICK(dice, ops));
        roll_blanks(dice, 0, ret);
    }
    roll_bound(dice, ret);
}

static void roll_range(struct dice *dice, struct buf *ret)
{
    static const char *const between[] = {" ", ", ", ",", "  ", " ,", "\t"};
    do {
        buf_adds(ret, ret->len != 0 ? "||" : "");
        roll_blanks(dice, 0, ret);
        roll_item(dice, ret);
        while (dice_chance(dice, 30)) {
            buf_adds(ret, DICE_PICK(dice, between));
            roll_item(dice, ret);
        }
        roll_blanks(dice, 0, ret);
    } while (dice_chance(dice, 25));
    spoil(dice, 8, "0vx*.-+|,<>=~^! \v\"", ret);
}

static void put_buf(struct json *args, const char *name, struct buf *text)
{
    json_put_take(args, name, json_new_span(buf_span(text)));
    buf_clear(text);
}

static struct json *roll_parse(struct dice *dice)
{
    struct json *args = json_new_object();
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEXT_MAX);
    roll_version(dice, 30, &text);
    if (dice_chance(dice, 3)) {
        buf_addc(&text, '-');
        dice_word(dice, "a", 240 + dice_roll(dice, 20), &text);
    }
    put_buf(args, "version", &text);
    return args;
}

static struct json *roll_compare(struct dice *dice)
{
    struct json *args = json_new_object();
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEXT_MAX);
    roll_version(dice, 0, &text);
    json_put_take(args, "a", json_new_span(buf_span(&text)));
    if (dice_chance(dice, 50)) {
        spoil(dice, 80, "0123v-+.arc", &text); /* a near neighbour */
    } else {
        buf_clear(&text);
        roll_version(dice, 0, &text);
    }
    put_buf(args, "b", &text);
    return args;
}

static struct json *roll_check(struct dice *dice)
{
    struct json *args = json_new_object();
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEXT_MAX);
    roll_version(dice, 0, &text);
    put_buf(args, "version", &text);
    roll_range(dice, &text);
    put_buf(args, "range", &text);
    return args;
}

static void roll_digits(struct dice *dice, bool hex, struct buf *ret)
{
    size_t count = dice_chance(dice, 85) ? 1 + dice_roll(dice, 4) : dice_roll(dice, 40);
    for (; count > 0; count--) {
        dice_word(dice, hex ? "0123456789abcdefABCDEF" : "0123456789", 1, ret);
        buf_adds(ret, dice_chance(dice, 6) ? "_" : "");
    }
}

static struct json *roll_float(struct dice *dice)
{
    static const char *const words[] = {"inf", "Infinity", "NaN", "nan", "INF", "infin", "-0", "."};
    static const char *const exponents[] = {"e", "E", "p", "P", "e+", "e-", "p-", "p+"};
    struct json *args = json_new_object();
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEXT_MAX);
    dice_word(dice, "+-", dice_chance(dice, 20), &text);
    if (dice_chance(dice, 8)) {
        buf_adds(&text, DICE_PICK(dice, words));
    } else {
        bool hex = dice_chance(dice, 30);
        buf_adds(&text, hex ? dice_chance(dice, 50) ? "0x" : "0X" : "");
        buf_adds(&text, dice_chance(dice, 5) ? "_" : "");
        roll_digits(dice, hex, &text);
        if (dice_chance(dice, 45)) {
            buf_addc(&text, '.');
            roll_digits(dice, hex, &text);
        }
        if (dice_chance(dice, hex ? 90 : 40)) {
            buf_adds(&text, dice_chance(dice, 85) ? hex ? "p" : "e" : DICE_PICK(dice, exponents));
            dice_word(dice, "+-", dice_chance(dice, 40), &text);
            dice_word(dice, "0123456789", dice_roll(dice, 5), &text);
        }
    }
    spoil(dice, 10, "_0. xpe+-\"\\", &text);
    put_buf(args, "text", &text);
    return args;
}

int main(int argc, char **argv)
{
    static const struct compare_op ops[] = {
        {"semver.parse", answer_parse, NULL, NULL},
        {"semver.compare", answer_compare, NULL, NULL},
        {"semver.check", answer_check, NULL, NULL},
        {"float.parse", answer_float, NULL, NULL},
    };
    static const char *const files[] = {"semver/parse.txt", "semver/compare.txt",
                                        "semver/check.txt", "number/float.txt"};
    static const struct compare_questions questions[] = {
        {"semver.parse", 2000, roll_parse, "golden/semver-parse.txt"},
        {"semver.compare", 2000, roll_compare, "golden/semver-compare.txt"},
        {"semver.check", 6000, roll_check, "golden/semver-check.txt"},
        {"float.parse", 2000, roll_float, "golden/number-float.txt"},
    };
    static const struct compare compare = COMPARE(ops, files, questions);
    return compare_main(argc, argv, &compare);
}
