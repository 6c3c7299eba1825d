/*
 * The oracle: a Go program (main.go) that answers as the Go libraries do.
 *
 * It is built when it is first needed, into the user's cache, and asked
 * through a pipe. For one thread.
 */
#ifndef TIDEMARK_TESTS_ORACLE_H
#define TIDEMARK_TESTS_ORACLE_H

#include "adapt/json.h"
#include "base/err.h"
#include "base/mem.h"

struct oracle;

/*
 * Builds and starts it; FOLDER is that of its sources. Returns 1 with *RET,
 * or 0, with the reason in ERR, if there is no Go to build it with, or -1.
 */
int oracle_start(const char *folder, struct oracle **ret, struct err *err);
void oracle_stop(struct oracle *oracle);
MEM_DEFINE_FREEP(struct oracle, oracle_stop)

/*
 * Asks for the operation OP with the arguments ARGS, an object. The answer is
 * an object with one member: "ok" with the value, or "error" with a text. A
 * broken pipe or an answer of another form is an error.
 */
int oracle_ask(struct oracle *oracle, const char *op, const struct json *args, struct json **ret,
               struct err *err);

#endif
