#include "git/access.h"

#include "base/mem.h"
#include "base/str.h"

enum {
    CONFIG_MAX = 64 * 1024, /* bytes of the ssh configuration */
};

/* Keys from Secrets may have lost their last newline, or carry those of
 * Windows; ssh reads neither. */
static int write_identity(struct git_access *access, const char *identity, char **ret_path,
                          struct err *err)
{
    CLEANUP(buf_finish) struct buf key = BUF_INIT(GIT_SECRET_MAX + 1);
    for (const char *c = identity; *c; c++) {
        if (*c != '\r')
            buf_addc(&key, *c);
    }
    if (key.len != 0 && key.data[key.len - 1] != '\n')
        buf_addc(&key, '\n');
    return git_private_write(access->folder, "identity", buf_span(&key), 0600, ret_path, err);
}

static int add_identity(struct git_access *access, const struct git_credentials *credentials,
                        struct buf *config, struct err *err)
{
    CLEANUP(mem_freep) char *path = NULL;
    if (write_identity(access, credentials->identity, &path, err) != 0)
        return -1;
    buf_addf(config, "IdentityFile \"%s\"\nIdentitiesOnly yes\nIdentityAgent none\n", path);
    if (str_empty(credentials->passphrase))
        return 0;
    git_access_add_secret(access, credentials->passphrase);
    return git_private_write_askpass(access->folder, credentials->passphrase, &access->askpass,
                                     err);
}

static int add_known_hosts(struct git_access *access, const char *known_hosts, struct buf *config,
                           struct err *err)
{
    CLEANUP(mem_freep) char *path = NULL;
    if (git_access_write(access, "known_hosts", known_hosts, &path, err) != 0)
        return -1;
    buf_addf(config, "UserKnownHostsFile \"%s\"\nGlobalKnownHostsFile /dev/null\n", path);
    return 0;
}

int git_access_init_ssh(struct git_access *access, const struct git_credentials *credentials,
                        const char *base, struct err *err)
{
    static const char fixed[] = "StrictHostKeyChecking yes\n"
                                "UpdateHostKeys no\n"
                                "CheckHostIP no\n"
                                "PreferredAuthentications publickey\n"
                                "PasswordAuthentication no\n"
                                "KbdInteractiveAuthentication no\n"
                                "NumberOfPasswordPrompts 1\n"
                                "ForwardAgent no\n"
                                "ClearAllForwardings yes\n"
                                "PermitLocalCommand no\n"
                                "ControlMaster no\n"
                                "ControlPath none\n"
                                "ServerAliveInterval 30\n"
                                "ServerAliveCountMax 10\n"
                                "LogLevel ERROR\n";
    CLEANUP(buf_finish) struct buf config = BUF_INIT(CONFIG_MAX);
    CLEANUP(mem_freep) char *config_path = NULL;
    if (git_private_new(base, &access->folder, err) != 0)
        return -1;
    buf_adds(&config, fixed);
    if (!str_empty(credentials->identity) && add_identity(access, credentials, &config, err) != 0)
        return -1;
    /* Batch mode would forbid the script that gives the passphrase as well;
     * without it there is still no terminal, and every other question is off. */
    buf_addf(&config, "BatchMode %s\n", access->askpass ? "no" : "yes");
    if (!str_empty(credentials->known_hosts) &&
        add_known_hosts(access, credentials->known_hosts, &config, err) != 0)
        return -1;
    if (!str_empty(credentials->host_key_algorithms))
        buf_addf(&config, "HostKeyAlgorithms %s\n", credentials->host_key_algorithms);
    if (!str_empty(credentials->kex_algorithms))
        buf_addf(&config, "KexAlgorithms %s\n", credentials->kex_algorithms);
    if (git_access_write(access, "ssh_config", buf_text(&config), &config_path, err) != 0)
        return -1;
    access->ssh_command = str_printf("ssh -F \"%s\"", config_path);
    return 0;
}
