#include "registry/credential.h"

#include "base/str.h"

void credential_finish(struct credential *credential)
{
    free(credential->username);
    str_wipe(credential->password);
    str_wipe(credential->identity_token);
    str_wipe(credential->registry_token);
    free(credential->source);
    *credential = (struct credential)CREDENTIAL_INIT;
}

bool credential_is_empty(const struct credential *credential)
{
    return str_empty(credential->username) && str_empty(credential->password) &&
           str_empty(credential->identity_token) && str_empty(credential->registry_token);
}
