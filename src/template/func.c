#include "template/func.h"

int call_fail(struct call *call, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    err_setv(call->err, ERR_INVALID, fmt, args);
    va_end(args);
    return -1;
}

int call_give(struct call *call, struct value value)
{
    *call->ret = value;
    return 0;
}

int call_give_bool(struct call *call, bool truth)
{
    return call_give(call, value_bool(truth));
}

int call_give_text(struct call *call, struct span text)
{
    return call_give(call, value_text(text));
}

int call_give_buf(struct call *call, const struct buf *text)
{
    struct span copy;
    if (budget_text_of(call->budget, text, &copy, call->err) != 0)
        return -1;
    return call_give_text(call, copy);
}

int call_take(struct call *call, size_t steps)
{
    return budget_take(call->budget, steps, call->err);
}

int call_fail_nil(struct call *call)
{
    return call_fail(call, "runtime error: invalid memory address or nil pointer dereference");
}
