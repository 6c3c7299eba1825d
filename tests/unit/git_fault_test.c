#include "test.h"

#include "base/mem.h"
#include "base/str.h"
#include "git/fault.h"

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void tells_faults_apart(void **state)
{
    (void)state;
    static const struct {
        const char *errors;
        enum git_fault fault;
        enum err_class class;
        const char *text;
    } cases[] = {
        {"fatal: unable to access 'http://h/': The requested URL returned error: 403\n",
         GIT_FAULT_REMOTE, ERR_UNAUTHORIZED,
         "authorization failed: unable to access 'http://h/': The requested URL returned error: "
         "403"},
        {"remote: Permission to a/b denied to c.\nfatal: unable to access 'http://h/': The "
         "requested URL returned error: 403\n",
         GIT_FAULT_REMOTE, ERR_UNAUTHORIZED,
         "authorization failed: unable to access 'http://h/': The requested URL returned error: "
         "403; the server says: Permission to a/b denied to c."},
        {"fatal: repository 'http://h/' not found\n", GIT_FAULT_REMOTE, ERR_NOT_FOUND,
         "repository not found: repository 'http://h/' not found"},
        {"ERROR: Repository not found.\nfatal: Could not read from remote repository.\n\nPlease "
         "make sure you have the correct access rights\n",
         GIT_FAULT_REMOTE, ERR_NOT_FOUND, "repository not found: Repository not found."},
        {"git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.\n",
         GIT_FAULT_REMOTE, ERR_UNAUTHORIZED,
         "authentication required: git@h: Permission denied (publickey). (the server does not "
         "accept the key)"},
        {"ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote "
         "repository.\n",
         GIT_FAULT_REMOTE, ERR_UNAVAILABLE, "ssh: connect to host h port 22: Connection refused"},
        {"fatal: the remote end hung up unexpectedly\n", GIT_FAULT_REMOTE, ERR_UNAVAILABLE,
         "the remote end hung up unexpectedly"},
        {"fatal: unable to access 'http://h/': The requested URL returned error: 301\n",
         GIT_FAULT_REDIRECT, ERR_INVALID,
         "unable to access 'http://h/': The requested URL returned error: 301 (the server "
         "redirects to another address, where credentials are not sent; set the URL to that "
         "address)"},
        {"fatal: remote error: upload-pack: not our ref " ID_A "\n", GIT_FAULT_GONE, ERR_NOT_FOUND,
         "upload-pack: not our ref " ID_A},
        {"error: file write error: No space left on device\nfatal: index-pack failed\n",
         GIT_FAULT_LOCAL, ERR_UNAVAILABLE, "file write error: No space left on device"},
        {"fatal: packfile x.pack cannot be mapped\n", GIT_FAULT_UNKNOWN, ERR_UNAVAILABLE,
         "packfile x.pack cannot be mapped"},
        {"", GIT_FAULT_UNKNOWN, ERR_UNAVAILABLE, "git ended with status 128"},
        /* GitLab over ssh. */
        {"remote: \nremote: ERROR: The project you were looking for could not be found.\nremote: "
         "\nfatal: Could not read from remote repository.\n",
         GIT_FAULT_REMOTE, ERR_NOT_FOUND,
         "repository not found: The project you were looking for could not be found."},
        {"fatal: http://h/a/info/refs not valid: is this a git repository?\n", GIT_FAULT_REMOTE,
         ERR_NOT_FOUND,
         "repository not found: http://h/a/info/refs not valid: is this a git repository?"},
        /* In general a server's words do not choose the class. */
        {"remote: No space left on device\nfatal: the remote end hung up unexpectedly\n",
         GIT_FAULT_REMOTE, ERR_UNAVAILABLE,
         "the remote end hung up unexpectedly; the server says: No space left on device"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(mem_freep) char *errors = str_dup(cases[i].errors);
        const struct git_outcome outcome = {.status = 128, .errors = errors};
        struct err err;
        check_int(errors, git_fault_of(&outcome), cases[i].fault);
        check_fails(errors, git_fail(&outcome, NULL, &err), &err, cases[i].class, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_faults_apart),
    };
    return test_main("git_fault", tests);
}
