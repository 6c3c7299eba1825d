#include "git/ssh_key.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strlist.h"
#include "git/private.h"

enum {
    KEY_TYPE_MAX = 64, /* bytes of "sk-ecdsa-sha2-nistp256@openssh.com" and the like */
};

#define IDENTITY_NAME "identity"

void git_ssh_key_finish(struct git_ssh_key *key)
{
    str_wipe(key->identity);
    free(key->public);
    *key = (struct git_ssh_key){0};
}

/* Runs a program of OpenSSH; ASKPASS is a script for its questions, or NULL. */
static int run(struct strlist *argv, const char *askpass, struct buf *output,
               const struct deadline *deadline, struct proc_result *ret, struct err *err)
{
    CLEANUP(strlist_finish) struct strlist env = STRLIST_INIT;
    strlist_add(&env, "HOME=/dev/null");
    strlist_add(&env, "LC_ALL=C");
    if (askpass) {
        strlist_addf(&env, "SSH_ASKPASS=%s", askpass);
        strlist_add(&env, "SSH_ASKPASS_REQUIRE=force");
    }
    const struct proc_command command = {
        .argv = strlist_argv(argv),
        .env = strlist_argv(&env),
        .dir = "/",
        .on_output = proc_output_to_buf,
        .arg = output,
        .deadline = deadline,
    };
    return proc_run(&command, ret, err);
}

static void add_words(struct strlist *argv, const char *const *words)
{
    for (; *words; words++)
        strlist_add(argv, *words);
}

/* The last line that says something; comments of ssh-keyscan do not. */
static struct span last_line(const char *errors, const char *otherwise)
{
    struct span line = span_of(otherwise), part;
    for (struct span rest = span_of(errors ? errors : ""); span_next(&rest, '\n', &part);) {
        if (span_trim(part).len != 0 && !span_starts_with(part, "#"))
            line = span_trim(part);
    }
    return line;
}

/* "type base64" and a newline, from a line that may have a comment as well. */
static char *public_line(struct span line)
{
    struct span type, data;
    line = span_trim(line);
    if (!span_next(&line, ' ', &type) || !span_next(&line, ' ', &data) || data.len == 0)
        return NULL;
    return str_printf("%.*s %.*s\n", (int)type.len, type.data, (int)data.len, data.data);
}

static int read_file(const char *path, struct buf *ret, struct err *err)
{
    return file_read(path, ret, err) == 0 ? 0 : err_wrap(err, "ssh-keygen has left no key");
}

/* Both halves of the key that ssh-keygen has written. */
static int collect(const char *path, struct git_ssh_key *ret, struct err *err)
{
    CLEANUP(buf_wipe) struct buf identity = BUF_INIT(GIT_SSH_KEY_MAX);
    CLEANUP(buf_finish) struct buf public = BUF_INIT(GIT_SSH_KEY_MAX);
    CLEANUP(mem_freep) char *public_path = str_printf("%s.pub", path);
    if (read_file(path, &identity, err) != 0 || read_file(public_path, &public, err) != 0)
        return -1;
    char *line = public_line(buf_span(&public));
    if (!line)
        return err_set(err, ERR_INTERNAL, "ssh-keygen has written a public key of unknown form");
    *ret = (struct git_ssh_key){str_dup(buf_text(&identity)), line};
    return 0;
}

int git_ssh_key_make(const char *algorithm, unsigned bits, const char *base,
                     const struct deadline *deadline, struct git_ssh_key *ret, struct err *err)
{
    CLEANUP(git_private_freep) struct git_private *folder = NULL;
    CLEANUP(strlist_finish) struct strlist argv = STRLIST_INIT;
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    CLEANUP(buf_finish) struct buf output = BUF_INIT(GIT_SSH_KEY_MAX);
    if (git_private_new(base, &folder, err) != 0)
        return -1;
    CLEANUP(mem_freep) char *path = git_private_path(folder, IDENTITY_NAME);
    add_words(&argv, (const char *const[]){"ssh-keygen", "-q", "-N", "", "-C", "", "-t", algorithm,
                                           "-f", path, NULL});
    if (!str_equal(algorithm, "ed25519")) {
        strlist_add(&argv, "-b");
        strlist_addf(&argv, "%u", bits);
    }
    if (run(&argv, NULL, &output, deadline, &result, err) != 0)
        return err_wrap(err, "cannot make an SSH key");
    if (result.status == 0)
        return collect(path, ret, err);
    struct span why = last_line(result.errors, "ssh-keygen gives no reason");
    return err_set(err, ERR_INVALID, "cannot make an SSH key: %.*s", (int)why.len, why.data);
}

static int refuse(const char *errors, const char *passphrase, struct err *err)
{
    if (strstr(errors ? errors : "", "passphrase") && str_empty(passphrase))
        return err_set(err, ERR_INVALID, "ssh: this private key is passphrase protected");
    if (strstr(errors ? errors : "", "passphrase"))
        return err_set(err, ERR_INVALID, "x509: decryption password incorrect");
    /* The rest of its words name the private folder. */
    return err_set(err, ERR_INVALID, "ssh: no key found");
}

/* ssh-keygen reads neither the line ends of Windows nor a last line without one. */
static void clean(const char *identity, struct buf *ret)
{
    for (const char *c = identity; *c; c++) {
        if (*c != '\r')
            buf_addc(ret, *c);
    }
    if (ret->len != 0 && ret->data[ret->len - 1] != '\n')
        buf_addc(ret, '\n');
}

int git_ssh_key_read(const char *identity, const char *passphrase, const char *base,
                     const struct deadline *deadline, struct git_ssh_key *ret, struct err *err)
{
    CLEANUP(git_private_freep) struct git_private *folder = NULL;
    CLEANUP(strlist_finish) struct strlist argv = STRLIST_INIT;
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    CLEANUP(buf_finish) struct buf output = BUF_INIT(GIT_SSH_KEY_MAX);
    CLEANUP(buf_wipe) struct buf key = BUF_INIT(GIT_SSH_KEY_MAX + 1);
    CLEANUP(mem_freep) char *path = NULL;
    CLEANUP(mem_freep) char *askpass = NULL;
    if (strlen(identity) > GIT_SSH_KEY_MAX)
        return err_set(err, ERR_INVALID, "the private key is larger than %d bytes",
                       GIT_SSH_KEY_MAX);
    clean(identity, &key);
    /* Without a script it would ask at the terminal. */
    if (git_private_new(base, &folder, err) != 0 ||
        git_private_write(folder, IDENTITY_NAME, buf_span(&key), 0600, &path, err) != 0 ||
        git_private_write_askpass(folder, passphrase ? passphrase : "", &askpass, err) != 0)
        return -1;
    add_words(&argv, (const char *const[]){"ssh-keygen", "-y", "-f", path, NULL});
    if (run(&argv, askpass, &output, deadline, &result, err) != 0)
        return err_wrap(err, "cannot read the SSH key");
    char *line = result.status == 0 ? public_line(buf_span(&output)) : NULL;
    if (!line)
        return refuse(result.errors, passphrase, err);
    *ret = (struct git_ssh_key){str_dup(identity), line};
    return 0;
}

/* "host type base64" with nothing in it that a line of known_hosts has not. */
static bool is_host_key(struct span line)
{
    struct span host, type, data;
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] < ' ' || line.data[i] > '~')
            return false;
    }
    return line.len != 0 && line.data[0] != '#' && span_next(&line, ' ', &host) &&
           span_next(&line, ' ', &type) && span_next(&line, ' ', &data) && line.len == 0 &&
           type.len <= KEY_TYPE_MAX && data.len != 0;
}

int git_ssh_scan(const char *host, unsigned port, const struct deadline *deadline, struct buf *ret,
                 struct err *err)
{
    CLEANUP(strlist_finish) struct strlist argv = STRLIST_INIT;
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    CLEANUP(buf_finish) struct buf output = BUF_INIT(GIT_SSH_KNOWN_HOSTS_MAX);
    const struct deadline within =
        deadline_within(deadline, GIT_SSH_SCAN_TIMEOUT_MS * CLOCK_NS_PER_MS);
    size_t before = ret->len;
    strlist_add(&argv, "ssh-keyscan");
    strlist_addf(&argv, "-T%d", GIT_SSH_SCAN_TIMEOUT_MS / 1000);
    strlist_addf(&argv, "-p%u", port);
    add_words(&argv, (const char *const[]){"--", host, NULL});
    if (run(&argv, NULL, &output, &within, &result, err) != 0)
        return -1;
    struct span line;
    for (struct span rest = buf_span(&output); span_next(&rest, '\n', &line);) {
        if (!is_host_key(line))
            continue;
        buf_add_span(ret, line);
        buf_addc(ret, '\n');
    }
    if (ret->len != before)
        return 0;
    struct span why = last_line(result.errors, "the server has shown no host key");
    return err_set(err, ERR_UNAVAILABLE, "%.*s", (int)why.len, why.data);
}
