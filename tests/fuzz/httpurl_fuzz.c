/* What a server may send for a URL resolves to one that reads back the same,
 * has a host of safe bytes and never another scheme. */
#include <string.h>

#include "fuzz.h"

#include "base/httpurl.h"
#include "base/mem.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(httpurl_finish) struct httpurl base = HTTPURL_INIT;
    CLEANUP(httpurl_finish) struct httpurl url = HTTPURL_INIT;
    CLEANUP(httpurl_finish) struct httpurl again = HTTPURL_INIT;
    CLEANUP(mem_freep) char *reference = mem_dup(data, size);
    FUZZ_ASSERT(httpurl_parse("https://registry.example:5000/v2/a/b?n=1", &base, NULL) == 0);
    if (httpurl_resolve(&base, reference, &url, NULL) != 0)
        return 0;
    FUZZ_ASSERT(strspn(url.host, "abcdefghijklmnopqrstuvwxyz0123456789-._~[]:") ==
                strlen(url.host));
    FUZZ_ASSERT(url.path[0] == '\0' || url.path[0] == '/');
    CLEANUP(buf_finish) struct buf text = BUF_INIT(8 * HTTPURL_TEXT_MAX);
    httpurl_print(&url, &text);
    if (text.len > HTTPURL_TEXT_MAX)
        return 0;
    FUZZ_ASSERT(httpurl_parse(buf_text(&text), &again, NULL) == 0);
    FUZZ_ASSERT(httpurl_same_origin(&url, &again) && str_equal(url.path, again.path) &&
                str_equal(url.query, again.query));
    httpurl_host_is_internal(url.host);
    return 0;
}
