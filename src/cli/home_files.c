#include "cli/home_files.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"

enum {
    STATE_DIR_MODE = 0700,
};

#define STORE_PREFIX "sqlite:"
#define STATE_NAME   "tidemark.db"

/* $XDG_STATE_HOME/tidemark/store.db, as the XDG base directory specification
 * places what a program keeps. */
static int default_path(char **ret, struct err *err)
{
    const char *state = getenv("XDG_STATE_HOME"), *user = getenv("HOME");
    if (state && state[0] == '/') {
        *ret = str_printf("%s/tidemark/store.db", state);
        return 0;
    }
    if (str_empty(user))
        return err_set(err, ERR_INVALID,
                       "no place for the store: set TIDEMARK_STORE, HOME, or use "
                       "--store sqlite:PATH");
    *ret = str_printf("%s/.local/state/tidemark/store.db", user);
    return 0;
}

const char *home_files_store(const struct cli *cli)
{
    return options_given(cli->options, "store") ? options_text(cli->options, "store")
                                                : getenv("TIDEMARK_STORE");
}

int home_files_choose(const struct cli *cli, bool *ret_embedded, char **ret, struct err *err)
{
    const char *named = home_files_store(cli);
    *ret_embedded = !str_equal(named, STORE_KUBERNETES);
    if (!*ret_embedded)
        return 0;
    if (str_empty(named))
        return default_path(ret, err);
    if (str_starts_with(named, STORE_PREFIX))
        named += strlen(STORE_PREFIX);
    else if (!strchr(named, '/') && strchr(named, ':'))
        return err_set(err, ERR_INVALID,
                       "store '%s' is of no kind that tidemark has: use " STORE_PREFIX
                       "PATH or " STORE_KUBERNETES,
                       named);
    if (!*named)
        return err_set(err, ERR_INVALID, "the store needs a path: " STORE_PREFIX "PATH");
    *ret = str_dup(named);
    return 0;
}

static int make_parent(const char *path, struct err *err)
{
    CLEANUP(mem_freep) char *copy = str_dup(path);
    return file_make_dirs(dirname(copy), STATE_DIR_MODE, err);
}

int home_files_open(struct home *home, struct err *err)
{
    home->cache_dir = str_printf("%s.cache", home->path);
    home->lock_path = str_printf("%s.lock", home->path);
    if (make_parent(home->path, err) != 0)
        return -1;
    return db_open(home->path, &home->db, err);
}

int home_files_open_state(struct home *home, const char *dir, struct err *err)
{
    home->path = str_printf("%s/" STATE_NAME, dir);
    if (home_files_open(home, err) == 0)
        return 0;
    return err_wrap(err, "cannot keep the controller's state (see --storage-path)");
}
