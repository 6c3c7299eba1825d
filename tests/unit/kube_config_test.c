#include "test.h"

#include "pem.h"
#include "place.h"

#include "adapt/crypto.h"
#include "kube/config_parts.h"

/* What the configuration says, one setting a line. */
static char *describe(const struct kube_config *config)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(1024 * 1024);
    const struct {
        const char *name, *value;
    } rows[] = {
        {"server", config->server},
        {"name", config->server_name},
        {"insecure", config->insecure ? "yes" : NULL},
        {"ca", config->ca.path   ? config->ca.path
               : config->ca.text ? "data"
                                 : NULL},
        {"proxy", config->proxy_url},
        {"namespace", config->namespace},
        {"cert", config->cert.path   ? config->cert.path
                 : config->cert.text ? "data"
                                     : NULL},
        {"key", config->key.path   ? config->key.path
                : config->key.text ? "data"
                                   : NULL},
        {"token", config->token.text},
        {"token file", config->token.path},
        {"basic", config->basic},
        {"exec", config->exec ? config->exec->command : NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].value)
            buf_addf(&text, "%s: %s\n", rows[i].name, rows[i].value);
    }
    for (size_t i = 0; config->exec && i < config->exec->args.len; i++)
        buf_addf(&text, "arg: %s\n", config->exec->args.items[i]);
    for (size_t i = 0; config->exec && i < config->exec->env.len; i++)
        buf_addf(&text, "env: %s\n", config->exec->env.items[i]);
    for (size_t i = 0; i + 1 < config->headers.len; i += 2)
        buf_addf(&text, "%s: %s\n", config->headers.items[i], config->headers.items[i + 1]);
    return buf_take(&text);
}

#define CONTEXT      "current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n"
#define CLUSTER      "clusters: [{name: k, cluster: {server: https://k:6443}}]\n"
#define USER(text)   CONTEXT CLUSTER "users: [{name: u, user: {" text "}}]\n"
#define SERVER(text) CONTEXT "clusters: [{name: k, cluster: {" text "}}]\nusers: [{name: u}]\n"
#define EXEC_V1      "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, "
#define EXEC_V1BETA1 "exec: {apiVersion: client.authentication.k8s.io/v1beta1, "

struct row {
    const char *name, *file;
    struct kube_options options;
    const char *want; /* NULL: fails with … */
    const char *error;
    enum err_class class;
};

static void check_row(const struct row *row)
{
    CLEANUP(kubeconfig_finish) struct kubeconfig files;
    CLEANUP(kube_config_freep) struct kube_config *config = NULL;
    struct err err;
    kubeconfig_init(&files);
    int answer = kubeconfig_add(&files, span_of(row->file), "/home/x/.kube/config", &err);
    if (answer == 0)
        answer = kube_config_resolve(&files, &row->options, &config, &err);
    if (!row->want) {
        check_fails(row->name, answer, &err, row->class ? row->class : ERR_INVALID, row->error);
        return;
    }
    check_ok(row->name, answer, &err);
    CLEANUP(mem_freep) char *got = describe(config);
    check_text(row->name, got, row->want);
}

static void reads_files(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"nothing", .file = "", .want = "server: http://localhost:8080\n"},
        {"null lists", .file = "clusters: null\nusers: null\ncontexts: null\n",
         .want = "server: http://localhost:8080\n"},
        {"token", .file = USER("token: abc"), .want = "server: https://k:6443\ntoken: abc\n"},
        {"token file", .file = USER("tokenFile: t, token: abc"),
         .want = "server: https://k:6443\ntoken: abc\ntoken file: /home/x/.kube/t\n"},
        {"absolute path", .file = USER("tokenFile: /run/t"),
         .want = "server: https://k:6443\ntoken file: /run/t\n"},
        {"basic", .file = USER("username: ann, password: \"p:w\""),
         .want = "server: https://k:6443\nbasic: Basic YW5uOnA6dw==\n"},
        {"json",
         .file = "{\"clusters\":[{\"name\":\"k\",\"cluster\":{\"server\":\"https://j\"}}],"
                 "\"contexts\":[{\"name\":\"c\",\"context\":{\"cluster\":\"k\"}}],"
                 "\"current-context\":\"c\"}",
         .want = "server: https://j\n"},
        {"namespace",
         .file = "current-context: c\n" CLUSTER
                 "contexts: [{name: c, context: {cluster: k, namespace: apps}}]\n",
         .want = "server: https://k:6443\nnamespace: apps\n"},
        {"no scheme", .file = SERVER("server: \"k:6443\""), .want = "server: http://k:6443\n"},
        {"no scheme but TLS", .file = SERVER("server: k, insecure-skip-tls-verify: true"),
         .want = "server: https://k\ninsecure: yes\n"},
        {"path", .file = SERVER("server: https://r/k8s/clusters/c-1//"),
         .want = "server: https://r/k8s/clusters/c-1\n"},
        {"settings of TLS and proxy",
         .file = SERVER("server: https://k, tls-server-name: nn, proxy-url: socks5://p:1"),
         .want = "server: https://k\nname: nn\nproxy: socks5://p:1\n"},
        {"a password of a proxy",
         .file = SERVER("server: https://k, proxy-url: \"http://u:p@w@[fd00::1]:1/\""),
         .want = "server: https://k\nproxy: http://u:p@w@[fd00::1]:1/\n"},
        {"a token for a plugin that asks",
         .file = USER(EXEC_V1BETA1 "interactiveMode: Always, command: x}"),
         .options = {.token = "tt"}, .want = "server: https://k:6443\ntoken: tt\n"},
        {"impersonation",
         .file = USER("as: ann, as-uid: \"7\", as-groups: [a, b], "
                      "as-user-extra: {acme.com/a b: [v, w]}"),
         .want = "server: https://k:6443\nImpersonate-Uid: 7\nImpersonate-Group: a\n"
                 "Impersonate-Group: b\nImpersonate-Extra-acme.com%2Fa%20b: v\n"
                 "Impersonate-Extra-acme.com%2Fa%20b: w\nImpersonate-User: ann\n"},
        {"exec",
         .file = USER(EXEC_V1 "command: aws, args: [eks, get-token], "
                              "env: [{name: A, value: b=c}]}"),
         .want = "server: https://k:6443\nexec: aws\narg: eks\narg: get-token\nenv: A=b=c\n"},
        {"exec beside the file", .file = USER(EXEC_V1BETA1 "command: bin/login}"),
         .want = "server: https://k:6443\nexec: /home/x/.kube/bin/login\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check_row(&rows[i]);
}

static void options_override(void **state)
{
    (void)state;
    static const char file[] =
        "current-context: a\n"
        "contexts:\n"
        "- {name: a, context: {cluster: a, user: a}}\n"
        "- {name: b, context: {cluster: b, user: b, namespace: nb}}\n"
        "clusters:\n"
        "- {name: a, cluster: {server: https://a, tls-server-name: nn}}\n"
        "- {name: b, cluster: {server: https://b, insecure-skip-tls-verify: true}}\n"
        "users:\n"
        "- {name: a, user: {token: ta, as: old, as-groups: [g]}}\n"
        "- {name: b, user: {username: x, password: z}}\n";
    static char one[] = "g1", two[] = "g2", extra[] = "k=v=w", bad[] = "k";
    static char *group_items[] = {one, two}, *extra_items[] = {extra}, *bad_items[] = {bad};
    static const struct strlist groups = {.items = group_items, .len = 2};
    static const struct strlist extras = {.items = extra_items, .len = 1};
    static const struct strlist bad_extras = {.items = bad_items, .len = 1};
#define OLD "Impersonate-Group: g\nImpersonate-User: old\n"
    const struct row rows[] = {
        {"none", file, {0}, "server: https://a\nname: nn\ntoken: ta\n" OLD, NULL, 0},
        {"context",
         file,
         {.context = "b"},
         "server: https://b\ninsecure: yes\nnamespace: nb\nbasic: Basic eDp6\n",
         NULL,
         0},
        {"cluster",
         file,
         {.cluster = "b"},
         "server: https://b\ninsecure: yes\ntoken: ta\n" OLD,
         NULL,
         0},
        {"user", file, {.user = "b"}, "server: https://a\nname: nn\nbasic: Basic eDp6\n", NULL, 0},
        {"server",
         file,
         {.server = "https://s:1/"},
         "server: https://s:1\ntoken: ta\n" OLD,
         NULL,
         0},
        {"server and its name",
         file,
         {.server = "https://s", .tls_server_name = "m"},
         "server: https://s\nname: m\ntoken: ta\n" OLD,
         NULL,
         0},
        {"token",
         file,
         {.context = "b", .token = "tt"},
         "server: https://b\ninsecure: yes\nnamespace: nb\ntoken: tt\n",
         NULL,
         0},
        {"insecure",
         file,
         {.insecure_skip_tls_verify = true, .user = "b"},
         "server: https://a\nname: nn\ninsecure: yes\nbasic: Basic eDp6\n",
         NULL,
         0},
        {"as",
         file,
         {.as = "ann", .as_groups = &groups, .as_user_extra = &extras, .as_uid = "1"},
         "server: https://a\nname: nn\ntoken: ta\nImpersonate-Uid: 1\nImpersonate-Group: g1\n"
         "Impersonate-Group: g2\nImpersonate-Extra-k: v=w\nImpersonate-User: ann\n",
         NULL,
         0},
        {"groups for nobody",
         file,
         {.user = "b", .as_groups = &groups},
         NULL,
         "requesting uid, groups or user-extra without impersonating a user",
         ERR_INVALID},
        {"bad extra",
         file,
         {.as_user_extra = &bad_extras},
         NULL,
         "--as-user-extra must be of the form key=value",
         ERR_INVALID},
        {"no such context",
         file,
         {.context = "nope"},
         NULL,
         "context \"nope\" does not exist",
         ERR_NOT_FOUND},
        {"no such cluster",
         file,
         {.cluster = "nope"},
         NULL,
         "cluster \"nope\" does not exist",
         ERR_NOT_FOUND},
        {"no such user",
         file,
         {.user = "nope"},
         NULL,
         "auth info \"nope\" does not exist",
         ERR_NOT_FOUND},
        {"no such authority",
         file,
         {.certificate_authority = "/nonexistent"},
         NULL,
         "unable to read certificate-authority: cannot open '/nonexistent': No such file or "
         "directory",
         ERR_NOT_FOUND},
        {"certificate without key",
         file,
         {.client_certificate = "/nonexistent"},
         NULL,
         "a client certificate and its key must be specified together",
         ERR_INVALID},
        {"insecure, with an authority",
         file,
         {.insecure_skip_tls_verify = true, .certificate_authority = "/x"},
         NULL,
         "specifying a root certificates file with the insecure flag is not allowed",
         ERR_INVALID},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check_row(&rows[i]);
}

#define IN_FILE "error loading config file \"/home/x/.kube/config\": "

#define BAD_PROXY                                                                                  \
    "cluster \"k\": 'proxy-url' must begin with http://, https:// or socks5://, and name a host"

static void refuses_files(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"list", .file = "- a\n", .error = IN_FILE "it is no mapping"},
        {"other kind", .file = "kind: Pod\n", .error = IN_FILE "its kind is not Config"},
        {"no list", .file = "users: {a: b}\n", .error = IN_FILE "'users' must be a list"},
        {"no name", .file = "users: [{user: {}}]\n",
         .error = IN_FILE "entry 1 of 'users' has no name"},
        {"two of a name", .file = "users: [{name: a}, {name: a}]\n",
         .error = IN_FILE "duplicate name \"a\" in 'users'"},
        {"a text for a user", .file = "users: [{name: a, user: b}]\n",
         .error = IN_FILE "'user' of \"a\" must be a mapping"},
        {"current", .file = "current-context: 7\n",
         .error = IN_FILE "'current-context' must be a string"},
        {"missing current", .file = "current-context: x\n", .error = "context \"x\" does not exist",
         .class = ERR_NOT_FOUND},
        {"no server", .file = SERVER(""), .error = "cluster \"k\": no server found"},
        {"bad server", .file = SERVER("server: ftp://x"),
         .error = "the URL of the server cannot be used: unsupported protocol scheme \"ftp\""},
        {"user in server", .file = SERVER("server: https://u:secret@x"),
         .error = "the URL of the server cannot be used: a URL with a user name or password is not "
                  "accepted"},
        {"query in server", .file = SERVER("server: https://x?a"),
         .error = "the URL of the server may not have a query"},
        {"bad proxy", .file = SERVER("server: https://x, proxy-url: \"p:1\""), .error = BAD_PROXY},
        {"no host of a proxy", .file = SERVER("server: https://x, proxy-url: \"http://u:secret@\""),
         .error = BAD_PROXY},
        {"no port of a proxy",
         .file = SERVER("server: https://x, proxy-url: \"socks5://u:secret@p:99999\""),
         .error = BAD_PROXY},
        {"bad CA", .file = SERVER("server: https://x, certificate-authority-data: \"!\""),
         .error = "cluster \"k\": 'certificate-authority-data' is no base64"},
        {"empty CA", .file = SERVER("server: https://x, certificate-authority-data: eA=="),
         .error = "unable to load root certificates: no certificate in "
                  "certificate-authority-data"},
        {"bool", .file = SERVER("server: https://x, insecure-skip-tls-verify: \"yes\""),
         .error = "cluster \"k\": 'insecure-skip-tls-verify' must be true or false"},
        {"number for a token", .file = USER("token: 12345"),
         .error = "auth info \"u\": 'token' must be a string"},
        {"two ways", .file = USER("token: abc, username: x"),
         .error = "auth info \"u\": more than one authentication method found: token and "
                  "basicAuth"},
        {"key without certificate", .file = USER("client-key-data: eA=="),
         .error = "a client certificate and its key must be specified together"},
        {"no pair", .file = USER("client-key-data: eA==, client-certificate-data: eA=="),
         .error = "the client certificate cannot be used: tls: failed to find any PEM data in "
                  "certificate input"},
        {"auth-provider", .file = USER("auth-provider: {name: gcp}"),
         .error = "auth info \"u\": auth-provider is not supported: use an exec plugin (the field "
                  "'exec') in its place"},
        {"old exec",
         .file = USER("exec: {apiVersion: client.authentication.k8s.io/v1alpha1, "
                      "command: x}"),
         .error = "auth info \"u\": exec plugin: invalid apiVersion "
                  "\"client.authentication.k8s.io/v1alpha1\""},
        {"no command", .file = USER(EXEC_V1 "}"),
         .error = "auth info \"u\": command must be specified to use exec authentication"},
        {"no mode", .file = USER("exec: {apiVersion: client.authentication.k8s.io/v1, command: x}"),
         .error = "auth info \"u\": interactiveMode must be specified to use exec authentication "
                  "plugin"},
        {"always asks", .file = USER(EXEC_V1BETA1 "interactiveMode: Always, command: x}"),
         .error = "auth info \"u\": exec plugin cannot support interactive mode: it would have to "
                  "ask on a terminal"},
        {"no text for an argument", .file = USER(EXEC_V1 "command: x, args: [1]}"),
         .error = "auth info \"u\": 'args' of exec must be strings"},
        {"a text for arguments", .file = USER(EXEC_V1 "command: x, args: login}"),
         .error = "auth info \"u\": 'args' must be a list"},
        {"a mapping for env", .file = USER(EXEC_V1 "command: x, env: {A: b}}"),
         .error = "auth info \"u\": 'env' must be a list"},
        {"a text for groups", .file = USER("as: ann, as-groups: admins"),
         .error = "auth info \"u\": 'as-groups' must be a list"},
        {"a list for extras", .file = USER("as: ann, as-user-extra: [k]"),
         .error = "auth info \"u\": 'as-user-extra' must be a mapping"},
        {"a text for an extra", .file = USER("as: ann, as-user-extra: {k: v}"),
         .error = "auth info \"u\": 'as-user-extra' must be lists of strings"},
        {"a password that is an alias", .file = USER("username: ann, password: *hunter2"),
         .error = IN_FILE "line 4: unknown anchor referenced (a text that begins with '*' needs "
                          "quotes)"},
        {"no name in env", .file = USER(EXEC_V1 "command: x, env: [{value: y}]}"),
         .error = "auth info \"u\": 'env' of exec must list names and values"},
        {"bomb",
         .file = "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                 "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                 "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                 "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
                 "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
                 "g: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n",
         .error = IN_FILE "line 1: document contains excessive aliasing"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check_row(&rows[i]);
}

static void put(const struct place *place, const char *name, const char *text)
{
    CLEANUP(mem_freep) char *path = str_printf("%s/%s", place->folder, name);
    struct err err;
    check_ok(name, file_write_atomic(path, span_of(text), 0600, &err), &err);
}

/* Loads by the environment, with KUBECONFIG being LIST, each %s in it the folder. */
static int load(const struct place *place, const char *list, const struct kube_options *options,
                struct kube_config **ret, struct err *err)
{
    CLEANUP(mem_freep) char *value = str_printf("%s", list ? list : "");
    CLEANUP(mem_freep) char *account = str_printf("%s/account", place->folder);
    setenv("HOME", place->folder, 1);
    setenv("KUBECONFIG", value, 1);
    return kube_config_load_from(options, account, ret, err);
}

static void merges_files(void **state)
{
    const struct place *place = *state;
    static const struct kube_options none = {0};
    CLEANUP(kube_config_freep) struct kube_config *config = NULL;
    struct err err;
    put(place, "one",
        "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
        "users: [{name: u, user: {token: first}}]\n");
    put(place, "two",
        "current-context: c\n" CLUSTER "users: [{name: u, user: {token: second, as: ann}}]\n");
    put(place, "three", "current-context: other\nclusters: [{name: k, cluster: {server: x}}]\n");
    CLEANUP(mem_freep)
    char *list = str_printf("%s/one::%s/nonexistent:%s/two:%s/three", place->folder, place->folder,
                            place->folder, place->folder);
    check_ok("load", load(place, list, &none, &config, &err), &err);
    CLEANUP(mem_freep) char *got = describe(config);
    check_text("merged", got, "server: https://k:6443\ntoken: first\n");

    /* --kubeconfig counts alone, and must be there. */
    CLEANUP(kube_config_freep) struct kube_config *alone = NULL;
    CLEANUP(mem_freep) char *three = str_printf("%s/three", place->folder);
    const struct kube_options own = {.kubeconfig = three, .cluster = "k", .context = NULL};
    check_int("alone", load(place, list, &own, &alone, &err), -1);
    check_text("alone", err.text, "context \"other\" does not exist");
    const struct kube_options missing = {.kubeconfig = "/nonexistent"};
    check_fails("missing", load(place, list, &missing, &alone, &err), &err, ERR_NOT_FOUND,
                "stat /nonexistent: no such file or directory");
}

static void limits_files(void **state)
{
    const struct place *place = *state;
    static const struct kube_options none = {0};
    CLEANUP(kube_config_freep) struct kube_config *config = NULL, *over = NULL, *big = NULL;
    CLEANUP(buf_finish) struct buf list = BUF_INIT(1024 * 1024);
    CLEANUP(buf_finish) struct buf text = BUF_INIT(2 * KUBE_CONFIG_MAX);
    struct err err;
    for (int i = 0; i < KUBE_CONFIG_FILES_MAX; i++)
        buf_addf(&list, "%s/none:", place->folder);
    check_ok("at the limit", load(place, buf_text(&list), &none, &config, &err), &err);
    buf_adds(&list, "x");
    check_fails("over", load(place, buf_text(&list), &none, &over, &err), &err, ERR_INVALID,
                "KUBECONFIG names more than 32 files");
    buf_addc(&text, '#');
    while (text.len < KUBE_CONFIG_MAX)
        buf_addc(&text, 'x');
    put(place, "big", buf_text(&text));
    CLEANUP(mem_freep) char *path = str_printf("%s/big", place->folder);
    check_ok("size at the limit", load(place, path, &none, &big, &err), &err);
    buf_addc(&text, 'x');
    put(place, "big", buf_text(&text));
    check_int("size over", load(place, path, &none, &over, &err), -1);
    check_int("class", err.class, ERR_INVALID);
}

static void uses_the_pod(void **state)
{
    const struct place *place = *state;
    static const struct kube_options none = {0};
    CLEANUP(mem_freep) char *account = str_printf("%s/account", place->folder);
    struct err err;
    check_ok("folder", file_make_dirs(account, 0700, &err), &err);
    put(place, "account/ca.crt", PEM_CERT_A);
    put(place, "account/namespace", "flux-system\n");
    setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
    setenv("KUBERNETES_SERVICE_PORT", "443", 1);
    CLEANUP(kube_config_freep) struct kube_config *without = NULL, *pod = NULL, *file = NULL;
    check_ok("no token", load(place, NULL, &none, &without, &err), &err);
    check_text("no token", kube_config_server(without), "http://localhost:8080");
    assert_null(kube_config_namespace(without));
    put(place, "account/token", "tok\n");
    check_ok("pod", load(place, NULL, &none, &pod, &err), &err);
    CLEANUP(mem_freep) char *got = describe(pod);
    CLEANUP(mem_freep)
    char *want = str_printf("server: https://[fd00::1]:443\nca: %s/ca.crt\nnamespace: "
                            "flux-system\ntoken file: %s/token\n",
                            account, account);
    check_text("pod", got, want);
    /* A file goes before the pod. */
    put(place, "config", CONTEXT CLUSTER "users: [{name: u}]\n");
    CLEANUP(mem_freep) char *path = str_printf("%s/config", place->folder);
    check_ok("file", load(place, path, &none, &file, &err), &err);
    check_text("file", kube_config_server(file), "https://k:6443");
    unsetenv("KUBERNETES_SERVICE_HOST");
}

static void takes_certificates(void **state)
{
    const struct place *place = *state;
    CLEANUP(buf_finish) struct buf file = BUF_INIT(64 * 1024);
    CLEANUP(kube_config_freep) struct kube_config *config = NULL;
    static const struct kube_options none = {0};
    struct err err;
    buf_adds(&file,
             CONTEXT "clusters: [{name: k, cluster: {server: k, certificate-authority-data: ");
    crypto_base64_encode(SPAN_LITERAL(PEM_CERT_B), &file);
    buf_adds(&file,
             "}}]\nusers: [{name: u, user: {client-certificate: cert.pem, client-key-data: ");
    crypto_base64_encode(SPAN_LITERAL(PEM_KEY_A), &file);
    buf_adds(&file, "}}]\n");
    put(place, "config", buf_text(&file));
    put(place, "cert.pem", PEM_CERT_A);
    CLEANUP(mem_freep) char *path = str_printf("%s/config", place->folder);
    check_ok("load", load(place, path, &none, &config, &err), &err);
    CLEANUP(mem_freep) char *got = describe(config);
    CLEANUP(mem_freep)
    char *want =
        str_printf("server: https://k\nca: data\ncert: %s/cert.pem\nkey: data\n", place->folder);
    check_text("load", got, want);
    CLEANUP(kube_config_freep) struct kube_config *wrong = NULL;
    put(place, "cert.pem", PEM_CERT_B);
    check_fails("wrong", load(place, path, &none, &wrong, &err), &err, ERR_INVALID,
                "the client certificate cannot be used: tls: private key does not match public "
                "key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_files),   cmocka_unit_test(options_override),
        cmocka_unit_test(refuses_files), place_test(merges_files),
        place_test(limits_files),        place_test(uses_the_pod),
        place_test(takes_certificates),
    };
    return test_main("kube_config", tests);
}
