#include "git/auth.h"

#include <string.h>

#include "base/str.h"

static const char *either(const char *first, const char *second)
{
    return str_empty(first) ? second : first;
}

struct git_login git_auth_login(const struct git_url *url,
                                const struct git_credentials *credentials)
{
    if (url->scheme != GIT_SCHEME_HTTP && url->scheme != GIT_SCHEME_HTTPS)
        return (struct git_login){0};
    if (!str_empty(credentials->bearer_token))
        return (struct git_login){.bearer_token = credentials->bearer_token};
    const char *username = either(credentials->username, url->username);
    const char *password = either(credentials->password, url->password);
    if (str_empty(username) && str_empty(password))
        return (struct git_login){0};
    return (struct git_login){
        .username = username ? username : "",
        .password = password ? password : "",
    };
}

/* A value that goes into a header or a configuration line. */
static int check_line(const char *what, const char *value, size_t max, struct err *err)
{
    if (!value)
        return 0;
    if (strlen(value) > max)
        return err_set(err, ERR_INVALID, "%s is longer than %zu bytes", what, max);
    for (const char *c = value; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return err_set(err, ERR_INVALID,
                           "%s holds a control character, perhaps a final newline", what);
    }
    return 0;
}

static int check_size(const char *what, const char *value, struct err *err)
{
    if (value && strlen(value) > GIT_SECRET_MAX)
        return err_set(err, ERR_INVALID, "%s is longer than %d bytes", what, GIT_SECRET_MAX);
    return 0;
}

static int check_algorithms(const char *what, const char *list, struct err *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_.@,";
    if (!list)
        return 0;
    if (strspn(list, allowed) != strlen(list) || strlen(list) > GIT_ALGORITHMS_MAX)
        return err_set(err, ERR_INVALID, "malformed list of %s", what);
    return 0;
}

static int check_http(const struct git_url *url, const struct git_credentials *credentials,
                      struct err *err)
{
    const char *scheme = git_scheme_name(url->scheme);
    bool has_bearer = !str_empty(credentials->bearer_token);
    struct git_login login = git_auth_login(url, credentials);
    if (has_bearer && (!str_empty(url->username) || !str_empty(url->password)))
        return err_set(err, ERR_INVALID,
                       "basic auth and bearer token cannot be set at the same time");
    if (!has_bearer && str_empty(login.username) && !str_empty(login.password))
        return err_set(err, ERR_INVALID,
                       "invalid '%s' auth option: 'password' requires 'username' to be set",
                       scheme);
    if (str_empty(credentials->client_cert) != str_empty(credentials->client_key))
        return err_set(err, ERR_INVALID,
                       "invalid '%s' auth option: 'tls.crt' and 'tls.key' require each other",
                       scheme);
    if (check_line("'username'", login.username, GIT_SECRET_MAX, err) != 0 ||
        check_line("'password'", login.password, GIT_SECRET_MAX, err) != 0 ||
        check_line("'bearerToken'", login.bearer_token, GIT_SECRET_MAX, err) != 0 ||
        check_size("'ca.crt'", credentials->ca, err) != 0 ||
        check_size("'tls.crt'", credentials->client_cert, err) != 0 ||
        check_size("'tls.key'", credentials->client_key, err) != 0)
        return -1;
    return 0;
}

static int check_ssh(const struct git_credentials *credentials, struct err *err)
{
    if (credentials->from_secret && str_empty(credentials->identity))
        return err_set(err, ERR_INVALID, "invalid 'ssh' auth option: 'identity' is required");
    if (credentials->from_secret && str_empty(credentials->known_hosts))
        return err_set(err, ERR_INVALID, "invalid 'ssh' auth option: 'known_hosts' is required");
    if (check_size("'identity'", credentials->identity, err) != 0 ||
        check_size("'known_hosts'", credentials->known_hosts, err) != 0 ||
        check_line("'password'", credentials->passphrase, GIT_SECRET_MAX, err) != 0)
        return -1;
    return 0;
}

static int check_proxy(const struct git_url *url, const struct git_credentials *credentials,
                       struct err *err)
{
    const char *address = credentials->proxy_address;
    if (str_empty(address) || url->scheme == GIT_SCHEME_FILE)
        return 0;
    if (url->scheme == GIT_SCHEME_SSH)
        return err_set(err, ERR_INVALID, "a proxy works for http and https URLs, not for ssh URLs");
    if (strlen(address) > GIT_PROXY_ADDRESS_MAX)
        return err_set(err, ERR_INVALID, "proxy address is longer than %d bytes",
                       GIT_PROXY_ADDRESS_MAX);
    if (!str_starts_with(address, "http://") && !str_starts_with(address, "https://") &&
        !str_starts_with(address, "socks5://"))
        return err_set(err, ERR_INVALID,
                       "the scheme of the proxy address must be http, https or socks5");
    if (strchr(address, '@'))
        return err_set(err, ERR_INVALID,
                       "the proxy address holds user info; use the keys 'username' and 'password'");
    if (check_line("proxy 'address'", address, GIT_PROXY_ADDRESS_MAX, err) != 0 ||
        check_line("proxy 'username'", credentials->proxy_username, GIT_SECRET_MAX, err) != 0 ||
        check_line("proxy 'password'", credentials->proxy_password, GIT_SECRET_MAX, err) != 0)
        return -1;
    return 0;
}

int git_auth_check(const struct git_url *url, const struct git_credentials *credentials,
                   struct err *err)
{
    int answer = 0;
    if (url->scheme == GIT_SCHEME_HTTP || url->scheme == GIT_SCHEME_HTTPS)
        answer = check_http(url, credentials, err);
    else if (url->scheme == GIT_SCHEME_SSH)
        answer = check_ssh(credentials, err);
    if (answer == 0)
        answer = check_proxy(url, credentials, err);
    if (answer == 0)
        answer = check_algorithms("host key algorithms", credentials->host_key_algorithms, err);
    if (answer == 0)
        answer = check_algorithms("key exchange algorithms", credentials->kex_algorithms, err);
    return answer;
}
