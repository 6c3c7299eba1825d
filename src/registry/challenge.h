/*
 * The WWW-Authenticate header: what a server wants to know before it answers
 * (RFC 9110, section 11.6.1; RFC 6750, section 3).
 */
#ifndef TIDEMARK_REGISTRY_CHALLENGE_H
#define TIDEMARK_REGISTRY_CHALLENGE_H

#include "base/buf.h"
#include "base/span.h"
#include "base/strmap.h"

enum challenge_scheme {
    CHALLENGE_NONE,
    CHALLENGE_BASIC,
    CHALLENGE_BEARER,
    CHALLENGE_OTHER,
};

enum {
    CHALLENGE_PARAMS_MAX = 32, /* parameters that are read of one challenge */
};

struct challenge {
    enum challenge_scheme scheme;
    struct strmap params; /* names in lower case; the first of equal names */
};

#define CHALLENGE_INIT                                                                             \
    {                                                                                              \
        .params = STRMAP_INIT                                                                      \
    }

void challenge_finish(struct challenge *challenge);

/*
 * Takes the next challenge off the front of a header's value; a header may hold
 * several. Returns false at its end and where it is malformed. RET starts as
 * CHALLENGE_INIT, is replaced, and ends in challenge_finish().
 */
bool challenge_next(struct span *header, struct challenge *ret);

/* Appends the parameters as Go prints a map: "map[realm:x service:y]". */
void challenge_print(const struct challenge *challenge, struct buf *ret);

#endif
