#include "base/semver.h"

#include <inttypes.h>
#include <stdbool.h>

/* A walk over the text of a version, from its front. */
struct cursor {
    const char *at;
    const char *end;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

static bool take_byte(struct cursor *cursor, char byte)
{
    if (cursor->at == cursor->end || *cursor->at != byte)
        return false;
    cursor->at++;
    return true;
}

static struct span since(const struct cursor *cursor, const char *begin)
{
    return (struct span){begin, (size_t)(cursor->at - begin)};
}

static bool take_digits(struct cursor *cursor, struct span *ret)
{
    const char *begin = cursor->at;
    while (cursor->at != cursor->end && is_digit(*cursor->at))
        cursor->at++;
    *ret = since(cursor, begin);
    return ret->len != 0;
}

/* Words joined by dots. */
static bool take_words(struct cursor *cursor, struct span *ret)
{
    const char *begin = cursor->at;
    do {
        const char *word = cursor->at;
        while (cursor->at != cursor->end && is_word(*cursor->at))
            cursor->at++;
        if (cursor->at == word)
            return false;
    } while (take_byte(cursor, '.'));
    *ret = since(cursor, begin);
    return true;
}

/* Cuts the text at its marks; a number that is not written stays empty. */
static bool split(struct span text, struct span numbers[static 3], struct semver *ret)
{
    struct cursor cursor = {text.data, text.data + text.len};
    take_byte(&cursor, 'v');
    size_t count = 0;
    do {
        if (!take_digits(&cursor, &numbers[count++]))
            return false;
    } while (count < 3 && take_byte(&cursor, '.'));
    if (take_byte(&cursor, '-') && !take_words(&cursor, &ret->prerelease))
        return false;
    if (take_byte(&cursor, '+') && !take_words(&cursor, &ret->metadata))
        return false;
    return cursor.at == cursor.end;
}

static bool all_digits(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.data[i]))
            return false;
    }
    return text.len != 0;
}

static bool prerelease_is_valid(struct span prerelease)
{
    for (struct span part; span_next(&prerelease, '.', &part);) {
        if (part.len > 1 && part.data[0] == '0' && all_digits(part))
            return false;
    }
    return true;
}

static bool read_number(struct span digits, uint64_t *ret, struct err *err)
{
    *ret = 0;
    if (digits.len == 0 || span_to_u64(digits, ret))
        return true;
    err_set(err, ERR_INVALID,
            "error parsing version segment: strconv.ParseUint: parsing \"%.*s\": "
            "value out of range",
            (int)digits.len, digits.data);
    return false;
}

int semver_parse(struct span text, struct semver *ret, struct err *err)
{
    struct span numbers[3] = {{0}};
    struct semver version = {.original = text};
    if (text.len > SEMVER_TEXT_MAX)
        return err_set(err, ERR_INVALID, "version string is too long (max %d bytes)",
                       SEMVER_TEXT_MAX);
    if (text.len == 0 || !split(text, numbers, &version))
        return err_set(err, ERR_INVALID, "invalid semantic version");
    if (!read_number(numbers[0], &version.major, err) ||
        !read_number(numbers[1], &version.minor, err) ||
        !read_number(numbers[2], &version.patch, err))
        return -1;
    if (version.prerelease.len != 0 && !prerelease_is_valid(version.prerelease))
        return err_set(err, ERR_INVALID, "version segment starts with 0");
    *ret = version;
    return 0;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_parts(struct span a, struct span b)
{
    uint64_t number_a, number_b;
    bool is_number_a = span_to_u64(a, &number_a), is_number_b = span_to_u64(b, &number_b);
    if (is_number_a != is_number_b)
        return is_number_a ? -1 : 1;
    return is_number_a ? compare_numbers(number_a, number_b) : span_compare(a, b);
}

int semver_compare_prerelease(struct span a, struct span b)
{
    if (a.len == 0 || b.len == 0)
        return (a.len == 0) - (b.len == 0);
    for (struct span part_a, part_b;;) {
        bool more_a = span_next(&a, '.', &part_a), more_b = span_next(&b, '.', &part_b);
        if (!more_a || !more_b)
            return more_a - more_b;
        int order = compare_parts(part_a, part_b);
        if (order != 0)
            return order;
    }
}

int semver_compare(const struct semver *a, const struct semver *b)
{
    int order = compare_numbers(a->major, b->major);
    if (order == 0)
        order = compare_numbers(a->minor, b->minor);
    if (order == 0)
        order = compare_numbers(a->patch, b->patch);
    return order != 0 ? order : semver_compare_prerelease(a->prerelease, b->prerelease);
}

void semver_print(const struct semver *version, struct buf *ret)
{
    buf_addf(ret, "%" PRIu64 ".%" PRIu64 ".%" PRIu64, version->major, version->minor,
             version->patch);
    if (version->prerelease.len != 0) {
        buf_addc(ret, '-');
        buf_add_span(ret, version->prerelease);
    }
    if (version->metadata.len != 0) {
        buf_addc(ret, '+');
        buf_add_span(ret, version->metadata);
    }
}
