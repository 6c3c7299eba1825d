#include "template/template.h"

#include <string.h>

#include "base/str.h"
#include "template/exec.h"
#include "template/parse.h"
#include "template/value.h"

int template_parse(const char *name, struct span text, struct template **ret, struct err *err)
{
    if (text.len > TEMPLATE_TEXT_MAX)
        return err_set(err, ERR_INVALID, "template: %s: text is longer than %d bytes", name,
                       TEMPLATE_TEXT_MAX);
    CLEANUP(template_freep) struct template *template = mem_zalloc(sizeof(*template));
    arena_init(&template->arena, SIZE_MAX / 4);
    template->name = str_dup(name);
    template->text = (struct span){mem_dup(text.data, text.len), text.len};
    struct parser parser = {.template = template, .err = err};
    lexer_init(&parser.lexer, template->text);
    int answer = parse_template(&parser, span_of(template->name));
    lexer_finish(&parser.lexer);
    if (answer == 0)
        *ret = MEM_STEAL(template);
    return answer;
}

void template_free(struct template *template)
{
    if (!template)
        return;
    char *text;
    memcpy(&text, &template->text.data, sizeof(text));
    free(text);
    free(template->name);
    free(template->definitions);
    arena_finish(&template->arena);
    free(template);
}

int template_render(const struct template *template, struct template_data *data, struct buf *out,
                    struct err *err)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEMPLATE_OUTPUT_MAX);
    struct exec exec = {.template = template, .budget = &data->budget, .out = &text, .err = err};
    budget_start(&data->budget);
    const struct definition *main = template_definition(template, span_of(template->name));
    int answer = exec_run(&exec, main->name, main->list, data->root);
    free(exec.variables);
    if (answer == 0)
        buf_add_span(out, buf_span(&text));
    return answer;
}
