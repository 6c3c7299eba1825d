/* What template_parse() accepts has a normal form that it accepts as well, and
 * that is its own normal form. */
#include "fuzz.h"

#include "base/quote.h"
#include "template/node.h"
#include "template/template.h"

/* The normal form: single blanks, no trim markers, no comments. */
static void print(const struct template *template, struct buf *out)
{
    const struct node *main = NULL;
    for (size_t i = 0; i < template->n_definitions; i++) {
        const struct definition *definition = &template->definitions[i];
        if (span_is(definition->name, template->name)) {
            main = definition->list;
            continue;
        }
        buf_adds(out, "{{define ");
        quote_go(definition->name, out);
        buf_adds(out, "}}");
        node_print(definition->list, out);
        buf_adds(out, "{{end}}");
    }
    node_print(main, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(template_freep) struct template *template = NULL;
    CLEANUP(template_freep) struct template *again = NULL;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEMPLATE_TEXT_MAX);
    CLEANUP(buf_finish) struct buf text_again = BUF_INIT(TEMPLATE_TEXT_MAX);
    if (template_parse("fuzz", (struct span){(const char *)data, size}, &template, NULL) != 0)
        return 0;
    print(template, &text);
    if (buf_overflowed(&text))
        return 0;
    struct err err;
    int answer = template_parse("fuzz", buf_span(&text), &again, &err);
    if (answer != 0)
        fprintf(stderr, "%s\n%s\n", err.text, buf_text(&text));
    FUZZ_ASSERT(answer == 0);
    print(again, &text_again);
    FUZZ_ASSERT(span_equal(buf_span(&text), buf_span(&text_again)));
    return 0;
}
