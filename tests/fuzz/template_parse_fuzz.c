/* What template_parse() accepts has a normal form that it accepts as well, and
 * that is its own normal form. */
#include "fuzz.h"

#include "template/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(template_freep) struct template *template = NULL;
    CLEANUP(template_freep) struct template *again = NULL;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEMPLATE_TEXT_MAX);
    CLEANUP(buf_finish) struct buf text_again = BUF_INIT(TEMPLATE_TEXT_MAX);
    if (template_parse("fuzz", (struct span){(const char *)data, size}, &template, NULL) != 0)
        return 0;
    template_print(template, &text);
    if (buf_overflowed(&text))
        return 0;
    struct err err;
    int answer = template_parse("fuzz", buf_span(&text), &again, &err);
    if (answer != 0)
        fprintf(stderr, "%s\n%s\n", err.text, buf_text(&text));
    FUZZ_ASSERT(answer == 0);
    template_print(again, &text_again);
    FUZZ_ASSERT(span_equal(buf_span(&text), buf_span(&text_again)));
    return 0;
}
