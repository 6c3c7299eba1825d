/* Sprig's functions on upper and lower case. */
#include "base/mem.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "template/funcs.h"

/* Maps a rune; STATE is the function's own, and starts as 0. */
typedef uint32_t (*map_fn)(uint32_t rune, uint32_t *state);

/* The text with each rune mapped; bad bytes become U+FFFD. */
static int map_runes(struct call *call, map_fn map, uint32_t state)
{
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    if (call_take(call, call->args[0].text.len) != 0)
        return -1;
    for (struct span rest = call->args[0].text; rest.len != 0 && !buf_overflowed(&out);) {
        uint32_t rune;
        size_t len = utf8_decode(rest, &rune);
        utf8_encode(&out, map(rune, &state));
        rest = span_slice(rest, len, rest.len);
    }
    return call_give_buf(call, &out);
}

static uint32_t map_upper(uint32_t rune, uint32_t *state)
{
    (void)state;
    return unicode_to_upper(rune);
}

static uint32_t map_lower(uint32_t rune, uint32_t *state)
{
    (void)state;
    return unicode_to_lower(rune);
}

static bool separates_words(uint32_t rune)
{
    if (rune < 0x80)
        return !unicode_is_letter(rune) && !unicode_is_digit(rune) && rune != '_';
    return unicode_is_space(rune);
}

/* The state is the rune before. */
static uint32_t map_title(uint32_t rune, uint32_t *state)
{
    bool first = separates_words(*state);
    *state = rune;
    return first ? unicode_to_title(rune) : rune;
}

/* The state is whether a word has begun. */
static uint32_t map_untitle(uint32_t rune, uint32_t *state)
{
    bool inside = *state;
    *state = !unicode_is_space(rune);
    return inside || !*state ? rune : unicode_to_lower(rune);
}

static uint32_t map_swapcase(uint32_t rune, uint32_t *state)
{
    bool inside = *state;
    bool cased = unicode_is_upper(rune) || unicode_is_title(rune) || unicode_is_lower(rune);
    *state = cased || !unicode_is_space(rune);
    if (!unicode_is_lower(rune))
        return cased ? unicode_to_lower(rune) : rune;
    return inside ? unicode_to_upper(rune) : unicode_to_title(rune);
}

static int upper(struct call *call)
{
    return map_runes(call, map_upper, 0);
}

static int lower(struct call *call)
{
    return map_runes(call, map_lower, 0);
}

static int title(struct call *call)
{
    return map_runes(call, map_title, ' ');
}

static int untitle(struct call *call)
{
    return map_runes(call, map_untitle, false);
}

static int swapcase(struct call *call)
{
    return map_runes(call, map_swapcase, false);
}

/* These two take each byte for a rune, so a text beyond ASCII is garbled; and
 * an untouched one is not. */
static int nospace(struct call *call)
{
    struct span text = call->args[0].text;
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    size_t kept = 0;
    if (call_take(call, text.len) != 0)
        return -1;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (unicode_is_space(byte))
            continue;
        utf8_encode(&out, byte);
        kept++;
    }
    return kept == text.len ? call_give_text(call, text) : call_give_buf(call, &out);
}

static int initials(struct call *call)
{
    struct span text = call->args[0].text;
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    bool inside = false;
    if (call_take(call, text.len) != 0)
        return -1;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        bool space = unicode_is_space(byte);
        if (!space && !inside)
            utf8_encode(&out, byte);
        inside = !space;
    }
    return call_give_buf(call, &out);
}

const struct func funcs_case[] = {
    {"initials", "s", initials}, {"lower", "s", lower},
    {"nospace", "s", nospace},   {"swapcase", "s", swapcase},
    {"title", "s", title},       {"untitle", "s", untitle},
    {"upper", "s", upper},       {0},
};
