#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/imageref.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "update/diff.h"
#include "update/update.h"

enum {
    DEPTH_MAX = 64, /* folders within folders */
    POLICIES_MAX = 1000,
};

const struct option_def edit_options[] = {
    {.name = "policy",
     .type = OPTION_ARRAY,
     .value = "NAMESPACE:NAME=IMAGE:TAG[@DIGEST]",
     .help = "the image that a policy stands for; may be repeated"},
    {.name = "dry-run", .type = OPTION_BOOL, .help = "change nothing; print a diff"},
    {.name = NULL},
};

/* The policies of the command line, and the strings that they point to. */
struct edit {
    bool dry_run;
    struct update_policy policies[POLICIES_MAX];
    size_t policy_count;
    struct strlist texts;
    size_t changed;
    size_t faults;
};

static const char *keep(struct edit *edit, char *text)
{
    strlist_add_take(&edit->texts, text);
    return text;
}

static int malformed(const char *text, const char *why, struct err *err)
{
    return err_set(err, ERR_INVALID,
                   "--policy '%s': %s; it must read NAMESPACE:NAME=IMAGE:TAG[@DIGEST]", text, why);
}

/* IMAGE:TAG[@DIGEST]; the image stays as it is typed. */
static int read_image(struct edit *edit, const char *text, const char *image,
                      struct update_policy *policy, struct err *err)
{
    CLEANUP(imageref_finish) struct imageref ref = IMAGEREF_INIT;
    const char *at = strchr(image, '@');
    size_t len = at ? (size_t)(at - image) : strlen(image);
    CLEANUP(mem_freep) char *tagged = mem_dup(image, len);
    char *colon = strrchr(tagged, ':');
    struct err why;
    if (!colon || strchr(colon, '/') || !colon[1])
        return malformed(text, "the image has no tag", err);
    if (imageref_parse_tag(tagged, &ref, &why) != 0)
        return malformed(text, why.text, err);
    if (at) {
        CLEANUP(imageref_finish) struct imageref digest = IMAGEREF_INIT;
        if (imageref_parse_digest(image, &digest, &why) != 0)
            return malformed(text, why.text, err);
        policy->digest = keep(edit, str_dup(at + 1));
    }
    policy->tag = keep(edit, str_dup(colon + 1));
    policy->image = keep(edit, mem_dup(tagged, (size_t)(colon - tagged)));
    return 0;
}

static int add_policy(struct edit *edit, const char *text, struct err *err)
{
    struct update_policy policy = {0};
    const char *equals = strchr(text, '='), *colon = strchr(text, ':');
    if (edit->policy_count >= POLICIES_MAX)
        return err_set(err, ERR_INVALID, "more than %d policies", POLICIES_MAX);
    if (!equals || !colon || colon > equals || colon == text || colon + 1 == equals)
        return malformed(text, "the namespace or the name is missing", err);
    policy.namespace = keep(edit, mem_dup(text, (size_t)(colon - text)));
    policy.name = keep(edit, mem_dup(colon + 1, (size_t)(equals - colon - 1)));
    if (read_image(edit, text, equals + 1, &policy, err) != 0)
        return -1;
    edit->policies[edit->policy_count++] = policy;
    return 0;
}

/* What cannot be edited is told, and the other files are edited all the same. */
static void fault(struct edit *edit, const struct err *err)
{
    console_failure("%s", err->text);
    edit->faults++;
}

static void print_diff(const char *path, struct span before, struct span after)
{
    CLEANUP(buf_finish) struct buf diff = BUF_INIT(4 * UPDATE_FILE_MAX);
    /* Names in a diff are relative: `git apply` takes no others. */
    while (*path == '/')
        path++;
    diff_print(path, before, after, &diff);
    console_write(buf_span(&diff));
}

static void finish_file(struct edit *edit, const char *path, mode_t mode, struct span before,
                        const struct update_result *result)
{
    struct err err;
    for (size_t i = 0; i < result->notice_count; i++)
        console_warning("%s:%zu: %s", path, result->notices[i].line, result->notices[i].text);
    if (!result->changed)
        return;
    edit->changed++;
    if (edit->dry_run)
        print_diff(path, before, buf_span(&result->content));
    else if (file_write_atomic(path, buf_span(&result->content), mode, &err) != 0)
        fault(edit, &err);
    else
        console_print("%s\n", path);
}

static void edit_file(struct edit *edit, const char *path)
{
    CLEANUP(file_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    CLEANUP(buf_finish) struct buf content = BUF_INIT(UPDATE_FILE_MAX);
    CLEANUP(update_result_finish) struct update_result result = UPDATE_RESULT_INIT;
    struct stat info;
    struct err err;
    if (fd < 0 || fstat(fd, &info) != 0) {
        err_set_errno(&err, errno, "cannot open '%s'", path);
        fault(edit, &err);
        return;
    }
    if (file_read_fd(fd, path, &content, &err) != 0 ||
        (update_may_have_marker(buf_span(&content)) &&
         update_file(buf_span(&content), path, edit->policies, edit->policy_count, &result, &err) !=
             0)) {
        fault(edit, &err);
        return;
    }
    finish_file(edit, path, info.st_mode & 07777, buf_span(&content), &result);
}

static void edit_path(struct edit *edit, const char *path, int depth, bool named);

static void edit_folder(struct edit *edit, const char *path, int depth)
{
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    struct err err;
    if (depth > DEPTH_MAX)
        err_set(&err, ERR_INVALID, "'%s' is more than %d folders deep", path, DEPTH_MAX);
    if (depth > DEPTH_MAX || file_list_dir(path, &names, &err) != 0) {
        fault(edit, &err);
        return;
    }
    for (size_t i = 0; i < names.len; i++) {
        CLEANUP(mem_freep)
        char *below =
            str_printf("%s%s%s", path, str_ends_with(path, "/") ? "" : "/", names.items[i]);
        if (!str_equal(names.items[i], ".git"))
            edit_path(edit, below, depth + 1, false);
    }
}

/* A file that the user named is edited whatever its name; below a folder only
 * manifests are. Symlinks are never followed. */
static void edit_path(struct edit *edit, const char *path, int depth, bool named)
{
    struct stat info;
    struct err err;
    if (lstat(path, &info) != 0) {
        err_set_errno(&err, errno, "cannot open '%s'", path);
        fault(edit, &err);
    } else if (S_ISDIR(info.st_mode)) {
        edit_folder(edit, path, depth);
    } else if (S_ISREG(info.st_mode) && (named || update_is_manifest_name(path))) {
        edit_file(edit, path);
    } else if (named) {
        err_set(&err, ERR_INVALID, "'%s' is %s: it is not edited", path,
                S_ISLNK(info.st_mode) ? "a symlink" : "no file");
        fault(edit, &err);
    }
}

static void edit_free(struct edit *edit)
{
    if (edit)
        strlist_finish(&edit->texts);
    free(edit);
}
MEM_DEFINE_FREEP(struct edit, edit_free)

int edit_run(const struct cli *cli, struct err *err)
{
    const struct strlist *policies = options_list(cli->options, "policy");
    CLEANUP(edit_freep) struct edit *edit = mem_zalloc(sizeof(*edit));
    edit->dry_run = options_flag(cli->options, "dry-run");
    if (policies->len == 0)
        return err_set(err, ERR_INVALID, "at least one --policy is required"), CLI_FAILED;
    if (cli->operands->len == 0)
        return err_set(err, ERR_INVALID, "a file or folder is required"), CLI_FAILED;
    for (size_t i = 0; i < policies->len; i++) {
        if (add_policy(edit, policies->items[i], err) != 0)
            return CLI_FAILED;
    }
    for (size_t i = 0; i < cli->operands->len; i++)
        edit_path(edit, cli->operands->items[i], 0, true);
    return edit->faults == 0 ? CLI_OK : CLI_FAILED_TOLD;
}
