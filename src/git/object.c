#include "git/object.h"

#include "base/buf.h"
#include "git/batch.h"
#include "git/mirror_state.h"

static void add_ids(const struct git_oid *oids, size_t count, struct buf *input)
{
    for (size_t i = 0; i < count; i++) {
        buf_adds(input, oids[i].hex);
        buf_addc(input, '\n');
    }
}

int git_object_read(struct git_mirror *mirror, const struct git_oid *oids, size_t count,
                    size_t max_bytes,
                    int (*on_object)(void *arg, const struct git_object *object, struct err *err),
                    void *arg, const struct deadline *deadline, struct err *err)
{
    /* With --buffer git writes in large pieces instead of flushing after each
     * object: it need not wait for our next question, since it has them all. */
    static const char *const args[] = {"cat-file", "--batch", "--buffer", NULL};
    CLEANUP(buf_finish) struct buf input = BUF_INIT(count * GIT_OID_SIZE);
    CLEANUP(git_outcome_finish) struct git_outcome outcome = {0};
    CLEANUP(git_batch_finish) struct git_batch batch;
    git_batch_init(&batch, oids, count, max_bytes, on_object, arg);
    batch.all_present = mirror->blob_max_bytes == 0;
    if (count == 0)
        return 0;
    add_ids(oids, count, &input);
    struct git_command command = {
        .args = args,
        .input = buf_span(&input),
        .on_output = git_batch_feed,
        .arg = &batch,
        .deadline = deadline,
    };
    int answer = git_mirror_run(mirror, &command, &outcome, err);
    if (answer == 0 && git_batch_end(&batch, err) != 0)
        answer = -1;
    mirror->damaged = mirror->damaged || batch.lost;
    return answer;
}
