/* What a plugin printed either gives something to log in with, or fails without
 * any of it in the error. */
#include <string.h>

#include "fuzz.h"

#include "kube/exec_plugin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(exec_grant_finish) struct exec_grant grant = {0};
    struct err err;
    if (exec_plugin_parse((struct span){(const char *)data, size},
                          "client.authentication.k8s.io/v1", &grant, &err) != 0) {
        FUZZ_ASSERT(!grant.token && !grant.cert && !grant.key);
        /* But for its version. */
        FUZZ_ASSERT(!strstr(err.text, "SECRET") || strstr(err.text, "plugin returned version"));
        return 0;
    }
    FUZZ_ASSERT(grant.token || grant.cert);
    FUZZ_ASSERT(!grant.cert == !grant.key);
    FUZZ_ASSERT(!grant.token || *grant.token);
    return 0;
}
