/* Sprig's functions on JSON. */
#include "base/mem.h"
#include "template/funcs.h"
#include "template/json_decode.h"
#include "template/json_encode.h"

static const struct json_encode_style plain = {.escapes_html = true};
static const struct json_encode_style pretty = {.escapes_html = true, .indents = true};
static const struct json_encode_style raw = {0};

/* What JSON cannot hold becomes an empty text, or, with MUST, an error. */
static int encode(struct call *call, struct json_encode_style style, bool must)
{
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    int answer = json_encode(call->budget, call->args[0], style, &out, call->err);
    if (answer < 0 || (answer > 0 && must))
        return -1;
    if (answer > 0)
        buf_clear(&out);
    return call_give_buf(call, &out);
}

static int to_json(struct call *call)
{
    return encode(call, plain, false);
}

static int must_to_json(struct call *call)
{
    return encode(call, plain, true);
}

static int to_pretty_json(struct call *call)
{
    return encode(call, pretty, false);
}

static int must_to_pretty_json(struct call *call)
{
    return encode(call, pretty, true);
}

static int to_raw_json(struct call *call)
{
    return encode(call, raw, true);
}

static int from_json(struct call *call)
{
    return json_decode(call->budget, call->args[0].text, call->ret, call->err) < 0 ? -1 : 0;
}

static int must_from_json(struct call *call)
{
    return json_decode(call->budget, call->args[0].text, call->ret, call->err) == 0 ? 0 : -1;
}

const struct func funcs_json[] = {
    {"fromJson", "s", from_json},
    {"mustFromJson", "s", must_from_json},
    {"mustToJson", "x", must_to_json},
    {"mustToPrettyJson", "x", must_to_pretty_json},
    {"mustToRawJson", "x", to_raw_json},
    {"toJson", "x", to_json},
    {"toPrettyJson", "x", to_pretty_json},
    {"toRawJson", "x", to_raw_json},
    {0},
};
