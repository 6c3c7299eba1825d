#include "registry/registry_session.h"

#include <string.h>

#include "base/imageref.h"
#include "base/str.h"
#include "registry/status_error.h"

char *registry_session_url(const struct registry_client *client, const char *rest)
{
    CLEANUP(buf_finish) struct buf url = BUF_INIT(4 * HTTPURL_TEXT_MAX);
    httpurl_print(&client->home, &url);
    buf_addf(&url, "%s/%s", client->options.repository, rest);
    return buf_take(&url);
}

/* Sets the registry's base URL; class invalid if its name cannot stand in one. */
static int set_home(struct registry_client *client, bool https, struct err *err)
{
    CLEANUP(mem_freep)
    char *url = str_printf("%s://%s/v2/", https ? "https" : "http", client->options.registry);
    httpurl_finish(&client->home);
    if (httpurl_parse(url, &client->home, err) != 0)
        return err_wrap(err, "registry '%s'", client->options.registry);
    return 0;
}

static int add_hint(const char *hint, struct err *err)
{
    struct err bare = *err;
    return err_set(err, bare.class, "%s (%s)", bare.text, hint);
}

/* The answer to a ping says nothing of the repository: its "not found" is none. */
static int hint_no_registry(const struct registry_client *client, struct err *err)
{
    if (err->class != ERR_NOT_FOUND)
        return -1;
    CLEANUP(mem_freep)
    char *hint = str_printf("is '%s' a container registry?", client->options.registry);
    err->class = ERR_UNAVAILABLE;
    return add_hint(hint, err);
}

/* 200 and 401 are the answers of a registry; the latter says what it wants. */
static int ping(struct registry_client *client, bool https, bool once, struct err *err)
{
    CLEANUP(exchange_answer_finish) struct exchange_answer answer = EXCHANGE_ANSWER_INIT;
    CLEANUP(buf_finish) struct buf url = BUF_INIT(4 * HTTPURL_TEXT_MAX);
    if (set_home(client, https, err) != 0)
        return -1;
    httpurl_print(&client->home, &url);
    const struct exchange_request request = {.url = buf_text(&url), .once = once};
    if (exchange_send(&client->exchange, &request, &answer, err) != 0)
        return -1;
    if (answer.response.status != 200 && answer.response.status != 401) {
        status_error_set("GET", &answer.response, buf_span(&answer.body), err);
        return hint_no_registry(client, err);
    }
    auth_read_challenges(&client->auth, &answer.response);
    return 0;
}

/* HTTPS within a short time, so that a registry behind a firewall that drops
 * what it does not know is found by plain HTTP soon. */
static int ping_https_soon(struct registry_client *client, bool *ret_slow, struct err *err)
{
    const struct deadline *whole = client->exchange.deadline;
    int64_t limit_ns = client->exchange.pool->limits.https_first_ms * CLOCK_NS_PER_MS;
    struct deadline soon = deadline_within(whole, limit_ns);
    client->exchange.deadline = &soon;
    int done = ping(client, true, true, err);
    client->exchange.deadline = whole;
    *ret_slow = done != 0 && err->class == ERR_CANCELED && deadline_check(whole, NULL) == 0;
    return done;
}

/* Both ways of a registry failed: "<https error>; <http error>". */
static int join_errors(const struct err *https, const struct err *http, struct err *err)
{
    return err_set(err, http->class == ERR_CANCELED ? ERR_CANCELED : ERR_UNAVAILABLE, "%s; %s",
                   https->text, http->text);
}

/*
 * HTTPS if at all possible, else plain HTTP. A host that was found to speak
 * plain HTTP only is asked that way first for a while.
 */
static int ping_either(struct registry_client *client, struct err *err)
{
    struct host_gates *gates = client->exchange.pool->gates;
    const char *registry = client->options.registry;
    struct err https_err, http_err;
    bool slow = false;
    bool plain_first = host_gates_is_plain(gates, registry);
    if (plain_first && ping(client, false, true, &http_err) == 0)
        return 0;
    if (ping_https_soon(client, &slow, &https_err) == 0) {
        host_gates_set_plain(gates, registry, false);
        return 0;
    }
    if (deadline_check(client->exchange.deadline, NULL) != 0)
        return err_set(err, https_err.class, "%s", https_err.text);
    enum http_trouble https_trouble = client->exchange.trouble;
    if (ping(client, false, slow, &http_err) == 0) {
        host_gates_set_plain(gates, registry, true);
        return 0;
    }
    if (slow && ping(client, true, false, &https_err) == 0)
        return 0;
    if (https_trouble == HTTP_TROUBLE_UNTRUSTED)
        client->exchange.trouble = https_trouble;
    return join_errors(&https_err, &http_err, err);
}

static const char *source_of(const struct auth *auth)
{
    return auth->credential.source ? auth->credential.source : "the provider of credentials";
}

/* Asks the provider, now that somebody wants to know. */
static int find_credential(struct registry_client *client, struct err *err)
{
    const struct credential_provider *provider = &client->options.credentials;
    struct auth *auth = &client->auth;
    credential_finish(&auth->credential);
    str_set(&auth->why_not, NULL);
    if (!provider->find)
        return 0;
    int found = provider->find(provider->arg, client->options.registry, client->options.repository,
                               client->options.deadline, &auth->credential, &auth->why_not, err);
    auth->has_credential = found == 1 && !credential_is_empty(&auth->credential);
    if (found == 1 && !auth->has_credential)
        auth->why_not = str_printf("%s is empty", source_of(auth));
    return found < 0 ? -1 : 0;
}

int registry_session_connect(struct registry_client *client, struct err *err)
{
    const struct registry_options *options = &client->options;
    if (client->connected)
        return 0;
    client->exchange.allow_http =
        options->insecure || imageref_registry_is_local(options->registry);
    int done =
        client->exchange.allow_http ? ping_either(client, err) : ping(client, true, false, err);
    if (done != 0 || find_credential(client, err) != 0 ||
        auth_prepare(&client->auth, &client->exchange, err) != 0)
        return -1;
    client->connected = true;
    return 0;
}

int registry_session_send(struct registry_client *client, struct exchange_request request,
                          struct exchange_answer *answer, struct err *err)
{
    for (bool again = false;; again = true) {
        request.authorization = client->auth.header;
        int done = exchange_send(&client->exchange, &request, answer, err);
        if (done != 0 || answer->response.status != 401 || again)
            return done;
        int renewed = auth_renew(&client->auth, &client->exchange, &answer->response, err);
        if (renewed != 1)
            return renewed;
    }
}

static void hint_unauthorized(const struct registry_client *client, struct buf *ret)
{
    const struct auth *auth = &client->auth;
    const struct credential *credential = &auth->credential;
    if (!auth->has_credential)
        buf_addf(ret, "no credentials were sent: %s",
                 auth->why_not ? auth->why_not : "no secret is named");
    else if (!str_empty(credential->username))
        buf_addf(ret, "as user '%s', by %s", credential->username, source_of(auth));
    else
        buf_addf(ret, "with the token of %s", source_of(auth));
}

/* Some servers repeat what they were sent. */
static void hide_secrets(const struct auth *auth, struct err *err)
{
    const struct credential *credential = &auth->credential;
    const char *value = auth->header ? strchr(auth->header, ' ') : NULL;
    err_hide(err, credential->password);
    err_hide(err, credential->identity_token);
    err_hide(err, credential->registry_token);
    err_hide(err, value ? value + 1 : NULL);
}

int registry_session_hint(const struct registry_client *client, const char *what, struct err *err)
{
    CLEANUP(buf_finish) struct buf hint = BUF_INIT(ERR_TEXT_SIZE / 4);
    const struct registry_options *options = &client->options;
    hide_secrets(&client->auth, err);
    if (err->class == ERR_UNAUTHORIZED)
        hint_unauthorized(client, &hint);
    else if (err->class == ERR_NOT_FOUND)
        buf_addf(&hint, "does '%s' exist on '%s'?", what, options->registry);
    else if (client->exchange.trouble == HTTP_TROUBLE_UNTRUSTED)
        buf_adds(&hint, "its CA belongs into a secret that certSecretRef names");
    else if (client->exchange.trouble == HTTP_TROUBLE_PLAIN && !client->exchange.allow_http)
        buf_adds(&hint, "set 'insecure: true' to speak plain HTTP with this registry");
    return hint.len == 0 ? -1 : add_hint(buf_text(&hint), err);
}
