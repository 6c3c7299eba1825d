/*
 * The stream of records that git's listings are: lines, or texts that end in
 * NUL. Output comes in pieces that end anywhere; records come out whole.
 *
 *     struct git_records records;
 *     git_records_init(&records, '\0', on_record, arg);
 *     … .on_output = git_records_feed, .arg = &records …
 *     git_records_end(&records, err);
 *     git_records_finish(&records);
 */
#ifndef TIDEMARK_GIT_RECORDS_H
#define TIDEMARK_GIT_RECORDS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
    GIT_RECORD_MAX = 64 * 1024, /* bytes of one record */
};

struct git_records {
    char separator;
    /* Gets each record without its separator; -1 with ERR filled ends it all. */
    int (*on_record)(void *arg, struct span record, struct err *err);
    void *arg;
    struct buf partial;
};

void git_records_init(struct git_records *records, char separator,
                      int (*on_record)(void *arg, struct span record, struct err *err), void *arg);
void git_records_finish(struct git_records *records);

/* An on_output of proc.h whose ARG is a struct git_records. Class invalid for
 * a record longer than GIT_RECORD_MAX. */
int git_records_feed(void *records, struct span piece, struct err *err);

/* Class unavailable if the output ended in the middle of a record. */
int git_records_end(const struct git_records *records, struct err *err);

#endif
