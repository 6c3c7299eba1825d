/* What is shown of a URL reads back as itself, and holds no login; what git
 * gets is no option and has the user that is shown. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/span.h"
#include "base/str.h"
#include "git/name.h"
#include "git/url.h"

static void check_url(const struct git_url *url)
{
    CLEANUP(git_url_finish) struct git_url again = {0};
    FUZZ_ASSERT(url->remote[0] != '-');
    FUZZ_ASSERT(git_url_parse(url->text, true, &again, NULL) == 0);
    FUZZ_ASSERT(strcmp(again.text, url->text) == 0);
    FUZZ_ASSERT(strcmp(again.remote, url->remote) == 0);
    FUZZ_ASSERT(again.scheme == url->scheme);
    FUZZ_ASSERT(!again.username && !again.password);
}

static void check_refspec(const struct git_refspec *refspec)
{
    CLEANUP(git_refspec_finish) struct git_refspec again = {0};
    CLEANUP(mem_freep)
    char *text = str_printf("%s%s:%s", refspec->force ? "+" : "", refspec->source, refspec->target);
    FUZZ_ASSERT(git_refspec_parse(text, &again, NULL) == 0);
    FUZZ_ASSERT(again.force == refspec->force);
    CLEANUP(mem_freep) char *mapped = git_refspec_map(refspec, refspec->source);
    if (!strchr(refspec->source, '*'))
        FUZZ_ASSERT(mapped && strcmp(mapped, refspec->target) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(mem_freep) char *text = span_dup((struct span){(const char *)data, size});
    CLEANUP(git_url_finish) struct git_url url = {0};
    CLEANUP(git_refspec_finish) struct git_refspec refspec = {0};
    if (git_url_parse(text, true, &url, NULL) == 0)
        check_url(&url);
    if (git_refspec_parse(text, &refspec, NULL) == 0)
        check_refspec(&refspec);
    return 0;
}
