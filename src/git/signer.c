#include "git/signer.h"

#include <limits.h>
#include <string.h>

#include "base/proc.h"
#include "base/str.h"
#include "base/strlist.h"
#include "git/commit.h"
#include "git/private.h"

enum {
    /* gpg's agent listens in the folder: sun_path has 108 bytes, of which the
     * private folder's name and the socket's take fewer than 48. */
    BASE_LENGTH_MAX = 60,
    LISTING_MAX = 256 * 1024,
};

#define SHORT_BASE "/tmp"
#define FREE_NS    (5 * CLOCK_NS_PER_S)

struct git_signer {
    enum git_signer_kind kind;
    struct git_private *folder;
    char *home;        /* the folder's path */
    char *fingerprint; /* of the OpenPGP key */
    char *passphrase_path;
    char *key_path; /* of the SSH key */
    char *askpass_path;
};

/* Runs a program with nothing but the private folder around it. */
static int run(const struct git_signer *signer, struct strlist *argv, struct span input,
               struct buf *output, const struct deadline *deadline, struct proc_result *ret,
               struct err *err)
{
    CLEANUP(strlist_finish) struct strlist env = STRLIST_INIT;
    strlist_addf(&env, "HOME=%s", signer->home);
    strlist_addf(&env, "GNUPGHOME=%s", signer->home);
    strlist_add(&env, "LC_ALL=C");
    if (signer->askpass_path) {
        strlist_addf(&env, "SSH_ASKPASS=%s", signer->askpass_path);
        strlist_add(&env, "SSH_ASKPASS_REQUIRE=force");
    }
    const struct proc_command command = {
        .argv = strlist_argv(argv),
        .env = strlist_argv(&env),
        .dir = "/",
        .input = input,
        .on_output = proc_output_to_buf,
        .arg = output,
        .deadline = deadline,
    };
    return proc_run(&command, ret, err);
}

/* The last line of what a program wrote to stderr: the one that says why. */
static struct span last_line(const char *errors)
{
    struct span line = SPAN_LITERAL("it gives no reason"), part;
    for (struct span rest = span_of(errors ? errors : ""); span_next(&rest, '\n', &part);) {
        if (span_trim(part).len != 0)
            line = span_trim(part);
    }
    return line;
}

/* The armour that ssh-keygen and gpg read has lines without carriage returns,
 * and a last one that ends. */
static char *clean_key(const char *key)
{
    size_t length = strlen(key), kept = 0;
    char *clean = mem_alloc(length + 2);
    for (size_t i = 0; i < length; i++) {
        if (key[i] != '\r')
            clean[kept++] = key[i];
    }
    if (kept == 0 || clean[kept - 1] != '\n')
        clean[kept++] = '\n';
    clean[kept] = '\0';
    return clean;
}

static int fail_passphrase(const struct git_signer_options *options, struct err *err)
{
    bool ssh = options->kind == GIT_SIGNER_SSH;
    if (str_empty(options->passphrase))
        return err_set(err, ERR_INVALID,
                       "can not use passphrase protected signing key without '%s' field present "
                       "in secret %s",
                       ssh ? "password" : "passphrase", options->secret_name);
    return err_set(err, ERR_INVALID,
                   "could not decrypt private key of the signing key present in secret %s: wrong "
                   "passphrase",
                   options->secret_name);
}

static void add_gpg(struct strlist *argv)
{
    static const char *const words[] = {"gpg",     "--batch",      "--no-tty",
                                        "--quiet", "--no-options", "--no-auto-check-trustdb"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        strlist_add(argv, words[i]);
}

static int import_key(const struct git_signer *signer, const struct git_signer_options *options,
                      const struct deadline *deadline, struct err *err)
{
    CLEANUP(strlist_finish) struct strlist argv = STRLIST_INIT;
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    CLEANUP(buf_finish) struct buf output = BUF_INIT(LISTING_MAX);
    add_gpg(&argv);
    strlist_add(&argv, "--import");
    char *key = clean_key(options->key);
    int answer = run(signer, &argv, span_of(key), &output, deadline, &result, err);
    str_wipe(key);
    if (answer != 0 || result.status == 0)
        return answer;
    struct span why = last_line(result.errors);
    return err_set(err, ERR_INVALID, "could not read signing key from secret '%s': %.*s",
                   options->secret_name, (int)why.len, why.data);
}

/* Finds the one secret key: in gpg's machine-readable listing each begins with
 * a record "sec", and its fingerprint is field 10 of the next record "fpr"
 * (GnuPG's doc/DETAILS). */
static int find_key(struct git_signer *signer, const struct git_signer_options *options,
                    const struct deadline *deadline, struct err *err)
{
    enum { FINGERPRINT_FIELD = 9 };
    CLEANUP(strlist_finish) struct strlist argv = STRLIST_INIT;
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    CLEANUP(buf_finish) struct buf listing = BUF_INIT(LISTING_MAX);
    size_t count = 0;
    struct span line, field;
    add_gpg(&argv);
    strlist_add(&argv, "--with-colons");
    strlist_add(&argv, "--list-secret-keys");
    if (run(signer, &argv, SPAN_LITERAL(""), &listing, deadline, &result, err) != 0)
        return -1;
    for (struct span rest = buf_span(&listing); span_next(&rest, '\n', &line);) {
        if (span_starts_with(line, "sec:"))
            count++;
        if (count == 0 || signer->fingerprint || !span_starts_with(line, "fpr:"))
            continue;
        size_t at = 0;
        for (struct span fields = line; span_next(&fields, ':', &field); at++) {
            if (at == FINGERPRINT_FIELD)
                signer->fingerprint = span_dup(field);
        }
    }
    if (count > 1)
        return err_set(err, ERR_INVALID,
                       "multiple entities read from secret '%s', could not determine which "
                       "signing key to use",
                       options->secret_name);
    if (!signer->fingerprint)
        return err_set(err, ERR_INVALID,
                       "could not read signing key from secret '%s': it holds no private key",
                       options->secret_name);
    return 0;
}

static int open_gpg(struct git_signer *signer, const struct git_signer_options *options,
                    const struct deadline *deadline, struct err *err)
{
    const char *passphrase = options->passphrase ? options->passphrase : "";
    if (git_private_write(signer->folder, "passphrase", span_of(passphrase), 0600,
                          &signer->passphrase_path, err) != 0 ||
        import_key(signer, options, deadline, err) != 0)
        return -1;
    return find_key(signer, options, deadline, err);
}

/* `ssh-keygen -Y sign` finds the public key of a locked PEM key beside it only. */
static int write_public_key(const struct git_signer *signer,
                            const struct git_signer_options *options,
                            const struct deadline *deadline, struct err *err)
{
    CLEANUP(strlist_finish) struct strlist argv = STRLIST_INIT;
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    CLEANUP(buf_finish) struct buf public_key = BUF_INIT(LISTING_MAX);
    strlist_add(&argv, "ssh-keygen");
    strlist_add(&argv, "-y");
    strlist_add(&argv, "-f");
    strlist_add(&argv, signer->key_path);
    if (run(signer, &argv, SPAN_LITERAL(""), &public_key, deadline, &result, err) != 0)
        return -1;
    if (result.status == 0)
        return git_private_write(signer->folder, "key.pub", buf_span(&public_key), 0600, NULL, err);
    struct span why = last_line(result.errors);
    if (span_find(why, SPAN_LITERAL("passphrase")) >= 0)
        return fail_passphrase(options, err);
    /* "Load key "PATH": reason": the path says nothing to anybody. */
    for (ptrdiff_t at; (at = span_find(why, SPAN_LITERAL(": "))) >= 0;)
        why = span_slice(why, (size_t)at + 2, why.len);
    return err_set(err, ERR_INVALID, "could not parse SSH signing key from secret '%s': %.*s",
                   options->secret_name, (int)why.len, why.data);
}

static int open_ssh(struct git_signer *signer, const struct git_signer_options *options,
                    const struct deadline *deadline, struct err *err)
{
    char *key = clean_key(options->key);
    int answer =
        git_private_write(signer->folder, "key", span_of(key), 0600, &signer->key_path, err);
    str_wipe(key);
    if (answer != 0 || (!str_empty(options->passphrase) &&
                        git_private_write_askpass(signer->folder, options->passphrase,
                                                  &signer->askpass_path, err) != 0))
        return -1;
    return write_public_key(signer, options, deadline, err);
}

static void add_words(const struct git_signer *signer, struct strlist *argv)
{
    static const char *const ssh[] = {"ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f"};
    static const char *const gpg[] = {"--pinentry-mode", "loopback", "--passphrase-file"};
    if (signer->kind == GIT_SIGNER_SSH) {
        for (size_t i = 0; i < ARRAY_LEN(ssh); i++)
            strlist_add(argv, ssh[i]);
        strlist_add(argv, signer->key_path);
        return;
    }
    add_gpg(argv);
    for (size_t i = 0; i < ARRAY_LEN(gpg); i++)
        strlist_add(argv, gpg[i]);
    strlist_add(argv, signer->passphrase_path);
    strlist_add(argv, "--local-user");
    strlist_add(argv, signer->fingerprint);
    strlist_add(argv, "--armor");
    strlist_add(argv, "--detach-sign");
}

int git_signer_sign(struct git_signer *signer, struct span payload, const struct deadline *deadline,
                    struct buf *ret, struct err *err)
{
    CLEANUP(strlist_finish) struct strlist argv = STRLIST_INIT;
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    CLEANUP(buf_finish) struct buf signature = BUF_INIT(GIT_COMMIT_SIGNATURE_MAX);
    add_words(signer, &argv);
    if (run(signer, &argv, payload, &signature, deadline, &result, err) != 0)
        return err_wrap(err, "cannot sign the commit");
    if (result.status == 0 && signature.len != 0) {
        buf_add_span(ret, buf_span(&signature));
        return 0;
    }
    struct span why = last_line(result.errors);
    return err_set(err, ERR_INVALID, "cannot sign the commit: %.*s", (int)why.len, why.data);
}

/* What is wrong with a key that signs nothing? */
static int explain(const struct git_signer_options *options, struct err *err)
{
    if (err && strstr(err->text, "passphrase"))
        return fail_passphrase(options, err);
    return err_wrap(err, "could not use the signing key of secret '%s'", options->secret_name);
}

int git_signer_open(const struct git_signer_options *options, const struct deadline *deadline,
                    struct git_signer **ret, struct err *err)
{
    CLEANUP(git_signer_freep) struct git_signer *signer = mem_zalloc(sizeof(*signer));
    CLEANUP(buf_finish) struct buf ignored = BUF_INIT(GIT_COMMIT_SIGNATURE_MAX);
    bool fits = strlen(options->private_base) <= BASE_LENGTH_MAX;
    signer->kind = options->kind;
    if (git_private_new(fits ? options->private_base : SHORT_BASE, &signer->folder, err) != 0)
        return -1;
    signer->home = git_private_path(signer->folder, "");
    int answer = signer->kind == GIT_SIGNER_SSH ? open_ssh(signer, options, deadline, err)
                                                : open_gpg(signer, options, deadline, err);
    if (answer != 0)
        return -1;
    if (git_signer_sign(signer, SPAN_LITERAL("tidemark"), deadline, &ignored, err) != 0)
        return explain(options, err);
    *ret = MEM_STEAL(signer);
    return 0;
}

/* gpg's agent outlives gpg, and holds the unlocked key. */
static void end_agent(const struct git_signer *signer)
{
    static const char *const words[] = {"gpgconf", "--kill", "gpg-agent"};
    const struct deadline deadline = deadline_in(clock_system(), FREE_NS, NULL);
    CLEANUP(strlist_finish) struct strlist argv = STRLIST_INIT;
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    CLEANUP(buf_finish) struct buf output = BUF_INIT(LISTING_MAX);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        strlist_add(&argv, words[i]);
    run(signer, &argv, SPAN_LITERAL(""), &output, &deadline, &result, NULL);
}

void git_signer_free(struct git_signer *signer)
{
    if (!signer)
        return;
    if (signer->kind == GIT_SIGNER_GPG && signer->home)
        end_agent(signer);
    git_private_free(signer->folder);
    free(signer->home);
    free(signer->fingerprint);
    free(signer->passphrase_path);
    free(signer->key_path);
    free(signer->askpass_path);
    free(signer);
}
