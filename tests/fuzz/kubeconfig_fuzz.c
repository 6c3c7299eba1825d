/* What is accepted has a server that can be talked to, and says the same when
 * the same file is read twice. */
#include "fuzz.h"

#include "base/httpurl.h"
#include "base/str.h"
#include "kube/config_parts.h"

static void check_headers(const struct kube_config *config)
{
    FUZZ_ASSERT(config->headers.len % 2 == 0);
    for (size_t i = 0; i < config->headers.len; i += 2) {
        for (const char *c = config->headers.items[i]; *c; c++)
            FUZZ_ASSERT((unsigned char)*c > ' ' && (unsigned char)*c < 0x7f && *c != ':');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct kube_options none = {0};
    struct span text = {(const char *)data, size};
    CLEANUP(kubeconfig_finish) struct kubeconfig files;
    CLEANUP(kube_config_freep) struct kube_config *once = NULL, *twice = NULL;
    CLEANUP(httpurl_finish) struct httpurl url = HTTPURL_INIT;
    struct err err;
    kubeconfig_init(&files);
    if (kubeconfig_add(&files, text, "/nonexistent/config", &err) != 0) {
        FUZZ_ASSERT(err.class == ERR_INVALID);
        return 0;
    }
    if (kube_config_resolve(&files, &none, &once, &err) != 0) {
        FUZZ_ASSERT(!once && err.class != ERR_NONE);
        return 0;
    }
    FUZZ_ASSERT(httpurl_parse(kube_config_server(once), &url, NULL) == 0 && !url.query);
    check_headers(once);
    FUZZ_ASSERT(kubeconfig_add(&files, text, "/nonexistent/config", &err) == 0);
    FUZZ_ASSERT(kube_config_resolve(&files, &none, &twice, &err) == 0);
    FUZZ_ASSERT(str_equal(once->server, twice->server));
    FUZZ_ASSERT(str_equal(once->namespace, twice->namespace));
    FUZZ_ASSERT(str_equal(once->token.text, twice->token.text));
    FUZZ_ASSERT(once->headers.len == twice->headers.len);
    return 0;
}
