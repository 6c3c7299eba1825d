/*
 * Templates: Go's text/template with the text functions of Sprig.
 *
 * The language of commit messages. Text, output and errors are those of Go
 * 1.26's text/template with the 194 functions of Sprig 3.3's hermetic text
 * map, as Flux runs it. Left out on purpose are the functions whose answer
 * differs from run to run (`randInt`, `shuffle`, `ago`, `bcrypt`, the makers of
 * keys and certificates …): they parse, and fail when they are called, because
 * a commit message must be repeatable. `keys` and `values` are sorted.
 *
 *     struct template *template;
 *     if (template_parse("commit message", text, &template, err) != 0)
 *         return -1;
 *     int answer = template_render(template, data, &message, err);
 *     template_free(template);
 *
 * A template sees its data and nothing else: no file, environment, time or
 * chance. It cannot hold the program up: see budget.h and the limits below.
 *
 * A parsed template is never changed and may be rendered by several threads
 * at once, each with data of its own.
 */
#ifndef TIDEMARK_TEMPLATE_TEMPLATE_H
#define TIDEMARK_TEMPLATE_TEMPLATE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/span.h"

enum {
    TEMPLATE_TEXT_MAX = 64 * 1024,     /* bytes of a template */
    TEMPLATE_OUTPUT_MAX = 1024 * 1024, /* bytes of what it renders to */
    TEMPLATE_PARSE_DEPTH_MAX = 200,    /* nesting of actions and of parentheses */
    TEMPLATE_RUN_DEPTH_MAX = 500,      /* nesting of all that runs, called templates too */
};

struct template;
struct template_data;

/*
 * Parses TEXT, which is copied. NAME stands in all errors, as in
 * `template: commit message:1:2: executing …`. Fails with class invalid and
 * Go's text.
 */
int template_parse(const char *name, struct span text, struct template **ret, struct err *err);
void template_free(struct template *template);
MEM_DEFINE_FREEP(struct template, template_free)

/*
 * Appends what TEMPLATE makes of DATA (see data.h) to OUT. On an error, always
 * of class invalid and with Go's text and position where Go has it, OUT is as
 * before. The template may change dicts in DATA (`set`), so data is for one
 * rendering.
 */
int template_render(const struct template *template, struct template_data *data, struct buf *out,
                    struct err *err);

#endif
