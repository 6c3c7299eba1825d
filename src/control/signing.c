#include "control/signing.h"

#include "base/str.h"

#define SIGNING_TIMEOUT_NS (30 * CLOCK_NS_PER_S)

void signing_finish(struct signing *signing)
{
    git_signer_free(signing->signer);
    secret_finish(&signing->secret);
    *signing = (struct signing)SIGNING_INIT;
}

static int find_kind(const struct api_image_update *spec, enum git_signer_kind *ret,
                     struct err *err)
{
    if (str_equal(spec->signing_type, "ssh"))
        *ret = GIT_SIGNER_SSH;
    else if (!*spec->signing_type || str_equal(spec->signing_type, "gpg"))
        *ret = GIT_SIGNER_GPG;
    else
        return err_set(err, ERR_INVALID, "unknown signing key type \"%s\"", spec->signing_type);
    return 0;
}

int signing_read(struct pass *pass, const struct api_image_update *spec, struct signing *ret,
                 struct err *err)
{
    const char *name = spec->signing_secret;
    enum git_signer_kind kind = GIT_SIGNER_GPG;
    if (!*name)
        return 0;
    if (find_kind(spec, &kind, err) != 0)
        return -1;
    int answer = secret_read(pass->control->config.store, pass->object->meta.namespace, name,
                             &ret->secret, err);
    if (answer == 0)
        err_set(err, ERR_NOT_FOUND, "secrets \"%s\" not found", name);
    if (answer != 1)
        return err_wrap(err, "could not find signing key secret '%s'", name);
    bool ssh = kind == GIT_SIGNER_SSH;
    const char *key = secret_value(&ret->secret, ssh ? "identity" : "git.asc");
    if (!key)
        return err_set(err, ERR_INVALID, "signing key secret '%s' does not contain %s key", name,
                       ssh ? "an 'identity'" : "a 'git.asc'");
    ret->pass = pass;
    ret->options = (struct git_signer_options){
        .kind = kind,
        .key = key,
        .passphrase = secret_value(&ret->secret, ssh ? "password" : "passphrase"),
        .secret_name = name,
        .private_base = pass->control->cache_dir,
    };
    return 1;
}

int signing_try(struct signing *signing, struct err *err)
{
    const struct deadline deadline = pass_deadline(signing->pass, SIGNING_TIMEOUT_NS);
    if (signing->signer || !signing->options.key)
        return 0;
    return git_signer_open(&signing->options, &deadline, &signing->signer, err);
}

int signing_sign(void *arg, struct span payload, struct buf *ret, struct err *err)
{
    struct signing *signing = arg;
    const struct deadline deadline = pass_deadline(signing->pass, SIGNING_TIMEOUT_NS);
    if (signing_try(signing, err) != 0)
        return -1;
    return git_signer_sign(signing->signer, payload, &deadline, ret, err);
}
