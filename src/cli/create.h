/*
 * What all `create` commands share: the name, the labels, and the way from an
 * object to its outcome.
 */
#ifndef TIDEMARK_CLI_CREATE_H
#define TIDEMARK_CLI_CREATE_H

#include "api/object.h"
#include "base/err.h"
#include "cli/command.h"

/* The options of every `create`. */
extern const struct option_def create_options[];

/* Begins an object of the command's kind with the name from the operands. */
int create_begin(const struct cli *cli, struct api_object **ret, struct err *err);

/* Adds the labels of --label. */
int create_add_labels(const struct cli *cli, struct api_object *object, struct err *err);

/* Puts {"name": text} under KEY, unless the option is empty. */
void create_put_ref(struct json *object, const char *key, const char *name);

/* Puts a duration as text. */
void create_put_duration(struct json *object, const char *key, int64_t ns);

/*
 * Tries the object (api/trial.h) and prints it (--export), or applies it and
 * waits for its outcome, with the progress lines. WHAT is the kind as those
 * lines name it.
 */
int create_finish(const struct cli *cli, struct api_object *object, const char *what,
                  struct err *err);

#endif
