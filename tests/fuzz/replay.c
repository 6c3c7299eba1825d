/*
 * Runs a fuzz target over each file of its corpus folder, so that every input
 * that once mattered is tried in every run of the suite, with any compiler.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

enum {
    INPUT_MAX = 4 * 1024 * 1024,
};

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
        return 2;
    }
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    struct err err;
    if (file_list_dir(argv[1], &names, &err) != 0) {
        printf("Bail out! %s\n", err.text);
        return 1;
    }
    for (size_t i = 0; i < names.len; i++) {
        CLEANUP(mem_freep) char *path = str_printf("%s/%s", argv[1], names.items[i]);
        CLEANUP(buf_finish) struct buf input = BUF_INIT(INPUT_MAX);
        if (file_read(path, &input, &err) != 0) {
            printf("not ok %zu - %s: %s\n", i + 1, names.items[i], err.text);
            return 1;
        }
        /* An exact copy, so that the sanitizer sees a read past its end. */
        uint8_t *exact = mem_alloc(input.len);
        memcpy(exact, buf_text(&input), input.len);
        LLVMFuzzerTestOneInput(exact, input.len);
        free(exact);
        printf("ok %zu - %s\n", i + 1, names.items[i]);
        fflush(stdout);
    }
    printf("1..%zu\n", names.len);
    return 0;
}
