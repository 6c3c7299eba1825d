/*
 * Options: what a command accepts, as tables, and the values that were given.
 *
 * The rules are those of GNU and of Go's pflag, which Flux's users are used
 * to: `--flag=v`, `--flag v`, `-n v`, `-nv`, flags anywhere, `--` ends them.
 */
#ifndef TIDEMARK_CLI_OPTION_H
#define TIDEMARK_CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/strlist.h"

enum option_type {
    OPTION_BOOL, /* a value only with '=' */
    OPTION_STRING,
    OPTION_DURATION, /* as in Go: 1m30s */
    OPTION_INT,
    OPTION_FLOAT,   /* as in Go: 1.5, 1e3 */
    OPTION_STRINGS, /* splits at commas (CSV rules), may be repeated */
    OPTION_ARRAY,   /* may be repeated, never split */
};

struct option_def {
    const char *name; /* without dashes; NULL ends a table */
    char letter;      /* or 0 */
    enum option_type type;
    const char *fallback; /* the default as text, or NULL: empty, false, 0 */
    const char *value;    /* what the value is called in help: "name", "duration" … */
    const char *help;     /* one sentence without a full stop */
    bool hidden;          /* an older or an additional spelling */
    const char *same_as;  /* the name of the option that this one is a spelling of */
};

struct options;

/*
 * Reads the words ARGV[0..COUNT). Operands go to *RET_OPERANDS in order. On a
 * fault -1, class invalid, with pflag's words: `unknown flag: --bogus`.
 */
int options_parse(const struct option_def *const *tables, size_t count, const char *const *argv,
                  struct options **ret, struct strlist *ret_operands, struct err *err);
void options_free(struct options *options);
MEM_DEFINE_FREEP(struct options, options_free)

/* Was it on the command line? */
bool options_given(const struct options *options, const char *name);

/* The value or its default. Asking for a name that no table holds, or with the
 * wrong type, aborts: it is a fault of the program. */
const char *options_text(const struct options *options, const char *name); /* never NULL */
/* Is the text anything but empty? */
bool options_has(const struct options *options, const char *name);
bool options_flag(const struct options *options, const char *name);
int64_t options_duration_ns(const struct options *options, const char *name);
double options_float(const struct options *options, const char *name);
int64_t options_int(const struct options *options, const char *name);
const struct strlist *options_list(const struct options *options, const char *name);

#endif
