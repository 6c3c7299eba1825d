#include "template/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "template/fmt.h"

/* A float as MANTISSA times ten to EXPONENT; the mantissa is below 10^17. */
struct operand {
    bool negative;
    uint64_t mantissa;
    int exponent;
};

static struct operand operand_of(double real)
{
    struct operand operand = {.negative = real < 0};
    CLEANUP(buf_finish) struct buf text = BUF_INIT(64);
    fmt_add_float(fabs(real), 0, 0, &text); /* "1.5e-7", or "0" */
    const char *at = buf_text(&text);
    bool point = false;
    for (; *at && *at != 'e'; at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        operand.mantissa = operand.mantissa * 10 + (uint64_t)(*at - '0');
        operand.exponent -= point;
    }
    if (*at == 'e')
        operand.exponent += (int)strtol(at + 1, NULL, 10);
    return operand;
}

static void trim(struct decimal *number)
{
    while (number->len > 0 && number->digits[number->len - 1] == 0)
        number->len--;
    if (number->len == 0)
        number->negative = false;
}

static void set_mantissa(struct decimal *number, uint64_t mantissa)
{
    for (number->len = 0; mantissa != 0; mantissa /= 10)
        number->digits[number->len++] = (uint8_t)(mantissa % 10);
}

static void set_operand(struct decimal *number, struct operand operand)
{
    number->negative = operand.negative;
    number->overflowed = false;
    number->exponent = operand.exponent;
    set_mantissa(number, operand.mantissa);
    trim(number);
}

void decimal_set(struct decimal *number, double real)
{
    set_operand(number, operand_of(real));
}

/* Puts COUNT zeros behind the digits. */
static void shift_up(struct decimal *number, size_t count)
{
    number->exponent -= (int)count;
    if (number->len == 0)
        return;
    if (count > DECIMAL_DIGITS_MAX - number->len) {
        number->overflowed = true;
        number->len = 0;
        return;
    }
    memmove(number->digits + count, number->digits, number->len);
    memset(number->digits, 0, count);
    number->len += count;
}

/* Takes the last COUNT digits off. Answers whether they are a half or more. */
static bool shift_down(struct decimal *number, size_t count)
{
    size_t len = number->len;
    bool half = count > 0 && count <= len && number->digits[count - 1] >= 5;
    number->exponent += (int)count;
    number->len = count < len ? len - count : 0;
    memmove(number->digits, number->digits + (len - number->len), number->len);
    return half;
}

static int compare(const struct decimal *a, const struct decimal *b)
{
    if (a->len != b->len)
        return a->len > b->len ? 1 : -1;
    for (size_t i = a->len; i > 0; i--) {
        if (a->digits[i - 1] != b->digits[i - 1])
            return a->digits[i - 1] > b->digits[i - 1] ? 1 : -1;
    }
    return 0;
}

static void add_digits(struct decimal *a, const struct decimal *b)
{
    unsigned carry = 0;
    size_t len = a->len > b->len ? a->len : b->len;
    for (size_t i = 0; i < len || carry != 0; i++) {
        if (i == DECIMAL_DIGITS_MAX) {
            a->overflowed = true;
            return;
        }
        unsigned sum = carry + (i < a->len ? a->digits[i] : 0U) + (i < b->len ? b->digits[i] : 0U);
        a->digits[i] = (uint8_t)(sum % 10);
        carry = sum / 10;
        if (i >= a->len)
            a->len = i + 1;
    }
}

/* RET = |a| - |b|, of which a is not the smaller; RET may be either. */
static void subtract_digits(const struct decimal *a, const struct decimal *b, struct decimal *ret)
{
    int borrow = 0;
    size_t len = a->len;
    for (size_t i = 0; i < len; i++) {
        int difference = a->digits[i] - (i < b->len ? b->digits[i] : 0) - borrow;
        borrow = difference < 0;
        ret->digits[i] = (uint8_t)(difference + 10 * borrow);
    }
    ret->len = len;
}

static void add_operand(struct decimal *number, struct operand operand)
{
    struct decimal other;
    set_operand(&other, operand);
    if (number->len == 0 || other.len == 0) {
        if (number->len == 0)
            set_operand(number, operand);
        return;
    }
    if (number->exponent > other.exponent)
        shift_up(number, (size_t)(number->exponent - other.exponent));
    else
        shift_up(&other, (size_t)(other.exponent - number->exponent));
    number->overflowed = number->overflowed || other.overflowed;
    if (number->negative == other.negative) {
        add_digits(number, &other);
    } else if (compare(number, &other) >= 0) {
        subtract_digits(number, &other, number);
    } else {
        subtract_digits(&other, number, number);
        number->negative = other.negative;
    }
    trim(number);
}

void decimal_add(struct decimal *number, double real)
{
    add_operand(number, operand_of(real));
}

void decimal_subtract(struct decimal *number, double real)
{
    add_operand(number, operand_of(-real));
}

void decimal_multiply(struct decimal *number, double real)
{
    struct operand operand = operand_of(real);
    uint64_t carry = 0;
    for (size_t i = 0; i < number->len || carry != 0; i++) {
        if (i == DECIMAL_DIGITS_MAX) {
            number->overflowed = true;
            return;
        }
        uint64_t digit = i < number->len ? number->digits[i] : 0;
        uint64_t product = digit * operand.mantissa + carry;
        number->digits[i] = (uint8_t)(product % 10);
        carry = product / 10;
        if (i >= number->len)
            number->len = i + 1;
    }
    number->exponent += operand.exponent;
    number->negative = number->negative != operand.negative;
    trim(number);
}

/* Divides the digits; returns the rest. */
static uint64_t divide_digits(struct decimal *number, uint64_t by)
{
    uint64_t rest = 0;
    for (size_t i = number->len; i > 0; i--) {
        rest = rest * 10 + number->digits[i - 1];
        number->digits[i - 1] = (uint8_t)(rest / by);
        rest %= by;
    }
    return rest;
}

void decimal_divide(struct decimal *number, double real)
{
    struct operand operand = operand_of(real);
    static const struct decimal one = {.len = 1, .digits = {1}};
    /* Scale so that the digits of the quotient are those that are wanted. */
    int shift = number->exponent - operand.exponent + DECIMAL_QUOTIENT_PLACES;
    bool half = false, negative = number->negative != operand.negative;
    if (shift >= 0)
        shift_up(number, (size_t)shift);
    else
        half = shift_down(number, (size_t)-shift);
    uint64_t rest = divide_digits(number, operand.mantissa);
    trim(number);
    if (rest > operand.mantissa - rest || rest == operand.mantissa - rest ||
        (half && rest + 1 == operand.mantissa - rest))
        add_digits(number, &one);
    number->exponent = -DECIMAL_QUOTIENT_PLACES;
    number->negative = number->len != 0 && negative;
}

double decimal_to_float(const struct decimal *number)
{
    char text[DECIMAL_DIGITS_MAX + 32];
    size_t at = 0;
    if (number->len == 0)
        return 0;
    if (number->negative)
        text[at++] = '-';
    for (size_t i = number->len; i > 0; i--)
        text[at++] = (char)('0' + number->digits[i - 1]);
    snprintf(text + at, sizeof(text) - at, "e%d", number->exponent);
    return strtod(text, NULL);
}
