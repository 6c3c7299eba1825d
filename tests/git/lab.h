/*
 * Git servers and "other people" for tests: see tests/lib/git.sh, which does
 * the work. One lab serves all tests of a program.
 */
#ifndef TIDEMARK_TESTS_GIT_LAB_H
#define TIDEMARK_TESTS_GIT_LAB_H

#include "../unit/test.h"

#include "base/cancel.h"
#include "base/mem.h"
#include "git/commit.h"
#include "git/mirror.h"
#include "git/remote.h"

struct lab;

/* Starts the named servers ("http ssh"). NULL, after saying why on stderr, if a
 * program that they need is not installed: the test is skipped. */
struct lab *lab_start(const char *servers);
void lab_stop(struct lab *lab);

/* The lab's folder; repositories lie in its "repos". */
const char *lab_dir(const struct lab *lab);
/* "GIT_LAB_HTTP" and so on. */
const char *lab_value(const struct lab *lab, const char *name);

/* Runs a shell script in the lab's folder, where the functions of git.sh and
 * the servers' variables are known. The test fails if it does. Returns what
 * it printed, without the last newline, owned. */
char *lab_run(const struct lab *lab, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for a script whose output does not count. */
void lab_do(const struct lab *lab, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The text of a file in the lab's folder, owned. */
char *lab_file(const struct lab *lab, const char *name);

/* A deadline of some seconds. */
struct deadline lab_deadline(int seconds);

/* Opens what URL names, with private files below the lab's "tmp". */
struct git_remote *lab_remote(const struct lab *lab, const char *url,
                              const struct git_credentials *credentials);

/* A repository NAME with a first commit of some files, worked on in work-NAME. */
void lab_make_repository(const struct lab *lab, const char *name);

/* Opens that repository over http, which must be among the lab's servers. */
struct git_remote *lab_open_repository(const struct lab *lab, const char *name);

/* Opens the remote's mirror below the lab's folder CACHE. */
struct git_mirror *lab_mirror(const struct lab *lab, const struct git_remote *remote,
                              const char *cache);

/* Lists the ref and returns what it holds; none if it is not there. */
struct git_oid lab_ref(struct git_remote *remote, const char *ref);

/* Lists the ref, fetches it and returns its commit. */
struct git_oid lab_fetch(struct git_mirror *mirror, struct git_remote *remote, const char *ref);

/* The content of a file of a commit, owned; NULL if it is not there. */
char *lab_show(struct git_mirror *mirror, const struct git_oid *commit, const char *path);

/* Commits TEXT as the new content of PATH on top of PARENT, for REF. */
struct git_oid lab_commit(struct git_mirror *mirror, const struct git_oid *parent, const char *ref,
                          const char *path, const char *text);

#endif
