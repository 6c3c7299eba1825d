#include "git/fault.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum {
    WORDS_MAX = 1024, /* bytes of the server's words in an error */
};

struct row {
    const char *needle; /* in a line of stderr, in git's untranslated words */
    enum git_fault fault;
    enum err_class class;
    const char *lead;   /* in front of git's line, or NULL */
    const char *advice; /* behind it, or NULL */
};

/* The first row whose needle occurs counts. Sources: git 2.39 (http.c,
 * remote-curl.c, connect.c, fetch-pack.c, send-pack.c), OpenSSH 9.2, libcurl,
 * and what GitHub and GitLab answer over ssh. */
static const struct row rows[] = {
    {"No space left on device", GIT_FAULT_LOCAL, ERR_UNAVAILABLE, NULL, NULL},
    {"Disk quota exceeded", GIT_FAULT_LOCAL, ERR_UNAVAILABLE, NULL, NULL},
    {"unable to read ", GIT_FAULT_LACKING, ERR_UNAVAILABLE, NULL, NULL},
    {"dubious ownership", GIT_FAULT_REMOTE, ERR_INVALID, NULL, NULL},
    {"does not support push options", GIT_FAULT_NO_PUSH_OPTIONS, ERR_INVALID, NULL, NULL},
    {"not our ref", GIT_FAULT_GONE, ERR_NOT_FOUND, NULL, NULL},
    {"unadvertised object", GIT_FAULT_GONE, ERR_NOT_FOUND, NULL, NULL},
    {"not a valid object: ", GIT_FAULT_GONE, ERR_NOT_FOUND, NULL, NULL},

    {"returned error: 401", GIT_FAULT_REMOTE, ERR_UNAUTHORIZED, "authentication required", NULL},
    {"could not read Username", GIT_FAULT_REMOTE, ERR_UNAUTHORIZED, "authentication required",
     NULL},
    {"could not read Password", GIT_FAULT_REMOTE, ERR_UNAUTHORIZED, "authentication required",
     NULL},
    {"Authentication failed for", GIT_FAULT_REMOTE, ERR_UNAUTHORIZED, "authentication required",
     NULL},
    {"returned error: 407", GIT_FAULT_REMOTE, ERR_UNAUTHORIZED, "authentication required",
     "the proxy asks for a user name and password"},
    {"response 407", GIT_FAULT_REMOTE, ERR_UNAUTHORIZED, "authentication required",
     "the proxy asks for a user name and password"},
    {"returned error: 403", GIT_FAULT_REMOTE, ERR_UNAUTHORIZED, "authorization failed", NULL},
    {"returned error: 404", GIT_FAULT_REMOTE, ERR_NOT_FOUND, "repository not found", NULL},
    {"returned error: 30", GIT_FAULT_REDIRECT, ERR_INVALID, NULL,
     "the server redirects to another address, where credentials are not sent; set the URL to "
     "that address"},
    {"unable to update url base from redirection", GIT_FAULT_REDIRECT, ERR_INVALID, NULL,
     "the address that the server redirects to is no repository; check the URL"},
    {"returned error: ", GIT_FAULT_REMOTE, ERR_UNAVAILABLE, NULL, NULL},
    {"dumb http transport", GIT_FAULT_REMOTE, ERR_INVALID, NULL,
     "the server does not speak git's smart protocol at this URL"},
    {"server certificate verification failed", GIT_FAULT_REMOTE, ERR_UNAVAILABLE, NULL,
     "if the server has a private authority, give its certificate as 'ca.crt'"},
    {"SSL certificate problem", GIT_FAULT_REMOTE, ERR_UNAVAILABLE, NULL,
     "if the server has a private authority, give its certificate as 'ca.crt'"},

    {"Host key verification failed", GIT_FAULT_REMOTE, ERR_UNAUTHORIZED, NULL,
     "the server's host key is not the one in known_hosts, or none is there for this host"},
    {"Load key ", GIT_FAULT_REMOTE, ERR_UNAUTHORIZED, "authentication required",
     "the private key in 'identity' cannot be read: malformed, or its passphrase ('password') is "
     "wrong or missing"},
    {"Permission denied (", GIT_FAULT_REMOTE, ERR_UNAUTHORIZED, "authentication required",
     "the server does not accept the key"},
    {"Too many authentication failures", GIT_FAULT_REMOTE, ERR_UNAUTHORIZED,
     "authentication required", NULL},
    {"ERROR: Permission to ", GIT_FAULT_REMOTE, ERR_UNAUTHORIZED, "authorization failed", NULL},
    {"marked as read only", GIT_FAULT_REMOTE, ERR_UNAUTHORIZED, "authorization failed",
     "give the deploy key write access"},
    {"no matching host key type", GIT_FAULT_REMOTE, ERR_INVALID, NULL, NULL},
    {"no matching key exchange method", GIT_FAULT_REMOTE, ERR_INVALID, NULL, NULL},

    {"does not appear to be a git repository", GIT_FAULT_REMOTE, ERR_NOT_FOUND,
     "repository not found", NULL},
    {"is this a git repository?", GIT_FAULT_REMOTE, ERR_NOT_FOUND, "repository not found", NULL},
    {"Repository not found", GIT_FAULT_REMOTE, ERR_NOT_FOUND, "repository not found", NULL},
    {"could not be found", GIT_FAULT_REMOTE, ERR_NOT_FOUND, "repository not found", NULL},
    {"' not found", GIT_FAULT_REMOTE, ERR_NOT_FOUND, "repository not found", NULL},
    {"couldn't find remote ref", GIT_FAULT_GONE, ERR_NOT_FOUND, NULL, NULL},

    {"attempting to allocate ", GIT_FAULT_REMOTE, ERR_UNAVAILABLE, NULL,
     "the server sends more than git may hold in memory"},
    {"unable to access '", GIT_FAULT_REMOTE, ERR_UNAVAILABLE, NULL, NULL},
    {"ssh: ", GIT_FAULT_REMOTE, ERR_UNAVAILABLE, NULL, NULL},
    {"kex_exchange_identification", GIT_FAULT_REMOTE, ERR_UNAVAILABLE, NULL, NULL},
    {"RPC failed", GIT_FAULT_REMOTE, ERR_UNAVAILABLE, NULL, NULL},
    {"hung up unexpectedly", GIT_FAULT_REMOTE, ERR_UNAVAILABLE, NULL, NULL},
    {"unexpected disconnect", GIT_FAULT_REMOTE, ERR_UNAVAILABLE, NULL, NULL},
    {"early EOF", GIT_FAULT_REMOTE, ERR_UNAVAILABLE, NULL, NULL},
    {"Connection ", GIT_FAULT_REMOTE, ERR_UNAVAILABLE, NULL, NULL},
    {"Could not read from remote repository", GIT_FAULT_REMOTE, ERR_UNAVAILABLE, NULL, NULL},
    {"remote error: ", GIT_FAULT_REMOTE, ERR_UNAVAILABLE, NULL, NULL},
    {"protocol error", GIT_FAULT_REMOTE, ERR_UNAVAILABLE, NULL, NULL},
};

static bool is_server_line(struct span line)
{
    return span_starts_with(line, "remote: ") || span_starts_with(line, "remote:\t");
}

/* The first line that holds NEEDLE and is git's or ssh's own, or, BY_SERVER,
 * anybody's. */
static bool find_line(const char *errors, const char *needle, bool by_server, struct span *ret)
{
    for (struct span rest = span_of(errors), line; span_next(&rest, '\n', &line);) {
        if ((by_server || !is_server_line(line)) && span_find(line, span_of(needle)) >= 0) {
            *ret = line;
            return true;
        }
    }
    return false;
}

static const struct row *find_row(const char *errors, struct span *ret_line)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        /* Forges say in their own words, over ssh, that there is no repository. */
        bool by_server = rows[i].fault == GIT_FAULT_REMOTE && rows[i].class == ERR_NOT_FOUND;
        if (find_line(errors, rows[i].needle, by_server, ret_line))
            return &rows[i];
    }
    return NULL;
}

enum git_fault git_fault_of(const struct git_outcome *outcome)
{
    struct span line;
    const struct row *row = find_row(outcome->errors, &line);
    return row ? row->fault : GIT_FAULT_UNKNOWN;
}

/* The line that says most if we know none: the first "fatal:", else the first
 * "error:", else the last one at all. */
static struct span best_line(const char *errors)
{
    struct span line = SPAN_LITERAL("");
    if (find_line(errors, "fatal: ", false, &line) || find_line(errors, "error: ", false, &line))
        return line;
    for (struct span rest = span_of(errors), next; span_next(&rest, '\n', &next);) {
        if (next.len != 0)
            line = next;
    }
    return line;
}

static struct span without_label(struct span line)
{
    static const char *const labels[] = {
        "remote: ", "fatal: ", "error: ", "ERROR: ", "remote error: "};
    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        if (span_starts_with(line, labels[i]))
            line = span_slice(line, strlen(labels[i]), line.len);
    }
    return span_trim(line);
}

/* Appends LINE without terminal escapes ("ESC [ … letter"). */
static void add_plain(struct span line, struct buf *ret)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] == '\033' && i + 1 < line.len && line.data[i + 1] == '[') {
            i += 2;
            while (i < line.len && (unsigned char)line.data[i] < 0x40)
                i++;
        } else {
            buf_addc(ret, line.data[i]);
        }
    }
}

void git_add_server_words(const char *errors, struct buf *ret)
{
    for (struct span rest = span_of(errors), line; span_next(&rest, '\n', &line);) {
        bool label = is_server_line(line);
        if (!label && !span_starts_with(line, "ERROR: "))
            continue;
        struct span words = span_trim(span_slice(line, label ? 7 : 0, line.len));
        if (words.len == 0)
            continue;
        if (ret->len != 0)
            buf_addc(ret, ' ');
        add_plain(words, ret);
    }
}

/* What to do about a 401 depends on what was sent. */
static const char *advice_of(const struct row *row, const struct git_access *access)
{
    bool http = access &&
                (access->url->scheme == GIT_SCHEME_HTTP || access->url->scheme == GIT_SCHEME_HTTPS);
    if (row->advice || !http || row->class != ERR_UNAUTHORIZED ||
        !str_equal(row->lead, "authentication required"))
        return row->advice;
    return access->has_login ? "the server refused the credentials"
                             : "the server wants 'username' and 'password', or 'bearerToken'";
}

int git_fail(const struct git_outcome *outcome, const struct git_access *access, struct err *err)
{
    struct span line;
    const struct row *row = find_row(outcome->errors, &line);
    if (!row) {
        line = without_label(best_line(outcome->errors));
        if (line.len == 0)
            return err_set(err, ERR_UNAVAILABLE, "git ended with status %d", outcome->status);
        return err_set(err, ERR_UNAVAILABLE, "%.*s", (int)line.len, line.data);
    }
    CLEANUP(buf_finish) struct buf text = BUF_INIT(ERR_TEXT_SIZE);
    CLEANUP(buf_finish) struct buf words = BUF_INIT(WORDS_MAX);
    if (row->lead)
        buf_addf(&text, "%s: ", row->lead);
    add_plain(without_label(line), &text);
    git_add_server_words(outcome->errors, &words);
    if (words.len != 0 && span_find(buf_span(&words), without_label(line)) < 0)
        buf_addf(&text, "; the server says: %s", buf_text(&words));
    const char *advice = advice_of(row, access);
    if (advice)
        buf_addf(&text, " (%s)", advice);
    return err_set(err, row->class, "%s", buf_text(&text));
}
