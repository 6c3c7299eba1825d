#include "git/access.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static bool is_http(const struct git_url *url)
{
    return url->scheme == GIT_SCHEME_HTTP || url->scheme == GIT_SCHEME_HTTPS;
}

void git_access_add_secret(struct git_access *access, const char *secret)
{
    if (!str_empty(secret))
        strlist_add(&access->secrets, secret);
}

int git_access_write(struct git_access *access, const char *name, const char *text, char **ret_path,
                     struct err *err)
{
    return git_private_write(access->folder, name, span_of(text), 0600, ret_path, err);
}

int git_access_init(struct git_access *access, const struct git_url *url,
                    const struct git_credentials *credentials, const char *base, struct err *err)
{
    *access = (struct git_access){.url = url, .config = str_dup("/dev/null")};
    if (git_auth_check(url, credentials, err) != 0)
        return -1;
    if (is_http(url))
        return git_access_init_http(access, credentials, base, err);
    if (url->scheme == GIT_SCHEME_SSH)
        return git_access_init_ssh(access, credentials, base, err);
    return 0;
}

void git_access_finish(struct git_access *access)
{
    git_private_free(access->folder);
    free(access->config);
    free(access->helper_config);
    free(access->ssh_command);
    free(access->askpass);
    strlist_finish(&access->secrets);
    *access = (struct git_access){0};
}

bool git_access_use_helper(struct git_access *access)
{
    if (!access->helper_config)
        return false;
    free(access->config);
    access->config = MEM_STEAL(access->helper_config);
    return true;
}

static void pass_on(struct strlist *env, const char *name, const char *as)
{
    const char *value = getenv(name);
    if (!str_empty(value))
        strlist_addf(env, "%s=%s", as, value);
}

static void add_proxies(struct strlist *env)
{
    /* curl does not read HTTP_PROXY (a CGI program gets it from strangers),
     * Go programs do. */
    pass_on(env, getenv("http_proxy") ? "http_proxy" : "HTTP_PROXY", "http_proxy");
    pass_on(env, getenv("https_proxy") ? "https_proxy" : "HTTPS_PROXY", "https_proxy");
    pass_on(env, getenv("all_proxy") ? "all_proxy" : "ALL_PROXY", "all_proxy");
    pass_on(env, getenv("no_proxy") ? "no_proxy" : "NO_PROXY", "no_proxy");
}

static void add_ssh(const struct git_access *access, struct strlist *env)
{
    strlist_addf(env, "GIT_SSH_COMMAND=%s", access->ssh_command);
    strlist_add(env, "GIT_SSH_VARIANT=ssh");
    pass_on(env, "SSH_AUTH_SOCK", "SSH_AUTH_SOCK");
    if (access->askpass) {
        strlist_addf(env, "SSH_ASKPASS=%s", access->askpass);
        strlist_add(env, "SSH_ASKPASS_REQUIRE=force");
    }
}

/* The transports that git may use: of http it may be led to https. For local
 * commands none, so that nothing is fetched behind our back. */
static const char *protocols(const struct git_access *access)
{
    if (!access)
        return "";
    return access->url->scheme == GIT_SCHEME_HTTP ? "http:https"
                                                  : git_scheme_name(access->url->scheme);
}

void git_access_add_env(const struct git_access *access, struct strlist *env)
{
    const char *path = getenv("PATH");
    strlist_addf(env, "PATH=%s", str_empty(path) ? "/usr/local/bin:/usr/bin:/bin" : path);
    strlist_add(env,
                "HOME=/dev/null"); /* nothing of the user's is read: no .netrc, no .gitconfig */
    strlist_add(env, "LC_ALL=C");  /* run.c reads what git says */
    strlist_add(env, "GIT_CONFIG_NOSYSTEM=1");
    strlist_addf(env, "GIT_CONFIG_GLOBAL=%s", access ? access->config : "/dev/null");
    strlist_add(env, "GIT_ATTR_NOSYSTEM=1");
    strlist_add(env, "GIT_DEFAULT_REF_FORMAT=files"); /* mirror_fetch.c reads loose refs */
    strlist_add(env, "GIT_NO_REPLACE_OBJECTS=1");
    strlist_add(env, "GIT_LITERAL_PATHSPECS=1");
    strlist_add(env, "GIT_TERMINAL_PROMPT=0");
    strlist_add(env, "GIT_ASKPASS=");
    strlist_addf(env, "GIT_ALLOW_PROTOCOL=%s", protocols(access));
    /* Of one allocation: git gathers whole answers of servers, however long. No
     * more than core.bigFileThreshold, so that what git can do at all it still
     * can. */
    strlist_add(env, "GIT_ALLOC_LIMIT=512m");
    if (!access)
        return;
    /* If tidemark is killed, nobody watches git's deadline any more; a dead
     * connection must not keep it, and the mirror's lock, for ever. */
    strlist_add(env, "GIT_HTTP_LOW_SPEED_LIMIT=1");
    strlist_add(env, "GIT_HTTP_LOW_SPEED_TIME=600");
    if (is_http(access->url) && !access->own_proxy)
        add_proxies(env);
    if (access->ssh_command)
        add_ssh(access, env);
}

/* The length of the user info that URL, which begins behind "://", has with
 * its '@'; 0 if none. */
static size_t user_info_len(const char *url)
{
    size_t authority = strcspn(url, "/ '\"\n\r\t?#");
    for (size_t i = authority; i-- > 0;) {
        if (url[i] == '@')
            return i + 1;
    }
    return 0;
}

static size_t secret_len_at(const struct git_access *access, const char *text)
{
    size_t longest = 0;
    for (size_t i = 0; access && i < access->secrets.len; i++) {
        size_t len = strlen(access->secrets.items[i]);
        if (len > longest && strncmp(text, access->secrets.items[i], len) == 0)
            longest = len;
    }
    return longest;
}

void git_access_scrub(const struct git_access *access, const char *text, struct buf *ret)
{
    bool ssh = access && access->url->scheme == GIT_SCHEME_SSH; /* its user is no secret */
    while (*text) {
        size_t len = secret_len_at(access, text);
        if (len != 0) {
            buf_adds(ret, "***");
            text += len;
        } else if (!ssh && strncmp(text, "://", 3) == 0) {
            buf_adds(ret, "://");
            text += 3 + user_info_len(text + 3);
        } else {
            buf_addc(ret, *text++);
        }
    }
}
