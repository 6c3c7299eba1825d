#include "lab.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strmap.h"
#include "git/object.h"
#include "git/tree.h"

enum {
    OUTPUT_MAX = 16 * 1024 * 1024,
    STEP_SECONDS = 60,
};

struct lab {
    char *dir;
    struct strmap values;
    pid_t pid;
    int in_fd; /* the servers end when it closes */
};

static char *script_path(const char *name)
{
    return str_printf(TIDEMARK_SOURCE "/tests/%s", name);
}

/* Starts lab.sh with pipes to its input and from its output. */
static FILE *spawn(struct lab *lab, const char *servers)
{
    int in[2], out[2];
    if (pipe(in) != 0 || pipe(out) != 0)
        return NULL;
    CLEANUP(mem_freep) char *path = script_path("git/lab.sh");
    CLEANUP(mem_freep) char *line = str_printf("exec sh '%s' '%s' %s", path, lab->dir, servers);
    lab->pid = fork();
    if (lab->pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        closefrom(STDERR_FILENO + 1);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    lab->in_fd = in[1];
    return fdopen(out[0], "r");
}

/* Reads "NAME=value" lines up to "ready". */
static bool read_values(struct lab *lab, FILE *file)
{
    char line[1024];
    while (fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "ready") == 0)
            return true;
        char *equals = strchr(line, '=');
        if (equals) {
            *equals = '\0';
            strmap_set(&lab->values, line, equals + 1);
        }
    }
    return false;
}

static bool is_installed(const char *servers)
{
    static const char *const needs[][2] = {
        {"http", "/usr/sbin/lighttpd"},
        {"https", "/usr/lib/lighttpd/mod_openssl.so"},
        {"ssh", "/usr/sbin/sshd"},
    };
    for (size_t i = 0; i < ARRAY_LEN(needs); i++) {
        if (strstr(servers, needs[i][0]) && access(needs[i][1], R_OK) != 0) {
            fprintf(stderr, "%s is not installed\n", needs[i][1]);
            return false;
        }
    }
    return true;
}

struct lab *lab_start(const char *servers)
{
    struct lab *lab = mem_zalloc(sizeof(*lab));
    struct err err;
    lab->in_fd = -1;
    if (!is_installed(servers)) {
        free(lab);
        return NULL;
    }
    if (file_make_temp_dir("/tmp/tidemark-git-lab-", &lab->dir, &err) != 0)
        abort();
    FILE *file = spawn(lab, servers);
    if (!file || !read_values(lab, file)) {
        fprintf(stderr, "the servers '%s' do not start, see %s/log\n", servers, lab->dir);
        exit(1);
    }
    fclose(file);
    return lab;
}

void lab_stop(struct lab *lab)
{
    file_closep(&lab->in_fd);
    waitpid(lab->pid, NULL, 0);
    file_remove_tree(lab->dir, NULL);
    strmap_finish(&lab->values);
    free(lab->dir);
    free(lab);
}

const char *lab_dir(const struct lab *lab)
{
    return lab->dir;
}

const char *lab_value(const struct lab *lab, const char *name)
{
    return strmap_get(&lab->values, name);
}

static char *run(const struct lab *lab, const char *script)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(OUTPUT_MAX);
    CLEANUP(buf_finish) struct buf output = BUF_INIT(OUTPUT_MAX);
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    CLEANUP(mem_freep) char *library = script_path("lib/git.sh");
    static const char *const env[] = {"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin", NULL};
    struct deadline deadline = lab_deadline(STEP_SECONDS);
    struct err err;
    buf_addf(&text, "set -e\n. '%s'\ngit_lab_init '%s'\n", library, lab->dir);
    strmap_foreach (entry, &lab->values)
        buf_addf(&text, "%s='%s'\n", entry->key, entry->value);
    buf_adds(&text, script);
    const char *const argv[] = {"sh", "-c", buf_text(&text), NULL};
    const struct proc_command command = {.argv = argv,
                                         .env = env,
                                         .dir = lab->dir,
                                         .on_output = proc_output_to_buf,
                                         .arg = &output,
                                         .deadline = &deadline};
    if (proc_run(&command, &result, &err) != 0)
        fail_msg("%s: %s", script, err.text);
    if (result.status != 0)
        fail_msg("%s: status %d: %s", script, result.status, result.errors);
    if (output.len != 0 && output.data[output.len - 1] == '\n')
        buf_truncate(&output, output.len - 1);
    return buf_take(&output);
}

char *lab_run(const struct lab *lab, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    CLEANUP(mem_freep) char *script = str_vprintf(fmt, args);
    va_end(args);
    return run(lab, script);
}

void lab_do(const struct lab *lab, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    CLEANUP(mem_freep) char *script = str_vprintf(fmt, args);
    va_end(args);
    free(run(lab, script));
}

char *lab_file(const struct lab *lab, const char *name)
{
    CLEANUP(buf_finish) struct buf content = BUF_INIT(OUTPUT_MAX);
    CLEANUP(mem_freep) char *path = str_printf("%s/%s", lab->dir, name);
    struct err err;
    check_ok(name, file_read(path, &content, &err), &err);
    return buf_take(&content);
}

struct deadline lab_deadline(int seconds)
{
    return deadline_in(clock_system(), seconds * CLOCK_NS_PER_S, NULL);
}

struct git_remote *lab_remote(const struct lab *lab, const char *url,
                              const struct git_credentials *credentials)
{
    CLEANUP(mem_freep) char *base = str_printf("%s/tmp", lab->dir);
    const struct git_remote_options options = {
        .url = url, .allow_local = true, .private_base = base, .credentials = credentials};
    struct git_remote *remote = NULL;
    struct err err;
    check_ok(url, git_remote_open(&options, &remote, &err), &err);
    return remote;
}

struct git_mirror *lab_mirror(const struct lab *lab, const struct git_remote *remote,
                              const char *cache)
{
    CLEANUP(mem_freep) char *dir = str_printf("%s/%s", lab->dir, cache);
    const struct git_mirror_options options = {
        .cache_dir = dir, .url = git_remote_url(remote), .blob_max_bytes = 1024 * 1024};
    struct deadline deadline = lab_deadline(STEP_SECONDS);
    struct git_mirror *mirror = NULL;
    struct err err;
    check_ok("mirror", git_mirror_open(&options, &deadline, &mirror, &err), &err);
    return mirror;
}

struct git_oid lab_ref(struct git_remote *remote, const char *ref)
{
    CLEANUP(git_refs_finish) struct git_refs refs = {0};
    const struct git_list_query query = {.names = &ref, .name_count = 1};
    struct deadline deadline = lab_deadline(STEP_SECONDS);
    struct err err;
    check_ok(ref, git_remote_list(remote, &query, &deadline, &refs, &err), &err);
    const struct git_ref *found = git_refs_find(&refs, ref);
    return found ? found->oid : GIT_OID_NONE;
}

struct git_oid lab_fetch(struct git_mirror *mirror, struct git_remote *remote, const char *ref)
{
    struct git_want want = {.ref = ref, .oid = lab_ref(remote, ref)};
    struct deadline deadline = lab_deadline(STEP_SECONDS);
    struct err err;
    assert_false(git_oid_is_none(&want.oid));
    check_ok(ref, git_mirror_fetch(mirror, remote, &want, 1, &deadline, &err), &err);
    return want.oid;
}

static int keep_entry(void *arg, const char *path, const struct git_entry *entry, struct err *err)
{
    (void)path;
    (void)err;
    *(struct git_entry *)arg = *entry;
    return 0;
}

static struct git_entry entry_of(struct git_mirror *mirror, const struct git_oid *commit,
                                 const char *path)
{
    struct git_entry entry = {.kind = GIT_ENTRY_NONE};
    struct deadline deadline = lab_deadline(STEP_SECONDS);
    struct err err;
    check_ok(path, git_tree_list(mirror, commit, path, keep_entry, &entry, &deadline, &err), &err);
    return entry;
}

static int keep_content(void *arg, const struct git_object *object, struct err *err)
{
    (void)err;
    *(char **)arg = span_dup(object->content);
    return 0;
}

char *lab_show(struct git_mirror *mirror, const struct git_oid *commit, const char *path)
{
    struct git_entry entry = entry_of(mirror, commit, path);
    struct deadline deadline = lab_deadline(STEP_SECONDS);
    char *text = NULL;
    struct err err;
    if (entry.kind == GIT_ENTRY_NONE)
        return NULL;
    check_ok(
        path,
        git_object_read(mirror, &entry.oid, 1, OUTPUT_MAX, keep_content, &text, &deadline, &err),
        &err);
    return text;
}

struct git_oid lab_commit(struct git_mirror *mirror, const struct git_oid *parent, const char *ref,
                          const char *path, const char *text)
{
    const struct git_edit edit = {
        .path = path, .before = entry_of(mirror, parent, path), .content = span_of(text)};
    const struct git_commit_request request = {
        .parent = *parent,
        .ref = ref,
        .edits = &edit,
        .edit_count = 1,
        .name = "Tide Mark",
        .email = "bot@example.com",
        .time_s = 1700000000,
        .message = SPAN_LITERAL("Update\n"),
    };
    struct deadline deadline = lab_deadline(STEP_SECONDS);
    struct git_oid commit = GIT_OID_NONE;
    struct err err;
    check_int(path, git_commit_create(mirror, &request, &deadline, &commit, &err), 1);
    return commit;
}

void lab_make_repository(const struct lab *lab, const char *name)
{
    lab_do(lab,
           "git_lab_repo %s\n"
           "git init -q work-%s; cd work-%s; git remote add origin ../repos/%s.git\n"
           "mkdir apps apps/web apps/web2\n"
           "echo one >apps/web/a.yaml; echo two >apps/web2/b.yaml; echo three >c.yaml\n"
           "head -c 2000000 /dev/zero | tr '\\0' x >large\n"
           "git add .; git commit -q -m one; git push -q origin main",
           name, name, name, name);
}

struct git_remote *lab_open_repository(const struct lab *lab, const char *name)
{
    CLEANUP(mem_freep)
    char *url = str_printf("%s/git/%s.git", lab_value(lab, "GIT_LAB_HTTP"), name);
    return lab_remote(lab, url, NULL);
}
