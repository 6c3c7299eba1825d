#include "template/lexer.h"

#include <string.h>

#include "base/mem.h"
#include "base/quote.h"
#include "base/unicode.h"
#include "base/utf8.h"

enum {
    ERROR_TEXT_MAX = 4096,
    SHOWN_RUNES_MAX = 10, /* of a token in an error */
    DELIM_LEN = 2,
    TRIM_MARKER_LEN = 2, /* a blank and the minus */
    END_OF_TEXT = UINT32_MAX,
};

static const struct {
    const char *word;
    enum token_kind kind;
} keywords[] = {
    {"block", TOKEN_BLOCK},       {"break", TOKEN_BREAK},
    {"continue", TOKEN_CONTINUE}, {"define", TOKEN_DEFINE},
    {"else", TOKEN_ELSE},         {"end", TOKEN_END},
    {"false", TOKEN_BOOL},        {"if", TOKEN_IF},
    {"nil", TOKEN_NIL},           {"range", TOKEN_RANGE},
    {"template", TOKEN_TEMPLATE}, {"true", TOKEN_BOOL},
    {"with", TOKEN_WITH},
};

void lexer_init(struct lexer *lexer, struct span input)
{
    *lexer = (struct lexer){.input = input, .line = 1, .error = BUF_INIT(ERROR_TEXT_MAX)};
}

void lexer_finish(struct lexer *lexer)
{
    buf_finish(&lexer->error);
}

static struct span rest_at(const struct lexer *lexer, size_t pos)
{
    return span_slice(lexer->input, pos, lexer->input.len);
}

static uint32_t peek(const struct lexer *lexer)
{
    uint32_t rune = END_OF_TEXT;
    if (lexer->pos < lexer->input.len)
        utf8_decode(rest_at(lexer, lexer->pos), &rune);
    return rune;
}

static uint32_t take(struct lexer *lexer)
{
    uint32_t rune = END_OF_TEXT;
    if (lexer->pos < lexer->input.len)
        lexer->pos += utf8_decode(rest_at(lexer, lexer->pos), &rune);
    return rune;
}

/* Takes one byte if it is among CHARS. */
static bool accept(struct lexer *lexer, const char *chars)
{
    if (lexer->pos >= lexer->input.len)
        return false;
    char byte = lexer->input.data[lexer->pos];
    if (byte == '\0' || !strchr(chars, byte))
        return false;
    lexer->pos++;
    return true;
}

static void accept_run(struct lexer *lexer, const char *chars)
{
    while (accept(lexer, chars))
        ;
}

static bool is_blank(uint32_t rune)
{
    return rune == ' ' || rune == '\t' || rune == '\r' || rune == '\n';
}

static bool is_word_rune(uint32_t rune)
{
    return rune == '_' || unicode_is_letter(rune) || unicode_is_digit(rune);
}

/* The line of POS, which never moves back. */
static uint32_t line_at(struct lexer *lexer, size_t pos)
{
    for (; lexer->line_start < pos; lexer->line_start++)
        lexer->line += lexer->input.data[lexer->line_start] == '\n';
    return lexer->line;
}

/* The token from the start up to the current position. */
static struct token emit(struct lexer *lexer, enum token_kind kind)
{
    struct token token = {
        .kind = kind,
        .pos = (uint32_t)lexer->start,
        .line = line_at(lexer, lexer->start),
        .text = span_slice(lexer->input, lexer->start, lexer->pos),
    };
    lexer->start = lexer->pos;
    return token;
}

static struct token fail(struct lexer *lexer, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The input ends here. */
static struct token fail(struct lexer *lexer, const char *fmt, ...)
{
    struct token token = emit(lexer, TOKEN_ERROR);
    va_list args;
    va_start(args, fmt);
    buf_addv(&lexer->error, fmt, args);
    va_end(args);
    token.text = buf_span(&lexer->error);
    return token;
}

static struct token fail_quoting(struct lexer *lexer, const char *what)
{
    struct span word = span_slice(lexer->input, lexer->start, lexer->pos);
    struct token token = fail(lexer, "%s: ", what);
    quote_go(word, &lexer->error);
    token.text = buf_span(&lexer->error);
    return token;
}

/* As Go's %#U. */
static struct token fail_at_rune(struct lexer *lexer, const char *what, uint32_t rune)
{
    struct token token = fail(lexer, "%s U+%04X", what, rune);
    if (unicode_is_print(rune)) {
        buf_adds(&lexer->error, " '");
        utf8_encode(&lexer->error, rune);
        buf_addc(&lexer->error, '\'');
    }
    token.text = buf_span(&lexer->error);
    return token;
}

static bool left_trim_at(const struct lexer *lexer, size_t pos)
{
    struct span rest = rest_at(lexer, pos);
    return rest.len >= TRIM_MARKER_LEN && rest.data[0] == '-' &&
           is_blank((unsigned char)rest.data[1]);
}

static bool right_trim_at(const struct lexer *lexer, size_t pos)
{
    struct span rest = rest_at(lexer, pos);
    return rest.len >= TRIM_MARKER_LEN && rest.data[1] == '-' &&
           is_blank((unsigned char)rest.data[0]);
}

/* Is the end of the action here, and does it trim what follows? */
static bool right_delim_at(const struct lexer *lexer, size_t pos, bool *ret_trim)
{
    *ret_trim =
        right_trim_at(lexer, pos) && span_starts_with(rest_at(lexer, pos + TRIM_MARKER_LEN), "}}");
    return *ret_trim || span_starts_with(rest_at(lexer, pos), "}}");
}

static size_t trim_len(bool trim)
{
    return trim ? TRIM_MARKER_LEN : 0;
}

static void skip_blanks(struct lexer *lexer)
{
    while (is_blank(peek(lexer)))
        lexer->pos++;
}

/* Lets the next token begin here. */
static void drop(struct lexer *lexer)
{
    lexer->start = lexer->pos;
}

/* After the end of an action or comment. */
static void leave_action(struct lexer *lexer, bool trim)
{
    lexer->in_action = false;
    if (trim)
        skip_blanks(lexer);
    drop(lexer);
}

/* From the comment sign on; answers false with a fault in *RET. */
static bool skip_comment(struct lexer *lexer, struct token *ret)
{
    drop(lexer);
    struct span body = rest_at(lexer, lexer->pos + 2);
    ptrdiff_t end = span_find(body, SPAN_LITERAL("*/"));
    if (end < 0) {
        *ret = fail(lexer, "unclosed comment");
        return false;
    }
    lexer->pos += 2 + (size_t)end + 2;
    bool trim;
    if (!right_delim_at(lexer, lexer->pos, &trim)) {
        *ret = fail(lexer, "comment ends before closing delimiter");
        return false;
    }
    lexer->pos += trim_len(trim) + DELIM_LEN;
    leave_action(lexer, trim);
    return true;
}

/* At `{{`: the delimiter, or, after a comment, false. */
static bool next_left_delim(struct lexer *lexer, struct token *ret)
{
    size_t after = lexer->pos + DELIM_LEN;
    size_t marker = trim_len(left_trim_at(lexer, after));
    if (span_starts_with(rest_at(lexer, after + marker), "/*")) {
        lexer->pos = after + marker;
        return !skip_comment(lexer, ret);
    }
    lexer->pos = after;
    *ret = emit(lexer, TOKEN_LEFT_DELIM);
    lexer->pos += marker;
    drop(lexer);
    lexer->in_action = true;
    lexer->paren_depth = 0;
    return true;
}

/* Text up to the next action, or the delimiter that begins it. */
static struct token next_outside(struct lexer *lexer)
{
    struct token token;
    for (;;) {
        ptrdiff_t found = span_find(rest_at(lexer, lexer->pos), SPAN_LITERAL("{{"));
        size_t end = found < 0 ? lexer->input.len : lexer->pos + (size_t)found;
        lexer->pos = end;
        if (found >= 0 && left_trim_at(lexer, end + DELIM_LEN)) {
            while (lexer->pos > lexer->start &&
                   is_blank((unsigned char)lexer->input.data[lexer->pos - 1]))
                lexer->pos--;
        }
        bool empty = lexer->pos == lexer->start;
        if (!empty)
            token = emit(lexer, TOKEN_TEXT);
        lexer->pos = end;
        drop(lexer);
        if (!empty)
            return token;
        if (found < 0)
            return emit(lexer, TOKEN_EOF);
        if (next_left_delim(lexer, &token))
            return token;
    }
}

static struct token next_right_delim(struct lexer *lexer, bool trim)
{
    if (lexer->paren_depth > 0)
        return fail(lexer, "unclosed left paren");
    lexer->pos += trim_len(trim);
    drop(lexer);
    lexer->pos += DELIM_LEN;
    struct token token = emit(lexer, TOKEN_RIGHT_DELIM);
    leave_action(lexer, trim);
    return token;
}

/* A run of blanks, without the last if that belongs to ` -}}`. */
static struct token next_space(struct lexer *lexer)
{
    bool trim;
    skip_blanks(lexer);
    if (right_delim_at(lexer, lexer->pos - 1, &trim) && trim)
        lexer->pos--;
    return emit(lexer, TOKEN_SPACE);
}

/* May a word end here? */
static bool at_terminator(const struct lexer *lexer)
{
    uint32_t rune = peek(lexer);
    if (rune == END_OF_TEXT || is_blank(rune) || (rune < 0x80 && strchr(".,|:)(", (int)rune)))
        return rune != 0;
    return span_starts_with(rest_at(lexer, lexer->pos), "}}");
}

static enum token_kind word_kind(struct span word)
{
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
        if (span_is(word, keywords[i].word))
            return keywords[i].kind;
    }
    return TOKEN_IDENTIFIER;
}

/* A word, or one after the dot or dollar that was taken. */
static struct token next_word(struct lexer *lexer, enum token_kind kind)
{
    while (is_word_rune(peek(lexer)))
        take(lexer);
    if (!at_terminator(lexer))
        return fail_at_rune(lexer, "bad character", peek(lexer));
    if (kind == TOKEN_IDENTIFIER)
        kind = word_kind(span_slice(lexer->input, lexer->start, lexer->pos));
    return emit(lexer, kind);
}

/* The dot or dollar alone, or with the name behind it. */
static struct token next_name(struct lexer *lexer, enum token_kind alone, enum token_kind named)
{
    return at_terminator(lexer) ? emit(lexer, alone) : next_word(lexer, named);
}

/* Takes one number, generously; the parser looks at it again. */
static bool scan_number(struct lexer *lexer)
{
    static const char decimal[] = "0123456789_", hexadecimal[] = "0123456789abcdefABCDEF_";
    const char *digits = decimal;
    accept(lexer, "+-");
    if (accept(lexer, "0")) {
        if (accept(lexer, "xX"))
            digits = hexadecimal;
        else if (accept(lexer, "oO"))
            digits = "01234567_";
        else if (accept(lexer, "bB"))
            digits = "01_";
    }
    accept_run(lexer, digits);
    if (accept(lexer, "."))
        accept_run(lexer, digits);
    if ((digits == decimal && accept(lexer, "eE")) ||
        (digits == hexadecimal && accept(lexer, "pP"))) {
        accept(lexer, "+-");
        accept_run(lexer, decimal);
    }
    accept(lexer, "i");
    if (!is_word_rune(peek(lexer)))
        return true;
    take(lexer);
    return false;
}

static struct token next_number(struct lexer *lexer)
{
    if (!scan_number(lexer))
        return fail_quoting(lexer, "bad number syntax");
    uint32_t sign = peek(lexer);
    if (sign != '+' && sign != '-')
        return emit(lexer, TOKEN_NUMBER);
    if (!scan_number(lexer) || lexer->input.data[lexer->pos - 1] != 'i')
        return fail_quoting(lexer, "bad number syntax");
    return emit(lexer, TOKEN_COMPLEX);
}

/* Up to the closing QUOTE on the same line; the opening one was taken. */
static struct token next_quoted(struct lexer *lexer, char quote, enum token_kind kind,
                                const char *fault)
{
    for (;;) {
        uint32_t rune = take(lexer);
        bool escaped = rune == '\\';
        if (escaped)
            rune = take(lexer);
        if (rune == END_OF_TEXT || rune == '\n')
            return fail(lexer, "%s", fault);
        if (rune == (unsigned char)quote && !escaped)
            return emit(lexer, kind);
    }
}

static struct token next_raw_quoted(struct lexer *lexer)
{
    ptrdiff_t end = span_find_byte(rest_at(lexer, lexer->pos), '`');
    if (end < 0)
        return fail(lexer, "unterminated raw quoted string");
    lexer->pos += (size_t)end + 1;
    return emit(lexer, TOKEN_RAW_STRING);
}

static struct token next_sign(struct lexer *lexer, uint32_t rune)
{
    switch (rune) {
    case '=':
        return emit(lexer, TOKEN_ASSIGN);
    case ':':
        if (take(lexer) != '=')
            return fail(lexer, "expected :=");
        return emit(lexer, TOKEN_DECLARE);
    case '|':
        return emit(lexer, TOKEN_PIPE);
    case '(':
        lexer->paren_depth++;
        return emit(lexer, TOKEN_LEFT_PAREN);
    case ')':
        if (lexer->paren_depth == 0)
            return fail(lexer, "unexpected right paren");
        lexer->paren_depth--;
        return emit(lexer, TOKEN_RIGHT_PAREN);
    default:
        if (rune < 0x80 && unicode_is_print(rune))
            return emit(lexer, TOKEN_CHAR);
        return fail_at_rune(lexer, "unrecognized character in action:", rune);
    }
}

static bool starts_number(const struct lexer *lexer)
{
    struct span rest = rest_at(lexer, lexer->pos);
    bool dot = rest.data[0] == '.';
    if (dot && rest.len == 1)
        return true;
    char digit = dot ? rest.data[1] : rest.data[0];
    return (digit >= '0' && digit <= '9') || (!dot && (digit == '+' || digit == '-'));
}

static struct token next_inside(struct lexer *lexer)
{
    bool trim;
    if (right_delim_at(lexer, lexer->pos, &trim))
        return next_right_delim(lexer, trim);
    uint32_t rune = peek(lexer);
    if (rune == END_OF_TEXT)
        return fail(lexer, "unclosed action");
    if (is_blank(rune))
        return next_space(lexer);
    if (starts_number(lexer))
        return next_number(lexer);
    if (is_word_rune(rune))
        return next_word(lexer, TOKEN_IDENTIFIER);
    take(lexer);
    switch (rune) {
    case '.':
        return next_name(lexer, TOKEN_DOT, TOKEN_FIELD);
    case '$':
        return next_name(lexer, TOKEN_VARIABLE, TOKEN_VARIABLE);
    case '"':
        return next_quoted(lexer, '"', TOKEN_STRING, "unterminated quoted string");
    case '\'':
        return next_quoted(lexer, '\'', TOKEN_CHAR_CONSTANT, "unterminated character constant");
    case '`':
        return next_raw_quoted(lexer);
    default:
        return next_sign(lexer, rune);
    }
}

struct token lexer_next(struct lexer *lexer)
{
    if (lexer->error.len != 0)
        return (struct token){.kind = TOKEN_EOF};
    return lexer->in_action ? next_inside(lexer) : next_outside(lexer);
}

void lexer_show(struct token token, struct buf *ret)
{
    if (token.kind == TOKEN_EOF) {
        buf_adds(ret, "EOF");
    } else if (token.kind == TOKEN_ERROR) {
        buf_add_span(ret, token.text);
    } else if (token.kind >= TOKEN_DOT) {
        buf_addf(ret, "<%.*s>", (int)token.text.len, token.text.data);
    } else if (token.text.len > SHOWN_RUNES_MAX) {
        size_t len = 0;
        uint32_t rune;
        for (int i = 0; i < SHOWN_RUNES_MAX && len < token.text.len; i++)
            len += utf8_decode(span_slice(token.text, len, token.text.len), &rune);
        quote_go(span_slice(token.text, 0, len), ret);
        buf_adds(ret, "...");
    } else {
        quote_go(token.text, ret);
    }
}
