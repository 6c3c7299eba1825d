/* Tables: every byte of them. */
#include "test.h"

#include <locale.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/console.h"
#include "cli/table.h"

/* What TABLE prints, as an owned text. */
static char *printed(struct table *table, bool header)
{
    char text[8192];
    fflush(stdout);
    int before = dup(STDOUT_FILENO);
    int file = memfd_create("stdout", MFD_CLOEXEC);
    assert_true(before >= 0 && file >= 0 && dup2(file, STDOUT_FILENO) >= 0);
    table_print(table, header);
    int flushed = console_flush();
    assert_true(dup2(before, STDOUT_FILENO) >= 0);
    close(before);
    check_int("flushed", flushed, 0);
    ssize_t len = pread(file, text, sizeof(text), 0);
    close(file);
    assert_true(len >= 0 && (size_t)len < sizeof(text));
    return mem_dup(text, (size_t)len);
}

static void add(struct table *table, const char *one, const char *two)
{
    const char *const cells[] = {one, two};
    table_add(table, cells);
}

static const char *const columns[] = {"name", "Last scan"};

static void pads_columns(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        bool header;
        const char *cells[4]; /* of two rows; NULL: no such row */
        const char *want;
    } rows[] = {
        {"no rows", true, {NULL}, "NAME\tLAST SCAN \n"},
        {"no rows, no header", false, {NULL}, ""},
        {"short cells", true, {"a", "b"}, "NAME\tLAST SCAN \na   \tb        \t\n"},
        {"widths without the header", false, {"a", "b"}, "a\tb\t\n"},
        {"widest cell", false, {"a", "long", "longer", "b"}, "a     \tlong\t\nlonger\tb   \t\n"},
        {"wider than the header",
         true,
         {"sprockets", "2024-05-06T07:08:09Z"},
         "NAME     \tLAST SCAN            \nsprockets\t2024-05-06T07:08:09Z\t\n"},
        {"empty cells", false, {"", "b", "a", ""}, " \tb\t\na\t \t\n"},
        {"all empty", false, {"", ""}, "\t\t\n"},
        {"lines in a cell",
         false,
         {"name", "one\ntwo two\n3"},
         "name\tone    \t\n    \ttwo two\t\n    \t3      \t\n"},
        {"an empty line in a cell", false, {"a\n\nb", "x"}, "a\tx\t\n  \t  \t\nb\t  \t\n"},
        {"wide runes", false, {"日本", "b", "abcde", "c"}, "日本 \tb\t\nabcde\tc\t\n"},
        {"combining", false, {"e\xcc\x81", "b", "ab", "c"}, "e\xcc\x81 \tb\t\nab\tc\t\n"},
        {"colours",
         false,
         {"\033[31mred\033[0m", "b", "abcd", "c"},
         "\033[31mred\033[0m \tb\t\nabcd\tc\t\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(table_freep) struct table *table = table_new(columns, ARRAY_LEN(columns));
        for (size_t k = 0; k < 4 && rows[i].cells[k]; k += 2)
            add(table, rows[i].cells[k], rows[i].cells[k + 1]);
        CLEANUP(mem_freep) char *got = printed(table, rows[i].header);
        check_text(rows[i].row, got, rows[i].want);
    }
}

static void turns_headings_to_capitals(void **state)
{
    (void)state;
    static const char *const names[] = {"image_name", "last.scan", "Ready 2", "größe"};
    CLEANUP(table_freep) struct table *table = table_new(names, ARRAY_LEN(names));
    CLEANUP(mem_freep) char *got = printed(table, true);
    check_text("heading", got, "IMAGE NAME\tLAST SCAN\tREADY 2\tGRößE \n");
}

/* The table of a watch goes on, and its columns do not jump. */
static void keeps_widths_when_cleared(void **state)
{
    (void)state;
    CLEANUP(table_freep) struct table *table = table_new(columns, ARRAY_LEN(columns));
    add(table, "sprockets", "never");
    check_int("rows", table_rows(table), 1);
    CLEANUP(mem_freep) char *first = printed(table, true);
    check_text("first", first, "NAME     \tLAST SCAN \nsprockets\tnever    \t\n");
    table_clear(table);
    check_int("cleared", table_rows(table), 0);
    add(table, "web", NULL);
    CLEANUP(mem_freep) char *second = printed(table, false);
    check_text("narrower", second, "web      \t         \t\n");
    table_clear(table);
    add(table, "sprockets-2", "x");
    CLEANUP(mem_freep) char *third = printed(table, false);
    check_text("wider", third, "sprockets-2\tx        \t\n");
}

static void measures_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t want;
    } rows[] = {
        {"", 0},        {"abc", 3},       {"é", 1},
        {"日本語", 6},  {"e\xcc\x81", 1}, {"\033[1;31mx\033[0m", 1},
        {"\033[31", 3}, /* no whole sequence: what a terminal would show of it */
        {"a\tb", 2},    {"\xff\xfe", 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check_int(rows[i].text, table_text_width(rows[i].text, strlen(rows[i].text)), rows[i].want);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8"); /* as the program does */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pads_columns),
        cmocka_unit_test(turns_headings_to_capitals),
        cmocka_unit_test(keeps_widths_when_cleared),
        cmocka_unit_test(measures_text),
    };
    return test_main("table", tests);
}
