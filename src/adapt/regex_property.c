#include "adapt/regex_property.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"

enum {
    NAME_MAX_BYTES = 64, /* longer than any name */
};

/* Names in folded form, of what RE2 knows by a short name only. */
static const struct {
    const char *folded;
    const char *name;
} aliases[] = {
    {"closepunctuation", "Pe"},
    {"cntrl", "Cc"},
    {"combiningmark", "M"},
    {"connectorpunctuation", "Pc"},
    {"control", "Cc"},
    {"currencysymbol", "Sc"},
    {"dashpunctuation", "Pd"},
    {"decimalnumber", "Nd"},
    {"digit", "Nd"},
    {"enclosingmark", "Me"},
    {"finalpunctuation", "Pf"},
    {"format", "Cf"},
    {"initialpunctuation", "Pi"},
    {"letter", "L"},
    {"letternumber", "Nl"},
    {"lineseparator", "Zl"},
    {"lowercaseletter", "Ll"},
    {"mark", "M"},
    {"mathsymbol", "Sm"},
    {"modifierletter", "Lm"},
    {"modifiersymbol", "Sk"},
    {"nonspacingmark", "Mn"},
    {"number", "N"},
    {"openpunctuation", "Ps"},
    {"otherletter", "Lo"},
    {"othernumber", "No"},
    {"otherpunctuation", "Po"},
    {"othersymbol", "So"},
    {"paragraphseparator", "Zp"},
    {"privateuse", "Co"},
    {"punct", "P"},
    {"punctuation", "P"},
    {"separator", "Z"},
    {"signwriting", "SignWriting"},
    {"spaceseparator", "Zs"},
    {"spacingmark", "Mc"},
    {"surrogate", "Cs"},
    {"symbol", "S"},
    {"titlecaseletter", "Lt"},
    {"uppercaseletter", "Lu"},
};

#define ASSIGNED_BUT_C "\\pL\\pM\\pN\\pP\\pS\\pZ"

/*
 * What RE2 has no name for: items for brackets that make up the class, or all
 * but the class. (RE2's C lacks the code points that are not assigned, Go's
 * has them.) OTHERS are the rest, as near as items can say it, or NULL.
 */
static const struct combination {
    const char *folded;
    const char *items;
    bool all_but;
    const char *others;
} combinations[] = {
    {"ascii", "[:ascii:]", false, "[:^ascii:]"},
    {"assigned", ASSIGNED_BUT_C "\\pC", false, NULL},
    {"c", ASSIGNED_BUT_C, true, "\\pC"},
    {"casedletter", "\\p{Lu}\\p{Ll}\\p{Lt}", false, "\\p{Lm}\\p{Lo}\\pM\\pN\\pP\\pS\\pZ\\pC"},
    {"cn", ASSIGNED_BUT_C "\\pC", true, NULL},
    {"lc", "\\p{Lu}\\p{Ll}\\p{Lt}", false, "\\p{Lm}\\p{Lo}\\pM\\pN\\pP\\pS\\pZ\\pC"},
    {"other", ASSIGNED_BUT_C, true, "\\pC"},
    {"unassigned", ASSIGNED_BUT_C "\\pC", true, NULL},
};

static bool is_ignored(char c)
{
    return c == ' ' || c == '_' || c == '-';
}

/* All names are of ASCII letters. */
static bool can_be_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = (char)(name.data[i] | 0x20);
        if ((c < 'a' || c > 'z') && !is_ignored(name.data[i]))
            return false;
    }
    return name.len < NAME_MAX_BYTES;
}

/* Lower case, without what does not count. */
static void fold(struct span name, char ret[static NAME_MAX_BYTES])
{
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (!is_ignored(name.data[i]))
            ret[len++] = (char)tolower((unsigned char)name.data[i]);
    }
    ret[len] = '\0';
}

static const struct combination *find_combination(const char *folded)
{
    for (size_t i = 0; i < ARRAY_LEN(combinations); i++) {
        if (strcmp(folded, combinations[i].folded) == 0)
            return &combinations[i];
    }
    return NULL;
}

static const char *find_alias(const char *folded)
{
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
        if (strcmp(folded, aliases[i].folded) == 0)
            return aliases[i].name;
    }
    return NULL;
}

/* As RE2 spells scripts and categories: each word with a capital letter. */
static void add_capitalised(struct span name, struct buf *ret)
{
    bool first = true;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (c == '_')
            buf_addc(ret, '_');
        else if (!is_ignored((char)c))
            buf_addc(ret, (char)(first ? toupper(c) : tolower(c)));
        first = c == '_' || (first && is_ignored((char)c));
    }
}

static bool add_combination(const struct combination *it, bool negative, bool in_class,
                            struct buf *ret)
{
    bool complement = negative != it->all_but;
    if (!in_class)
        buf_addf(ret, complement ? "[^%s]" : "[%s]", it->items);
    else if (!complement)
        buf_adds(ret, it->items);
    else if (it->others)
        buf_adds(ret, it->others);
    return !in_class || !complement || it->others;
}

bool regex_property(struct span name, bool negative, bool in_class, struct buf *ret)
{
    char folded[NAME_MAX_BYTES];
    if (!can_be_name(name))
        return false;
    fold(name, folded);
    const struct combination *combination = find_combination(folded);
    if (combination)
        return add_combination(combination, negative, in_class, ret);
    const char *alias = find_alias(folded);
    buf_adds(ret, negative ? "\\P{" : "\\p{");
    if (alias)
        buf_adds(ret, alias);
    else
        add_capitalised(name, ret);
    buf_addc(ret, '}');
    return true;
}
