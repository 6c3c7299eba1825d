#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

/* A folder of the test's own, and a path in it. */
struct place {
    char *dir;
    char *path;
};

static struct place new_place(void)
{
    struct place place;
    struct err err;
    check_ok("folder", file_make_temp_dir("/tmp/tidemark-file-", &place.dir, &err), &err);
    place.path = str_printf("%s/file", place.dir);
    return place;
}

static void end_place(struct place *place)
{
    file_remove_tree(place->dir, NULL);
    free(place->dir);
    free(place->path);
}

static void new_files_are_private_and_new(void **state)
{
    (void)state;
    CLEANUP(end_place) struct place place = new_place();
    struct err err;
    struct stat info;
    check_ok("new", file_write_new(place.path, SPAN_LITERAL("se\0cret"), 0600, &err), &err);
    CLEANUP(buf_finish) struct buf content = BUF_INIT(100);
    check_ok("read", file_read(place.path, &content, &err), &err);
    check_span("content", buf_span(&content), SPAN_LITERAL("se\0cret"));
    check_int("stat", stat(place.path, &info), 0);
    check_int("mode", info.st_mode & 07777, 0600);
    CLEANUP(mem_freep) char *text = str_printf("cannot create '%s': File exists", place.path);
    check_fails("exists", file_write_new(place.path, SPAN_LITERAL("x"), 0600, &err), &err,
                ERR_CONFLICT, text);
}

static void trees_have_a_size(void **state)
{
    enum { SIZE = 100 * 1024 };
    (void)state;
    CLEANUP(end_place) struct place place = new_place();
    CLEANUP(mem_freep) char *folder = str_printf("%s/sub", place.dir);
    CLEANUP(mem_freep) char *file = str_printf("%s/big", folder);
    CLEANUP(mem_freep) char *link = str_printf("%s/link", place.dir);
    CLEANUP(mem_freep) char *content = mem_zalloc(SIZE);
    struct err err;
    int64_t empty = file_tree_size(place.dir);
    check_ok("folder", file_make_dirs(folder, 0700, &err), &err);
    check_ok("file", file_write_new(file, (struct span){content, SIZE}, 0600, &err), &err);
    check_int("link", symlink("/usr", link), 0);
    int64_t grown = file_tree_size(place.dir) - empty;
    if (grown < SIZE || grown > 2 * SIZE)
        fail_msg("grown by %lld bytes", (long long)grown);
    check_int("nothing there", file_tree_size("/nonexistent"), 0);
}

static void locks_are_held_once(void **state)
{
    (void)state;
    CLEANUP(end_place) struct place place = new_place();
    CLEANUP(file_closep) int first = -1;
    CLEANUP(file_closep) int second = -1;
    struct err err;
    check_int("free", file_try_lock(place.path, &first, &err), 1);
    check_int("held", file_try_lock(place.path, &second, &err), 0);
    file_closep(&first);
    check_int("free again", file_try_lock(place.path, &second, &err), 1);
}

static void temporary_files_have_no_name(void **state)
{
    (void)state;
    CLEANUP(end_place) struct place place = new_place();
    CLEANUP(file_closep) int fd = -1;
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    char back[3] = "";
    struct err err;
    check_ok("open", file_open_temp(place.dir, &fd, &err), &err);
    check_int("write", pwrite(fd, "ab", 2, 0), 2);
    check_int("read", pread(fd, back, 2, 0), 2);
    check_text("content", back, "ab");
    check_ok("list", file_list_dir(place.dir, &names, &err), &err);
    check_int("names", names.len, 0);
    CLEANUP(mem_freep)
    char *want =
        str_printf("cannot create a temporary file in '%s': No such file or directory", place.path);
    check_fails("missing", file_open_temp(place.path, &fd, &err), &err, ERR_NOT_FOUND, want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_files_are_private_and_new),
        cmocka_unit_test(trees_have_a_size),
        cmocka_unit_test(locks_are_held_once),
        cmocka_unit_test(temporary_files_have_no_name),
    };
    return test_main("file", tests);
}
