/* Whose a Lease is, by the candidate's own clock alone. */
#include "read_json.h"
#include "test.h"

#include "base/clock.h"
#include "base/str.h"
#include "kube/lease.h"

#define S(seconds) ((seconds)*CLOCK_NS_PER_S)

static struct lease candidate(void)
{
    return (struct lease){
        .namespace = "flux-system", .name = "lease", .identity = "me", .duration_ns = S(35)};
}

static void is_free_by_own_clock(void **state)
{
    (void)state;
    /* Seen at 100 s, asked at ASKED_S. */
    static const struct {
        const char *spec;
        int64_t asked_s;
        bool is_free;
    } rows[] = {
        {NULL, 100, true},
        {"{}", 100, true},
        {"{'spec':{}}", 100, true},
        {"{'spec':{'holderIdentity':''}}", 100, true},
        {"{'spec':{'holderIdentity':'me','leaseDurationSeconds':15}}", 100, true},
        {"{'spec':{'holderIdentity':'other','leaseDurationSeconds':15}}", 100, false},
        {"{'spec':{'holderIdentity':'other','leaseDurationSeconds':15}}", 114, false},
        {"{'spec':{'holderIdentity':'other','leaseDurationSeconds':15}}", 115, true},
        /* Without a duration that makes sense, ours. */
        {"{'spec':{'holderIdentity':'other'}}", 134, false},
        {"{'spec':{'holderIdentity':'other'}}", 135, true},
        {"{'spec':{'holderIdentity':'other','leaseDurationSeconds':-1}}", 134, false},
        {"{'spec':{'holderIdentity':'other','leaseDurationSeconds':9000000000}}", 135, true},
        {"{'spec':{'holderIdentity':'other','leaseDurationSeconds':'15'}}", 134, false},
        {"{'spec':{'holderIdentity':'other','leaseDurationSeconds':2147483647}}", 100000, false},
        /* Times of others do not count. */
        {"{'spec':{'holderIdentity':'other','leaseDurationSeconds':15,"
         "'renewTime':'1999-01-01T00:00:00.000000Z'}}",
         114, false},
        {"{'spec':{'holderIdentity':'other','leaseDurationSeconds':15,"
         "'renewTime':'2999-01-01T00:00:00.000000Z'}}",
         115, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *row = rows[i].spec ? rows[i].spec : "absent";
        CLEANUP(lease_finish) struct lease lease = candidate();
        lease_observe_take(&lease, rows[i].spec ? read_json(rows[i].spec) : NULL, S(100));
        check_int(row, lease_is_free(&lease, S(rows[i].asked_s)), rows[i].is_free);
    }
}

static void counts_from_the_last_change(void **state)
{
    (void)state;
    static const struct {
        int64_t at_s;
        const char *object;
        bool new_holder;
        int64_t changed_s;
    } rows[] = {
        {10, "{'metadata':{'uid':'1'},'spec':{'holderIdentity':'a','renewTime':'x'}}", true, 10},
        {20, "{'metadata':{'uid':'1'},'spec':{'holderIdentity':'a','renewTime':'x'}}", false, 10},
        /* Only the record counts: labels may change. */
        {25, "{'metadata':{'uid':'1','labels':{}},'spec':{'holderIdentity':'a','renewTime':'x'}}",
         false, 10},
        {30, "{'metadata':{'uid':'1'},'spec':{'holderIdentity':'a','renewTime':'y'}}", false, 30},
        {40, "{'metadata':{'uid':'1'},'spec':{'holderIdentity':'b','renewTime':'y'}}", true, 40},
        {50, "{'metadata':{'uid':'2'},'spec':{'holderIdentity':'b','renewTime':'y'}}", false, 50},
        {60, NULL, true, 60},
        {70, NULL, false, 70},
    };
    CLEANUP(lease_finish) struct lease lease = candidate();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(mem_freep) char *row = str_printf("at %lld", (long long)rows[i].at_s);
        check_int(row,
                  lease_observe_take(&lease, rows[i].object ? read_json(rows[i].object) : NULL,
                                     S(rows[i].at_s)),
                  rows[i].new_holder);
        check_int(row, lease.changed_ns, S(rows[i].changed_s));
    }
}

static void check_json_take(const char *row, struct json *got, const char *want)
{
    CLEANUP(json_freep) struct json *wanted = read_json(want);
    CLEANUP(buf_finish) struct buf got_text = BUF_INIT(10000);
    CLEANUP(buf_finish) struct buf want_text = BUF_INIT(10000);
    json_print(got, JSON_STYLE_SORTED, &got_text);
    json_print(wanted, JSON_STYLE_SORTED, &want_text);
    check_text(row, buf_text(&got_text), buf_text(&want_text));
    json_free(got);
}

#define NOW      (1767323045 * CLOCK_NS_PER_S + 67890123)
#define NOW_TEXT "'2026-01-02T03:04:05.067890Z'"
#define SPEC(more)                                                                                 \
    "'spec':{'holderIdentity':'me','leaseDurationSeconds':35,'renewTime':" NOW_TEXT more "}}"

static void writes_what_others_read(void **state)
{
    (void)state;
    CLEANUP(lease_finish) struct lease lease = candidate();
    check_json_take("new", lease_claim(&lease, NOW),
                    "{'apiVersion':'coordination.k8s.io/v1','kind':'Lease','metadata':{'name':"
                    "'lease','namespace':'flux-system'}," SPEC(",'acquireTime':" NOW_TEXT
                                                               ",'leaseTransitions':0"));
#define META "{'metadata':{'resourceVersion':'5','labels':{'a':'b'}},"
    lease_observe_take(&lease,
                       read_json(META "'spec':{'holderIdentity':'other','leaseTransitions':3,"
                                      "'acquireTime':'x','renewTime':'y','strategy':'z'}}"),
                       0);
    check_json_take("taken over", lease_claim(&lease, NOW),
                    META SPEC(",'acquireTime':" NOW_TEXT ",'leaseTransitions':4,'strategy':'z'"));
    lease_observe_take(&lease,
                       read_json(META "'spec':{'holderIdentity':'me','leaseTransitions':4,"
                                      "'acquireTime':'x','renewTime':'y'}}"),
                       0);
    check_json_take("renewed", lease_claim(&lease, NOW),
                    META SPEC(",'acquireTime':'x','leaseTransitions':4"));
    check_json_take("given back", lease_give_back(&lease, NOW),
                    META "'spec':{'leaseDurationSeconds':1,'leaseTransitions':4,"
                         "'acquireTime':" NOW_TEXT ",'renewTime':" NOW_TEXT "}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_free_by_own_clock),
        cmocka_unit_test(counts_from_the_last_change),
        cmocka_unit_test(writes_what_others_read),
    };
    return test_main("lease", tests);
}
