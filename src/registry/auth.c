#include "registry/auth.h"

#include <string.h>

#include "adapt/crypto.h"
#include "adapt/json.h"
#include "base/str.h"
#include "registry/status_error.h"

/* What a bearer token is made of (RFC 6750, section 2.1). */
#define TOKEN_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/="

#define CLIENT_ID "tidemark" /* how token servers know the program that asks */

void auth_finish(struct auth *auth)
{
    challenge_finish(&auth->challenge);
    credential_finish(&auth->credential);
    free(auth->why_not);
    strlist_finish(&auth->scopes);
    str_wipe(auth->header);
    *auth = (struct auth)AUTH_INIT;
}

void auth_read_challenges(struct auth *auth, const struct http_response *response)
{
    struct span header;
    challenge_finish(&auth->challenge);
    for (size_t n = 0; http_response_header(response, "WWW-Authenticate", n, &header); n++) {
        while (challenge_next(&header, &auth->challenge)) {
            if (auth->challenge.scheme != CHALLENGE_OTHER)
                return;
        }
    }
}

static void set_header_take(struct auth *auth, char *header)
{
    str_wipe(auth->header);
    auth->header = header;
}

static char *basic_header(const struct credential *credential)
{
    const char *username = credential->username, *password = credential->password;
    CLEANUP(mem_freep)
    char *plain = str_printf("%s:%s", username ? username : "", password ? password : "");
    CLEANUP(buf_finish) struct buf header = BUF_INIT(4 * AUTH_SECRET_MAX);
    buf_adds(&header, "Basic ");
    crypto_base64_encode(span_of(plain), &header);
    str_wipe(MEM_STEAL(plain));
    return buf_take(&header);
}

/* The token server's URL, once it is known to be one that may be asked. */
static int read_realm(const struct auth *auth, const struct exchange *exchange, struct httpurl *ret,
                      struct err *err)
{
    const char *realm = strmap_get(&auth->challenge.params, "realm");
    if (str_empty(realm)) {
        CLEANUP(buf_finish) struct buf params = BUF_INIT(HTTP_HEADERS_MAX);
        challenge_print(&auth->challenge, &params);
        return err_set(err, ERR_UNAVAILABLE, "malformed www-authenticate, missing realm: %s",
                       buf_text(&params));
    }
    if (httpurl_parse(realm, ret, err) != 0 || exchange_check_realm(exchange, ret, err) != 0) {
        if (err)
            err->class = ERR_UNAVAILABLE; /* the registry's fault, which it may mend */
        return err_wrap(err, "invalid realm in www-authenticate");
    }
    return 0;
}

static void add_param(struct buf *query, const char *name, const char *value)
{
    buf_addf(query, "%s%s=", query->len == 0 ? "" : "&", name);
    httpurl_print_escaped(value, query);
}

static const char *service_of(const struct auth *auth)
{
    const char *service = strmap_get(&auth->challenge.params, "service");
    return service ? service : "";
}

/* GET <realm>?scope=…&service=…, as the user if there is one. */
static int ask_by_get(const struct auth *auth, struct exchange *exchange,
                      const struct httpurl *realm, struct exchange_answer *answer, struct err *err)
{
    CLEANUP(buf_finish) struct buf query = BUF_INIT(HTTP_HEADERS_MAX);
    CLEANUP(buf_finish) struct buf url = BUF_INIT(2 * HTTP_HEADERS_MAX);
    if (realm->query)
        buf_adds(&query, realm->query);
    for (size_t i = 0; i < auth->scopes.len; i++)
        add_param(&query, "scope", auth->scopes.items[i]);
    add_param(&query, "service", service_of(auth));
    struct httpurl asked = *realm;
    asked.query = query.data;
    httpurl_print(&asked, &url);
    const struct credential *credential = &auth->credential;
    bool user = !str_empty(credential->username) && !str_empty(credential->password);
    char *authorization = user ? basic_header(credential) : NULL;
    const struct exchange_request request = {
        .url = buf_text(&url), .authorization = authorization, .token = true};
    int done = exchange_send(exchange, &request, answer, err);
    str_wipe(authorization);
    return done;
}

/* POST <realm> with the identity token, which is a refresh token. */
static int ask_by_post(const struct auth *auth, struct exchange *exchange,
                       const struct httpurl *realm, struct exchange_answer *answer, struct err *err)
{
    static const struct http_header type = {"Content-Type", "application/x-www-form-urlencoded"};
    CLEANUP(buf_wipe) struct buf form = BUF_INIT(4 * AUTH_SECRET_MAX + HTTP_HEADERS_MAX);
    CLEANUP(buf_finish) struct buf url = BUF_INIT(2 * HTTP_HEADERS_MAX);
    CLEANUP(buf_finish) struct buf scopes = BUF_INIT(HTTP_HEADERS_MAX);
    for (size_t i = 0; i < auth->scopes.len; i++)
        buf_addf(&scopes, "%s%s", i == 0 ? "" : " ", auth->scopes.items[i]);
    add_param(&form, "client_id", CLIENT_ID);
    add_param(&form, "grant_type", "refresh_token");
    add_param(&form, "refresh_token", auth->credential.identity_token);
    add_param(&form, "scope", buf_text(&scopes));
    add_param(&form, "service", service_of(auth));
    httpurl_print(realm, &url);
    const struct exchange_request request = {
        .method = "POST",
        .url = buf_text(&url),
        .headers = &type,
        .header_count = 1,
        .body = buf_span(&form),
        .token = true,
    };
    return exchange_send(exchange, &request, answer, err);
}

static int read_token(struct auth *auth, const struct exchange_answer *answer, struct err *err)
{
    CLEANUP(json_freep) struct json *body = NULL;
    CLEANUP(buf_finish) struct buf url = BUF_INIT(4 * HTTPURL_TEXT_MAX);
    httpurl_print_public(&answer->response.url, &url);
    struct err why;
    if (json_parse(buf_span(&answer->body), &body, &why) != 0)
        return err_set(err, ERR_UNAVAILABLE, "GET %s: not the answer of a token server: %s",
                       buf_text(&url), why.text);
    const char *token = json_member_text(body, "access_token");
    if (str_empty(token))
        token = json_member_text(body, "token");
    const char *refresh = json_member_text(body, "refresh_token");
    if (str_empty(token))
        return err_set(err, ERR_UNAVAILABLE, "no token in bearer response: %.*s",
                       refresh ? 0 : STATUS_ERROR_SHOWN_MAX, buf_text(&answer->body));
    if (token[strspn(token, TOKEN_BYTES)] != '\0')
        return err_set(err, ERR_UNAVAILABLE, "GET %s: the token has characters that none may have",
                       buf_text(&url));
    set_header_take(auth, str_printf("Bearer %s", token));
    if (!str_empty(refresh)) {
        str_wipe(MEM_STEAL(auth->credential.identity_token));
        auth->credential.identity_token = str_dup(refresh);
    }
    return 0;
}

static int fetch_token(struct auth *auth, struct exchange *exchange, struct err *err)
{
    CLEANUP(httpurl_finish) struct httpurl realm = HTTPURL_INIT;
    CLEANUP(exchange_answer_finish) struct exchange_answer answer = EXCHANGE_ANSWER_INIT;
    bool post = !str_empty(auth->credential.identity_token);
    if (read_realm(auth, exchange, &realm, err) != 0)
        return -1;
    int done = post ? ask_by_post(auth, exchange, &realm, &answer, err)
                    : ask_by_get(auth, exchange, &realm, &answer, err);
    if (done == 0 && post && answer.response.status == 404) {
        post = false;
        done = ask_by_get(auth, exchange, &realm, &answer, err);
    }
    if (done != 0)
        return -1;
    if (answer.response.status != 200)
        return status_error_set(post ? "POST" : "GET", &answer.response, buf_span(&answer.body),
                                err);
    return read_token(auth, &answer, err);
}

static int check_size(const struct credential *credential, struct err *err)
{
    const char *const parts[] = {credential->username, credential->password,
                                 credential->identity_token, credential->registry_token};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (span_of(parts[i]).len > AUTH_SECRET_MAX)
            return err_set(err, ERR_INVALID, "a credential is larger than %d bytes",
                           AUTH_SECRET_MAX);
    }
    return 0;
}

int auth_prepare(struct auth *auth, struct exchange *exchange, struct err *err)
{
    const struct credential *credential = &auth->credential;
    set_header_take(auth, NULL);
    if (check_size(credential, err) != 0)
        return -1;
    if (!str_empty(credential->registry_token))
        set_header_take(auth, str_printf("Bearer %s", credential->registry_token));
    else if (auth->challenge.scheme == CHALLENGE_BEARER)
        return fetch_token(auth, exchange, err);
    else if (!str_empty(credential->username) || !str_empty(credential->password))
        set_header_take(auth, basic_header(credential));
    return 0;
}

/* The scope that a challenge asks for goes in front of the others. */
static void add_scope(struct auth *auth, const char *scope)
{
    if (str_empty(scope) || strlist_contains(&auth->scopes, scope) ||
        auth->scopes.len == AUTH_SCOPES_MAX)
        return;
    strlist_add(&auth->scopes, scope);
    char *newest = auth->scopes.items[auth->scopes.len - 1];
    for (size_t i = auth->scopes.len - 1; i > 0; i--)
        auth->scopes.items[i] = auth->scopes.items[i - 1];
    auth->scopes.items[0] = newest;
}

int auth_renew(struct auth *auth, struct exchange *exchange, const struct http_response *response,
               struct err *err)
{
    if (!str_empty(auth->credential.registry_token))
        return 0;
    auth_read_challenges(auth, response);
    if (auth->challenge.scheme != CHALLENGE_BEARER)
        return 0;
    add_scope(auth, strmap_get(&auth->challenge.params, "scope"));
    return fetch_token(auth, exchange, err) == 0 ? 1 : -1;
}
