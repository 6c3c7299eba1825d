/*
 * The first bytes up to a line end are a registry and repository, the rest a
 * config. What matches came from an entry, and no secret is in an explanation.
 */
#include <string.h>

#include "fuzz.h"

#include "base/mem.h"
#include "base/str.h"
#include "registry/docker_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = {(const char *)data, size}, line;
    if (!span_next(&rest, '\n', &line))
        return 0;
    struct span repository = line, registry = {0};
    span_next(&repository, '/', &registry);
    CLEANUP(mem_freep) char *registry_text = span_dup(registry);
    CLEANUP(mem_freep) char *repository_text = span_dup(repository);
    CLEANUP(mem_freep) char *text = span_dup(rest);
    CLEANUP(strmap_finish) struct strmap secret = STRMAP_INIT;
    CLEANUP(docker_config_finish) struct docker_config config = DOCKER_CONFIG_INIT;
    CLEANUP(credential_finish) struct credential found = CREDENTIAL_INIT;
    CLEANUP(mem_freep) char *why = NULL;
    struct err err;
    strmap_set(&secret, ".dockerconfigjson", text);
    if (docker_config_add_secret(&config, "kubernetes.io/dockerconfigjson", &secret, "n/s", &err) !=
        0) {
        FUZZ_ASSERT(err.class == ERR_INVALID);
        return 0;
    }
    for (size_t i = 1; i < config.len; i++)
        FUZZ_ASSERT(strcmp(config.entries[i - 1].key, config.entries[i].key) >= 0);
    int answer =
        docker_config_find(&config, registry_text, repository_text, NULL, &found, &why, &err);
    FUZZ_ASSERT(answer == 1 ? found.source && !why
                            : answer == 0 && !found.source && !str_empty(why));
    for (size_t i = 0; i < config.len && answer == 1; i++) {
        if (str_equal(found.password, config.entries[i].credential.password) &&
            str_equal(found.username, config.entries[i].credential.username))
            return 0;
    }
    FUZZ_ASSERT(answer == 0);
    return 0;
}
