#include "base/ipaddr.h"

#include <stdbool.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/quote.h"

enum {
    V4_FIELDS = 4,
    V4_FIELD_MAX = 255,
    V6_BYTES = 16,
    V6_GROUP_DIGITS = 4,
};

/* AT is what could not be read; empty: not said. */
static int fail(struct span text, const char *why, struct span at, struct err *err)
{
    CLEANUP(buf_finish) struct buf quoted = BUF_INIT(ERR_TEXT_SIZE);
    buf_adds(&quoted, "ParseAddr(");
    quote_go(text, &quoted);
    buf_addf(&quoted, "): %s", why);
    if (at.len != 0) {
        buf_adds(&quoted, " (at ");
        quote_go(at, &quoted);
        buf_addc(&quoted, ')');
    }
    return err_set(err, ERR_INVALID, "%s", buf_text(&quoted));
}

/* FIELDS is the part of TEXT that should be four numbers. */
static int check_v4(struct span text, struct span fields, struct err *err)
{
    static const struct span nowhere = {0};
    int dots = 0, value = 0, digits = 0;
    for (size_t i = 0; i < fields.len; i++) {
        char c = fields.data[i];
        if (c >= '0' && c <= '9') {
            if (digits == 1 && value == 0)
                return fail(text, "IPv4 field has octet with leading zero", nowhere, err);
            value = value * 10 + (c - '0');
            digits++;
            if (value > V4_FIELD_MAX)
                return fail(text, "IPv4 field has value >255", nowhere, err);
        } else if (c == '.') {
            if (digits == 0 || i == fields.len - 1)
                return fail(text, "IPv4 field must have at least one digit",
                            span_slice(fields, i, fields.len), err);
            if (++dots == V4_FIELDS)
                return fail(text, "IPv4 address too long", nowhere, err);
            value = digits = 0;
        } else {
            return fail(text, "unexpected character", span_slice(fields, i, fields.len), err);
        }
    }
    if (dots < V4_FIELDS - 1)
        return fail(text, "IPv4 address too short", nowhere, err);
    return 0;
}

static bool is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* An IPv6 address on its way. */
struct v6 {
    struct span text; /* all of it */
    struct span rest; /* without the zone */
    size_t bytes;     /* read so far */
    bool has_gap;     /* "::" was there */
};

/* An IPv4 address in the place of the last two groups. */
static int take_v4(struct v6 *v6, struct err *err)
{
    if (!v6->has_gap && v6->bytes != V6_BYTES - V4_FIELDS)
        return fail(v6->text,
                    "embedded IPv4 address must replace the final 2 fields of the address",
                    v6->rest, err);
    if (v6->bytes + V4_FIELDS > V6_BYTES)
        return fail(v6->text,
                    "too many hex fields to fit an embedded IPv4 at the end of the address",
                    v6->rest, err);
    if (check_v4(v6->text, v6->rest, err) != 0)
        return -1;
    v6->rest = (struct span){0};
    v6->bytes += V4_FIELDS;
    return 0;
}

/* The colon after a group, or two. */
static int take_colon(struct v6 *v6, struct err *err)
{
    if (v6->rest.data[0] != ':')
        return fail(v6->text, "unexpected character, want colon", v6->rest, err);
    if (v6->rest.len == 1)
        return fail(v6->text, "colon must be followed by more characters", v6->rest, err);
    v6->rest = span_slice(v6->rest, 1, v6->rest.len);
    if (v6->rest.data[0] != ':')
        return 0;
    if (v6->has_gap)
        return fail(v6->text, "multiple :: in address", v6->rest, err);
    v6->has_gap = true;
    v6->rest = span_slice(v6->rest, 1, v6->rest.len);
    return 0;
}

static int take_group(struct v6 *v6, struct err *err)
{
    size_t digits = 0;
    while (digits < v6->rest.len && is_hex_digit(v6->rest.data[digits])) {
        if (++digits > V6_GROUP_DIGITS)
            return fail(v6->text, "each group must have 4 or less digits", v6->rest, err);
    }
    if (digits == 0)
        return fail(v6->text, "each colon-separated field must have at least one digit", v6->rest,
                    err);
    if (digits < v6->rest.len && v6->rest.data[digits] == '.')
        return take_v4(v6, err);
    v6->bytes += 2;
    v6->rest = span_slice(v6->rest, digits, v6->rest.len);
    return v6->rest.len != 0 ? take_colon(v6, err) : 0;
}

static int check_v6(struct span text, struct err *err)
{
    static const struct span nowhere = {0};
    ptrdiff_t zone = span_find_byte(text, '%');
    struct v6 v6 = {.text = text, .rest = span_slice(text, 0, zone < 0 ? text.len : (size_t)zone)};
    if (zone + 1 == (ptrdiff_t)text.len)
        return fail(text, "zone must be a non-empty string", nowhere, err);
    if (span_starts_with(v6.rest, "::")) {
        v6.has_gap = true;
        v6.rest = span_slice(v6.rest, 2, v6.rest.len);
        if (v6.rest.len == 0)
            return 0;
    }
    do {
        if (take_group(&v6, err) != 0)
            return -1;
    } while (v6.rest.len != 0 && v6.bytes < V6_BYTES);
    if (v6.rest.len != 0)
        return fail(text, "trailing garbage after address", v6.rest, err);
    if (v6.bytes < V6_BYTES && !v6.has_gap)
        return fail(text, "address string too short", nowhere, err);
    if (v6.bytes == V6_BYTES && v6.has_gap)
        return fail(text, "the :: must expand to at least one field of zeros", nowhere, err);
    return 0;
}

int ipaddr_check(struct span text, enum ipaddr_family *ret, struct err *err)
{
    static const struct span nowhere = {0};
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '%')
            return fail(text, "missing IPv6 address", nowhere, err);
        if (c == '.' || c == ':') {
            *ret = c == '.' ? IPADDR_V4 : IPADDR_V6;
            return c == '.' ? check_v4(text, text, err) : check_v6(text, err);
        }
    }
    return fail(text, "unable to parse IP", nowhere, err);
}
