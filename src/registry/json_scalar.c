#include "registry/json_scalar.h"

#include <string.h>

enum state {
    STRING,
    STRING_UTF8, /* in a character of several bytes */
    ESCAPE,      /* after '\' */
    HEX_1,       /* after "\u"; the next three follow in order */
    HEX_2,
    HEX_3,
    HEX_4,
    SURROGATE,   /* after the first half of a pair: '\' */
    SURROGATE_U, /* … and 'u' */
    LITERAL,
    NUMBER_MINUS,
    NUMBER_ZERO,
    NUMBER_DIGITS,
    NUMBER_POINT,
    NUMBER_FRACTION,
    NUMBER_E,
    NUMBER_E_SIGN,
    NUMBER_EXPONENT,
};

int json_scalar_unexpected(unsigned char byte, const char *where, struct err *err)
{
    if (byte > 0x20 && byte < 0x7f)
        return err_set(err, ERR_INVALID, "invalid character '%c' %s", byte, where);
    return err_set(err, ERR_INVALID, "invalid character '\\x%02x' %s", byte, where);
}

static bool begin_literal(struct json_scalar *scalar, const char *rest)
{
    scalar->literal = rest;
    scalar->state = LITERAL;
    return true;
}

bool json_scalar_begin(struct json_scalar *scalar, unsigned char byte)
{
    scalar->text_len = 0;
    switch (byte) {
    case '"':
        scalar->state = STRING;
        return true;
    case 't':
        return begin_literal(scalar, "rue");
    case 'f':
        return begin_literal(scalar, "alse");
    case 'n':
        return begin_literal(scalar, "ull");
    case '-':
        scalar->state = NUMBER_MINUS;
        return true;
    case '0':
        scalar->state = NUMBER_ZERO;
        return true;
    case '1' ... '9':
        scalar->state = NUMBER_DIGITS;
        return true;
    default:
        return false;
    }
}

/* Goes on in STATE. */
static int more(struct json_scalar *scalar, enum state state)
{
    scalar->state = (unsigned char)state;
    return JSON_SCALAR_MORE;
}

static void add_byte(struct json_scalar *scalar, unsigned char byte)
{
    if (scalar->text_len < JSON_SCALAR_TEXT_MAX)
        scalar->text[scalar->text_len] = (char)byte;
    if (scalar->text_len <= JSON_SCALAR_TEXT_MAX)
        scalar->text_len++;
}

/* The first byte of a character of several bytes (RFC 3629, section 4). */
static int begin_utf8(struct json_scalar *scalar, unsigned char byte, struct err *err)
{
    if (byte < 0xc2 || byte > 0xf4)
        return json_scalar_unexpected(byte, "in string literal", err);
    scalar->utf8_left = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    scalar->utf8_low = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
    scalar->utf8_high = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
    add_byte(scalar, byte);
    return more(scalar, STRING_UTF8);
}

static int in_utf8(struct json_scalar *scalar, unsigned char byte, struct err *err)
{
    if (byte < scalar->utf8_low || byte > scalar->utf8_high)
        return json_scalar_unexpected(byte, "in string literal", err);
    scalar->utf8_low = 0x80;
    scalar->utf8_high = 0xbf;
    add_byte(scalar, byte);
    return more(scalar, --scalar->utf8_left == 0 ? STRING : STRING_UTF8);
}

static int in_string(struct json_scalar *scalar, unsigned char byte, struct err *err)
{
    if (byte == '"')
        return JSON_SCALAR_ENDED;
    if (byte == '\\')
        return more(scalar, ESCAPE);
    if (byte < 0x20)
        return json_scalar_unexpected(byte, "in string literal", err);
    if (byte >= 0x80)
        return begin_utf8(scalar, byte, err);
    add_byte(scalar, byte);
    return JSON_SCALAR_MORE;
}

static int in_escape(struct json_scalar *scalar, unsigned char byte, struct err *err)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *name = byte != '\0' ? strchr(names, byte) : NULL;
    scalar->code = 0;
    if (byte == 'u')
        return more(scalar, HEX_1);
    if (!name)
        return json_scalar_unexpected(byte, "in string escape code", err);
    add_byte(scalar, (unsigned char)values[name - names]);
    return more(scalar, STRING);
}

/* A whole \uXXXX. */
static int code_ended(struct json_scalar *scalar, struct err *err)
{
    bool high = (scalar->code & 0xfc00) == 0xd800, low = (scalar->code & 0xfc00) == 0xdc00;
    if (scalar->code == 0 || low != (scalar->high_surrogate != 0))
        return err_set(err, ERR_INVALID, "invalid code point in \\u escape");
    scalar->high_surrogate = high ? scalar->code : 0;
    if (high)
        return more(scalar, SURROGATE);
    add_byte(scalar, scalar->code < 0x80 ? (unsigned char)scalar->code : 0xff);
    return more(scalar, STRING);
}

static int in_hex(struct json_scalar *scalar, unsigned char byte, struct err *err)
{
    unsigned letter = byte | 0x20U, digit;
    if (byte >= '0' && byte <= '9')
        digit = byte - '0';
    else if (letter >= 'a' && letter <= 'f')
        digit = letter - 'a' + 10;
    else
        return json_scalar_unexpected(byte, "in \\u hexadecimal character escape", err);
    scalar->code = (uint16_t)(16U * scalar->code + digit);
    if (scalar->state == HEX_4)
        return code_ended(scalar, err);
    return more(scalar, (enum state)(scalar->state + 1U));
}

static int in_surrogate(struct json_scalar *scalar, unsigned char byte, struct err *err)
{
    if (byte != (scalar->state == SURROGATE ? '\\' : 'u'))
        return err_set(err, ERR_INVALID, "invalid code point in \\u escape");
    scalar->code = 0;
    return more(scalar, scalar->state == SURROGATE ? SURROGATE_U : HEX_1);
}

static int in_literal(struct json_scalar *scalar, unsigned char byte, struct err *err)
{
    if (byte != (unsigned char)*scalar->literal)
        return json_scalar_unexpected(byte, "in a literal", err);
    return *++scalar->literal == '\0' ? JSON_SCALAR_ENDED : JSON_SCALAR_MORE;
}

static int in_number(struct json_scalar *scalar, unsigned char byte, struct err *err)
{
    bool digit = byte >= '0' && byte <= '9', e = byte == 'e' || byte == 'E';
    switch ((enum state)scalar->state) {
    case NUMBER_MINUS:
        if (!digit)
            return json_scalar_unexpected(byte, "in numeric literal", err);
        return more(scalar, byte == '0' ? NUMBER_ZERO : NUMBER_DIGITS);
    case NUMBER_ZERO:
    case NUMBER_DIGITS:
        if (digit && scalar->state == NUMBER_DIGITS)
            return JSON_SCALAR_MORE;
        if (byte == '.')
            return more(scalar, NUMBER_POINT);
        return e ? more(scalar, NUMBER_E) : JSON_SCALAR_ENDED_BEFORE;
    case NUMBER_POINT:
        if (!digit)
            return json_scalar_unexpected(byte, "after decimal point in numeric literal", err);
        return more(scalar, NUMBER_FRACTION);
    case NUMBER_FRACTION:
        if (digit)
            return JSON_SCALAR_MORE;
        return e ? more(scalar, NUMBER_E) : JSON_SCALAR_ENDED_BEFORE;
    case NUMBER_E:
        if (byte == '+' || byte == '-')
            return more(scalar, NUMBER_E_SIGN);
        /* fall through */
    case NUMBER_E_SIGN:
        if (!digit)
            return json_scalar_unexpected(byte, "in exponent of numeric literal", err);
        return more(scalar, NUMBER_EXPONENT);
    default:
        return digit ? JSON_SCALAR_MORE : JSON_SCALAR_ENDED_BEFORE;
    }
}

int json_scalar_feed(struct json_scalar *scalar, unsigned char byte, struct err *err)
{
    switch ((enum state)scalar->state) {
    case STRING:
        return in_string(scalar, byte, err);
    case STRING_UTF8:
        return in_utf8(scalar, byte, err);
    case ESCAPE:
        return in_escape(scalar, byte, err);
    case HEX_1:
    case HEX_2:
    case HEX_3:
    case HEX_4:
        return in_hex(scalar, byte, err);
    case SURROGATE:
    case SURROGATE_U:
        return in_surrogate(scalar, byte, err);
    case LITERAL:
        return in_literal(scalar, byte, err);
    default:
        return in_number(scalar, byte, err);
    }
}
