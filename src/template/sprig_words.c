/*
 * Sprig's functions that take words apart and put them together otherwise:
 * snakecase, kebabcase, camelcase. They follow the library xstrings 1.5.
 */
#include "base/mem.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "template/funcs.h"

enum {
    STEPS_A_BYTE = 4, /* of text taken apart */
};

enum word_kind {
    WORD_NONE, /* nothing, or bytes that are no UTF-8 */
    WORD_CONNECTOR,
    WORD_PUNCT,
    WORD_UPPER, /* begins with a capital */
    WORD_LETTERS,
    WORD_NUMBER,
    WORD_SIGNS, /* what is nothing of these: symbols, Chinese characters */
};

struct word {
    enum word_kind kind;
    struct span text;
};

static bool is_connector(uint32_t rune)
{
    return rune == '-' || rune == '_' || unicode_is_space(rune);
}

/* A letter, but not a Chinese character: those make no words. */
static bool is_letter(uint32_t rune)
{
    bool chinese = (rune >= 0x4e00 && rune <= 0x9fcc) || (rune >= 0x3400 && rune <= 0x4d85) ||
                   (rune >= 0x20000 && rune <= 0x2b81d);
    return unicode_is_letter(rune) && !chinese;
}

static bool is_small_letter(uint32_t rune)
{
    return is_letter(rune) && !unicode_is_upper(rune);
}

static bool is_sign(uint32_t rune)
{
    return !is_connector(rune) && !is_letter(rune) && !unicode_is_number(rune) &&
           !unicode_is_punct(rune);
}

/* The first rune of TEXT that is valid, and the bytes up to its end. If there
 * is none it is PREVIOUS, as if that were repeated. */
static size_t first_rune(struct span text, uint32_t previous, uint32_t *ret)
{
    size_t len = 0;
    while (len < text.len) {
        len += utf8_decode(span_slice(text, len, text.len), ret);
        if (*ret != UTF8_REPLACEMENT)
            return len;
    }
    *ret = previous;
    return len;
}

/* Extends the word of LEN bytes by runes of a class; *RUNE is the last that
 * was looked at, *RET_STEP the bytes of the last that was taken. */
static size_t extend(struct span text, size_t len, bool (*is_member)(uint32_t), uint32_t *rune,
                     size_t *ret_step)
{
    while (len < text.len) {
        size_t step = first_rune(span_slice(text, len, text.len), *rune, rune);
        if (!is_member(*rune))
            break;
        len += step;
        *ret_step = step;
    }
    return len;
}

/* A capital and the small letters after it; or capitals, without the last one
 * if that begins a word of small letters. */
static size_t upper_word_len(struct span text, size_t first, uint32_t rune)
{
    size_t step = 0, second;
    if (first == text.len)
        return first;
    second = first_rune(span_slice(text, first, text.len), rune, &rune);
    if (unicode_is_upper(rune)) {
        step = second;
        size_t len = extend(text, first + second, unicode_is_upper, &rune, &step);
        return len < text.len && is_letter(rune) ? len - step : len;
    }
    if (!is_letter(rune))
        return first;
    return extend(text, first + second, is_small_letter, &rune, &step);
}

static struct word next_word(struct span *rest)
{
    uint32_t rune;
    size_t step = 0, len = first_rune(*rest, UTF8_REPLACEMENT, &rune);
    enum word_kind kind;
    if (rune == UTF8_REPLACEMENT) {
        kind = WORD_NONE;
    } else if (is_connector(rune)) {
        kind = WORD_CONNECTOR;
        len = extend(*rest, len, is_connector, &rune, &step);
    } else if (unicode_is_punct(rune)) {
        kind = WORD_PUNCT;
        len = extend(*rest, len, unicode_is_punct, &rune, &step);
    } else if (unicode_is_upper(rune)) {
        kind = WORD_UPPER;
        len = upper_word_len(*rest, len, rune);
    } else if (is_letter(rune)) {
        kind = WORD_LETTERS;
        len = extend(*rest, len, is_small_letter, &rune, &step);
    } else if (unicode_is_number(rune)) {
        kind = WORD_NUMBER;
        len = extend(*rest, len, unicode_is_number, &rune, &step);
    } else {
        kind = WORD_SIGNS;
        len = extend(*rest, len, is_sign, &rune, &step);
    }
    struct word word = {kind, span_slice(*rest, 0, len)};
    *rest = span_slice(*rest, len, rest->len);
    return word;
}

/* A walk over words with one of look-ahead. */
struct writer {
    struct span rest;
    struct word word;
    char connector;
    struct buf *out;
};

static void advance(struct writer *w)
{
    w->word = next_word(&w->rest);
}

static void add_word(struct writer *w, struct word word)
{
    if (word.kind != WORD_UPPER && word.kind != WORD_CONNECTOR) {
        buf_add_span(w->out, word.text);
        return;
    }
    while (word.text.len != 0) {
        uint32_t rune;
        size_t len = utf8_decode(word.text, &rune);
        if (is_connector(rune))
            buf_addc(w->out, w->connector);
        else
            utf8_encode(w->out, unicode_is_upper(rune) ? unicode_to_lower(rune) : rune);
        word.text = span_slice(word.text, len, word.text.len);
    }
}

/* Nothing is put beside punctuation and other connectors. */
static void connect(struct writer *w, bool unless_none)
{
    if (w->word.kind != WORD_CONNECTOR && w->word.kind != WORD_PUNCT &&
        (!unless_none || w->word.kind != WORD_NONE))
        buf_addc(w->out, w->connector);
}

/* Small letters and numbers stay with a number before them. */
static void add_glued_words(struct writer *w)
{
    while (w->word.kind == WORD_LETTERS || w->word.kind == WORD_NUMBER) {
        add_word(w, w->word);
        advance(w);
    }
    connect(w, true);
}

/* After a word of letters: a number belongs to it, unless letters follow. */
static void add_number_after_letters(struct writer *w)
{
    struct word number = w->word;
    if (w->rest.len == 0)
        return;
    advance(w);
    if (w->word.kind != WORD_LETTERS) {
        add_word(w, number);
        connect(w, false);
        return;
    }
    buf_addc(w->out, w->connector);
    add_word(w, number);
    add_glued_words(w);
}

static int to_words(struct call *call, char connector)
{
    CLEANUP(buf_finish) struct buf out = BUF_INIT(2 * (size_t)BUDGET_TEXT_MAX);
    struct writer w = {.rest = call->args[0].text, .connector = connector, .out = &out};
    if (call_take(call, STEPS_A_BYTE * w.rest.len) != 0)
        return -1;
    advance(&w);
    while (w.rest.len != 0) {
        struct word last = w.word;
        if (last.kind != WORD_CONNECTOR)
            add_word(&w, last);
        advance(&w);
        if (last.kind == WORD_NUMBER)
            add_glued_words(&w);
        else if (last.kind == WORD_CONNECTOR)
            add_word(&w, last);
        else if (last.kind != WORD_PUNCT && w.word.kind == WORD_NUMBER)
            add_number_after_letters(&w);
        else if (last.kind != WORD_PUNCT)
            connect(&w, false);
    }
    add_word(&w, w.word);
    return call_give_buf(call, &out);
}

static int snakecase(struct call *call)
{
    return to_words(call, '_');
}

static int kebabcase(struct call *call)
{
    return to_words(call, '-');
}

/* The runes after the first word's first: words joined, each with a capital. */
static void add_joined(struct span text, uint32_t rune, bool in_capitals, struct buf *out)
{
    while (text.len != 0) {
        uint32_t before = rune;
        text = span_slice(text, utf8_decode(text, &rune), text.len);
        if (is_connector(before) && !is_connector(rune)) {
            in_capitals = unicode_is_upper(rune);
            rune = unicode_to_upper(rune);
            continue;
        }
        utf8_encode(out, before);
        if (is_connector(before))
            continue;
        in_capitals = in_capitals && unicode_is_upper(rune);
        if (in_capitals)
            rune = unicode_to_lower(rune);
    }
    utf8_encode(out, rune);
}

static int camelcase(struct call *call)
{
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    struct span text = call->args[0].text;
    uint32_t rune = 0;
    bool capital = false;
    if (text.len == 0)
        return call_give_text(call, text);
    if (call_take(call, STEPS_A_BYTE * text.len) != 0)
        return -1;
    while (text.len != 0) {
        text = span_slice(text, utf8_decode(text, &rune), text.len);
        if (!is_connector(rune)) {
            capital = unicode_is_upper(rune);
            rune = unicode_to_upper(rune);
            break;
        }
        utf8_encode(&out, rune);
    }
    add_joined(text, rune, capital, &out);
    return call_give_buf(call, &out);
}

const struct func funcs_words[] = {
    {"camelcase", "s", camelcase},
    {"kebabcase", "s", kebabcase},
    {"snakecase", "s", snakecase},
    {0},
};
