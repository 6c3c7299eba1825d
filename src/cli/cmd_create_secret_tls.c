#include "adapt/crypto.h"
#include "cli/commands.h"
#include "cli/create.h"
#include "cli/create_secret.h"

/* The short names are those of Flux before 2.0. */
const struct option_def create_secret_tls_options[] = {
    {.name = "tls-crt-file",
     .type = OPTION_STRING,
     .value = "FILE",
     .help = "the client's certificate"},
    {.name = "tls-key-file",
     .type = OPTION_STRING,
     .value = "FILE",
     .help = "the client's private key"},
    {.name = "ca-crt-file", .type = OPTION_STRING, .value = "FILE", .help = "the CA of the server"},
    {.name = "cert-file", .type = OPTION_STRING, .hidden = true, .same_as = "tls-crt-file"},
    {.name = "key-file", .type = OPTION_STRING, .hidden = true, .same_as = "tls-key-file"},
    {.name = "ca-file", .type = OPTION_STRING, .hidden = true, .same_as = "ca-crt-file"},
    CREATE_SECRET_INTERVAL,
    {.name = NULL},
};

static int add_files(const struct cli *cli, struct api_object *secret, struct err *err)
{
    static const struct {
        const char *option, *key, *fault;
    } files[] = {
        {"ca-crt-file", "ca.crt", "unable to read TLS CA file"},
        {"tls-crt-file", "tls.crt", "failed to read cert file"},
        {"tls-key-file", "tls.key", "failed to read key file"},
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        if (create_secret_put_file(cli, files[i].option, files[i].fault, secret, files[i].key,
                                   err) != 0)
            return -1;
    }
    return 0;
}

static int check(struct api_object *secret, struct err *err)
{
    const char *crt = create_secret_value(secret, "tls.crt");
    const char *key = create_secret_value(secret, "tls.key");
    if (crt && !key)
        return err_set(err, ERR_INVALID, "found certificate but missing private key");
    if (key && !crt)
        return err_set(err, ERR_INVALID, "found private key but missing certificate");
    if (!crt && !create_secret_value(secret, "ca.crt"))
        return err_set(err, ERR_INVALID, "no CA certificate or client certificate pair found");
    if (crt && crypto_check_key_pair(span_of(crt), span_of(key), err) != 0)
        return err_wrap(err, "invalid TLS certificate and key pair");
    json_put_text(secret->spec, "type", crt ? "kubernetes.io/tls" : "Opaque");
    return 0;
}

int create_secret_tls_run(const struct cli *cli, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *secret = NULL;
    if (create_begin(cli, &secret, err) != 0 || create_add_labels(cli, secret, err) != 0 ||
        add_files(cli, secret, err) != 0 || check(secret, err) != 0)
        return CLI_FAILED;
    return create_secret_finish(cli, secret, "tls", err);
}
