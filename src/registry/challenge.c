#include "registry/challenge.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

void challenge_finish(struct challenge *challenge)
{
    strmap_finish(&challenge->params);
    *challenge = (struct challenge)CHALLENGE_INIT;
}

static bool is_token_byte(char c)
{
    return isalnum((unsigned char)c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static struct span skip_blanks(struct span text)
{
    while (text.len != 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = span_slice(text, 1, text.len);
    return text;
}

/* Blanks and commas between the elements of a list. */
static struct span skip_commas(struct span text)
{
    text = skip_blanks(text);
    while (text.len != 0 && text.data[0] == ',')
        text = skip_blanks(span_slice(text, 1, text.len));
    return text;
}

static struct span take_token(struct span *text)
{
    size_t len = 0;
    while (len < text->len && is_token_byte(text->data[len]))
        len++;
    struct span token = span_slice(*text, 0, len);
    *text = span_slice(*text, len, text->len);
    return token;
}

/* An owned copy of the quoted string that TEXT begins with, or NULL. */
static char *take_quoted(struct span *text)
{
    CLEANUP(buf_finish) struct buf value = BUF_INIT(text->len);
    for (size_t i = 1; i < text->len; i++) {
        if (text->data[i] == '"') {
            *text = span_slice(*text, i + 1, text->len);
            return buf_take(&value);
        }
        if (text->data[i] == '\\' && i + 1 < text->len)
            i++;
        buf_addc(&value, text->data[i]);
    }
    return NULL;
}

/* Takes `name=value` or `name="value"`. False, with *TEXT as it was, if
 * something else stands there, such as the next challenge. */
static bool take_param(struct span *text, struct strmap *params)
{
    struct span rest = *text;
    struct span name = take_token(&rest);
    rest = skip_blanks(rest);
    if (name.len == 0 || rest.len == 0 || rest.data[0] != '=')
        return false;
    rest = skip_blanks(span_slice(rest, 1, rest.len));
    bool quoted = rest.len != 0 && rest.data[0] == '"';
    CLEANUP(mem_freep) char *value = quoted ? take_quoted(&rest) : span_dup(take_token(&rest));
    if (!value || (!quoted && *value == '\0'))
        return false;
    CLEANUP(mem_freep) char *key = span_dup(name);
    for (char *c = key; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (!strmap_get(params, key) && params->len < CHALLENGE_PARAMS_MAX)
        strmap_set(params, key, value);
    *text = rest;
    return true;
}

/* Takes the credentials of schemes like Negotiate: "YII=" up to a comma. */
static void skip_token68(struct span *text)
{
    struct span rest = *text;
    while (rest.len != 0 && (is_token_byte(rest.data[0]) || rest.data[0] == '/'))
        rest = span_slice(rest, 1, rest.len);
    while (rest.len != 0 && rest.data[0] == '=')
        rest = span_slice(rest, 1, rest.len);
    rest = skip_blanks(rest);
    if (rest.len == 0 || rest.data[0] == ',')
        *text = rest;
}

static enum challenge_scheme scheme_of(struct span name)
{
    if (name.len == 5 && strncasecmp(name.data, "basic", name.len) == 0)
        return CHALLENGE_BASIC;
    if (name.len == 6 && strncasecmp(name.data, "bearer", name.len) == 0)
        return CHALLENGE_BEARER;
    return CHALLENGE_OTHER;
}

bool challenge_next(struct span *header, struct challenge *ret)
{
    challenge_finish(ret);
    struct span rest = skip_commas(*header);
    struct span scheme = take_token(&rest);
    if (scheme.len == 0)
        return false;
    ret->scheme = scheme_of(scheme);
    if (rest.len != 0 && rest.data[0] != ',') {
        rest = skip_blanks(rest);
        if (!take_param(&rest, &ret->params))
            skip_token68(&rest);
    }
    for (struct span next = skip_commas(rest); take_param(&next, &ret->params);
         next = skip_commas(rest))
        rest = next;
    bool malformed = skip_blanks(rest).len != 0 && skip_blanks(rest).data[0] != ',';
    *header = malformed ? (struct span){0} : rest;
    return true;
}

void challenge_print(const struct challenge *challenge, struct buf *ret)
{
    const char *separator = "map[";
    strmap_foreach (entry, &challenge->params) {
        buf_addf(ret, "%s%s:%s", separator, entry->key, entry->value);
        separator = " ";
    }
    buf_adds(ret, challenge->params.len == 0 ? "map[]" : "]");
}
