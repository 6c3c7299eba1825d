#include <string.h>

#include "adapt/regex.h"
#include "base/unicode.h"
#include "base/utf8.h"

/* A piece of a template: text, or a group. */
struct piece {
    struct span text;
    size_t group;     /* the number, or the first group of the name */
    const char *name; /* NULL for a number */
    bool is_group;
};

struct regex_template {
    const struct regex *regex;
    struct piece *pieces;
    size_t count;
    size_t cap;
    size_t groups;
};

static struct piece *add_piece(struct regex_template *template)
{
    template->pieces =
        mem_grow(template->pieces, &template->cap, template->count + 1, sizeof(*template->pieces));
    struct piece *piece = &template->pieces[template->count++];
    *piece = (struct piece){0};
    return piece;
}

static void add_text(struct regex_template *template, struct span text)
{
    if (text.len != 0)
        add_piece(template)->text = text;
}

static void add_group(struct regex_template *template, size_t group, const char *name)
{
    struct piece *piece = add_piece(template);
    *piece = (struct piece){.group = group, .name = name, .is_group = true};
    if (group + 1 > template->groups)
        template->groups = group + 1;
}

/* The length of the name at the front of TEXT. */
static size_t word_len(struct span text)
{
    size_t len = 0;
    for (uint32_t rune; len < text.len;) {
        size_t width = utf8_decode(span_slice(text, len, text.len), &rune);
        if (rune != '_' && !unicode_is_letter(rune) && !unicode_is_digit(rune))
            break;
        len += width;
    }
    return len;
}

/* Digits without a leading zero, up to nine. */
static bool is_number(struct span name, uint64_t *ret)
{
    return name.len <= 9 && (name.len == 1 || name.data[0] != '0') && span_to_u64(name, ret);
}

/* The first group of that name; 0 if there is none. */
static size_t find_name(const struct regex *regex, struct span name, size_t after)
{
    for (size_t group = after + 1; group <= regex_group_count(regex); group++) {
        const char *its = regex_group_name(regex, group);
        if (its && span_is(name, its))
            return group;
    }
    return 0;
}

/* A group of that name may still take part when the first does not. */
static void add_name(struct regex_template *template, struct span name)
{
    const struct regex *regex = template->regex;
    size_t first = find_name(regex, name, 0), last = first;
    if (first == 0)
        return;
    add_group(template, first, regex_group_name(regex, first));
    for (size_t next = first; next != 0; next = find_name(regex, name, next))
        last = next;
    if (last + 1 > template->groups)
        template->groups = last + 1;
}

/* Takes what follows a dollar sign off the front of *REST; false, with nothing
 * taken, if it names no group. */
static bool take_group(struct regex_template *template, struct span *rest)
{
    bool brace = rest->len != 0 && rest->data[0] == '{';
    struct span name = span_slice(*rest, brace, rest->len);
    name = span_slice(name, 0, word_len(name));
    size_t taken = name.len + brace;
    if (name.len == 0 || (brace && (taken >= rest->len || rest->data[taken] != '}')))
        return false;
    uint64_t number;
    if (!is_number(name, &number))
        add_name(template, name);
    else if (number <= regex_group_count(template->regex))
        add_group(template, (size_t)number, NULL);
    *rest = span_slice(*rest, taken + brace, rest->len);
    return true;
}

struct regex_template *regex_template_new(const struct regex *regex, struct span text)
{
    struct regex_template *template = mem_zalloc(sizeof(*template));
    template->regex = regex;
    template->groups = 1;
    for (struct span rest = text; rest.len != 0;) {
        ptrdiff_t dollar = span_find_byte(rest, '$');
        size_t plain = dollar < 0 ? rest.len : (size_t)dollar;
        struct span sign = span_slice(rest, plain, plain + 1);
        add_text(template, span_slice(rest, 0, plain));
        rest = span_slice(rest, plain + sign.len, rest.len);
        if (sign.len == 0)
            break;
        if (rest.len != 0 && rest.data[0] == '$')
            rest = span_slice(rest, 1, rest.len);
        else if (take_group(template, &rest))
            continue;
        add_text(template, sign);
    }
    return template;
}

void regex_template_free(struct regex_template *template)
{
    if (!template)
        return;
    free(template->pieces);
    free(template);
}

size_t regex_template_groups(const struct regex_template *template)
{
    return template->groups;
}

/* The group that stands for the piece in this match. */
static struct regex_group group_of(const struct regex_template *template, const struct piece *piece,
                                   const struct regex_group *groups)
{
    size_t group = piece->group;
    while (groups[group].begin < 0 && piece->name) {
        size_t next = find_name(template->regex, span_of(piece->name), group);
        if (next == 0)
            break;
        group = next;
    }
    return groups[group];
}

void regex_template_expand(const struct regex_template *template, struct span text,
                           const struct regex_group *groups, struct buf *ret)
{
    for (size_t i = 0; i < template->count; i++) {
        const struct piece *piece = &template->pieces[i];
        if (piece->is_group)
            buf_add_span(ret, regex_group_span(text, group_of(template, piece, groups)));
        else
            buf_add_span(ret, piece->text);
    }
}
