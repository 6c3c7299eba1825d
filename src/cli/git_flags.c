#include "cli/git_flags.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/str.h"
#include "cli/create_secret.h"
#include "git/private.h"
#include "git/ssh_key.h"

enum {
    RSA_BITS_MIN = 1024,
    RSA_BITS_MAX = 16384, /* what ssh-keygen makes at most */
    RSA_BITS_STEP = 8,
};

static const struct {
    const char *name;
    unsigned bits;
} curves[] = {{"p256", 256}, {"p384", 384}, {"p521", 521}};

static const char *text(const struct cli *cli, const char *name)
{
    return options_text(cli->options, name);
}

int git_flags_invalid(const char *option, const char *value, struct err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    err_setv(err, ERR_INVALID, fmt, args);
    va_end(args);
    return err_wrap(err, "invalid argument \"%s\" for \"--%s\" flag", value, option);
}

static int check_algorithm(const char *algorithm, struct err *err)
{
    static const char known[] = "must be one of: rsa, ecdsa, ed25519";
    if (!*algorithm)
        return git_flags_invalid("ssh-key-algorithm", algorithm, err,
                                 "no public key algorithm given, %s", known);
    if (str_equal(algorithm, "rsa") || str_equal(algorithm, "ecdsa") ||
        str_equal(algorithm, "ed25519"))
        return 0;
    return git_flags_invalid("ssh-key-algorithm", algorithm, err,
                             "unsupported public key algorithm '%s', %s", algorithm, known);
}

static int check_bits(int64_t bits, struct err *err)
{
    CLEANUP(mem_freep) char *shown = str_printf("%lld", (long long)bits);
    if (bits < RSA_BITS_MIN)
        return git_flags_invalid("ssh-rsa-bits", shown, err, "RSA key bit size must be at least %d",
                                 RSA_BITS_MIN);
    if (bits % RSA_BITS_STEP != 0)
        return git_flags_invalid("ssh-rsa-bits", shown, err,
                                 "RSA key bit size must be a multiples of %d", RSA_BITS_STEP);
    if (bits > RSA_BITS_MAX)
        return git_flags_invalid("ssh-rsa-bits", shown, err, "RSA key bit size must be at most %d",
                                 RSA_BITS_MAX);
    return 0;
}

/* The bits of a curve, or 0. */
static unsigned curve_bits(const char *curve)
{
    for (size_t i = 0; i < ARRAY_LEN(curves); i++) {
        if (str_equal(curve, curves[i].name))
            return curves[i].bits;
    }
    return 0;
}

int git_flags_check(const struct cli *cli, struct err *err)
{
    const char *curve = text(cli, "ssh-ecdsa-curve");
    if (check_algorithm(text(cli, "ssh-key-algorithm"), err) != 0 ||
        check_bits(options_int(cli->options, "ssh-rsa-bits"), err) != 0)
        return -1;
    if (curve_bits(curve) != 0)
        return 0;
    return git_flags_invalid("ssh-ecdsa-curve", curve, err,
                             "unsupported curve '%s', must be one of: p256, p384, p521", curve);
}

int git_flags_url(const struct cli *cli, bool allow_local, struct git_url *ret, struct err *err)
{
    const char *url = text(cli, "url");
    if (!*url)
        return err_set(err, ERR_INVALID, "url is required");
    if (git_url_parse(url, allow_local, ret, err) == 0)
        return 0;
    /* A scheme that git cannot use is no failure of parsing: Flux says so too. */
    return str_starts_with(err->text, "git URL scheme") ? -1
                                                        : err_wrap(err, "git URL parse failed");
}

bool git_flags_want_key(const struct cli *cli)
{
    return options_given(cli->options, "private-key-file") ||
           options_given(cli->options, "ssh-key-algorithm") ||
           options_given(cli->options, "ssh-rsa-bits") ||
           options_given(cli->options, "ssh-ecdsa-curve");
}

/* Where private folders are made: best what only this user sees, in memory. */
static const char *private_base(void)
{
    const char *own = getenv("XDG_RUNTIME_DIR"), *temporary = getenv("TMPDIR");
    if (!str_empty(own))
        return own;
    return str_empty(temporary) ? "/tmp" : temporary;
}

static int make_key(const struct cli *cli, const struct deadline *deadline, struct git_ssh_key *ret,
                    struct err *err)
{
    const char *algorithm = text(cli, "ssh-key-algorithm");
    unsigned bits = str_equal(algorithm, "rsa")
                        ? (unsigned)options_int(cli->options, "ssh-rsa-bits")
                        : curve_bits(text(cli, "ssh-ecdsa-curve"));
    return git_ssh_key_make(algorithm, bits, private_base(), deadline, ret, err);
}

static int read_key(const struct cli *cli, const char *passphrase, const struct deadline *deadline,
                    struct git_ssh_key *ret, struct err *err)
{
    CLEANUP(buf_wipe) struct buf identity = BUF_INIT(GIT_SSH_KEY_MAX);
    if (create_secret_read_file(cli, "private-key-file", "failed to open private key file",
                                &identity, err) != 0)
        return -1;
    return git_ssh_key_read(buf_text(&identity), passphrase, private_base(), deadline, ret, err);
}

static int add_host_keys(const struct git_url *url, const struct deadline *deadline,
                         struct api_object *secret, struct err *err)
{
    CLEANUP(buf_finish) struct buf known_hosts = BUF_INIT(GIT_SSH_KNOWN_HOSTS_MAX);
    if (git_ssh_scan(url->host, url->port, deadline, &known_hosts, err) != 0)
        return err_wrap(err, "SSH key scan for host %s:%u failed, error", url->host, url->port);
    return create_secret_put(secret, "known_hosts", buf_span(&known_hosts), err);
}

int git_flags_add_ssh(const struct cli *cli, const struct git_url *url,
                      const struct deadline *deadline, struct api_object *secret, struct err *err)
{
    CLEANUP(git_ssh_key_finish) struct git_ssh_key key = {0};
    if (create_secret_put_option(cli, "password", secret, "password", err) != 0)
        return -1;
    const char *passphrase = create_secret_value(secret, "password");
    /* What earlier commands left when they were killed; not worth a failure. */
    git_private_sweep(private_base(), clock_system(), NULL);
    int answer = *text(cli, "private-key-file") ? read_key(cli, passphrase, deadline, &key, err)
                                                : make_key(cli, deadline, &key, err);
    if (answer != 0 || create_secret_put(secret, "identity", span_of(key.identity), err) != 0 ||
        create_secret_put(secret, "identity.pub", span_of(key.public), err) != 0)
        return -1;
    return add_host_keys(url, deadline, secret, err);
}
