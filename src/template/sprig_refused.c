/*
 * The functions of Sprig whose answer differs from run to run, or that only
 * make sense with secrets. They parse, with their parameters, and fail when
 * they are called: the same changes must give the same commit message.
 */
#include "template/funcs.h"

static int refuse(struct call *call)
{
    return call_fail(call, "not allowed in a commit message, which must be repeatable");
}

const struct func funcs_refused[] = {
    {"ago", "x", refuse},
    {"bcrypt", "s", refuse},
    {"buildCustomCert", "ss", refuse},
    {"decryptAES", "ss", refuse},
    {"derivePassword", "ussss", refuse},
    {"encryptAES", "ss", refuse},
    {"genCA", "si", refuse},
    {"genCAWithKey", "sis", refuse},
    {"genPrivateKey", "s", refuse},
    {"genSelfSignedCert", "sLLi", refuse},
    {"genSelfSignedCertWithKey", "sLLis", refuse},
    {"genSignedCert", "sLLiC", refuse},
    {"genSignedCertWithKey", "sLLiCs", refuse},
    {"htpasswd", "ss", refuse},
    {"randInt", "ii", refuse},
    {"shuffle", "s", refuse},
    {0},
};
