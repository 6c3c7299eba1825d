/*
 * The words of random templates: literals, and expressions without calls.
 */
#ifndef TIDEMARK_TESTS_TEMPLATE_WORDS_H
#define TIDEMARK_TESTS_TEMPLATE_WORDS_H

#include "base/buf.h"
#include "compare/dice.h"

/*
 * Appends an expression of a kind:
 *
 *     s text    i int    n number of any kind    b bool    l list    d dict
 *     D a dict of its own    a anything, nothing too    x one of those above
 *     w words    r regular expression    R its replacement
 *     v version    V range of versions    o duration
 *     t layout of a time    T time    m moment    M method of a moment
 *     j JSON    B something encoded    u URL    U dict of a URL's parts
 */
void template_roll_leaf(struct dice *dice, char kind, struct buf *out);

#endif
