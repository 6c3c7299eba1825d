#include "template/data.h"

#include <string.h>

#include "base/imageref.h"
#include "template/commit.h"

/*
 * The builder works on positions: the changes ordered by file, and within a
 * file as given. An image is a number; changes of the same policy share it.
 */
struct builder {
    struct budget *budget;
    const struct template_commit *commit;
    size_t count;
    const struct template_change **changes; /* by position */
    struct value *change_values;            /* by position */
    struct value *objects;                  /* by position */
    size_t *image_of;                       /* by position */
    struct value *images;                   /* by image */
    size_t *image_stamps;                   /* by image; see take_images() */
};

/* Nothing limits the data's own memory but that of the machine. */
static void *take(struct builder *b, size_t count, size_t size)
{
    return budget_calloc(b->budget, count, size, NULL);
}

static struct value new_struct(struct builder *b, const struct value_type *type, size_t slots,
                               struct value **ret_fields)
{
    *ret_fields = take(b, slots, sizeof(struct value));
    return (struct value){.type = type, .fields = *ret_fields};
}

static struct value new_map(struct builder *b, const struct value_type *type)
{
    struct value map = value_none();
    value_new_map(b->budget, type, &map, NULL);
    return map;
}

static struct value new_list(struct builder *b, const struct value_type *type, size_t len)
{
    struct value list = value_none();
    value_new_list(b->budget, type, len, &list, NULL);
    return list;
}

static struct value namespaced_name(struct builder *b, const char *namespace, const char *name)
{
    struct value *fields;
    struct value value = new_struct(b, &type_namespaced_name, 2, &fields);
    fields[0] = value_texts(namespace);
    fields[1] = value_texts(name);
    return value;
}

static struct value change_value(struct builder *b, const struct template_change *change)
{
    struct value *fields;
    struct value value = new_struct(b, &type_change, CHANGE_SLOTS, &fields);
    fields[CHANGE_OLD_VALUE] = value_texts(change->old_value);
    fields[CHANGE_NEW_VALUE] = value_texts(change->new_value);
    fields[CHANGE_SETTER] = value_texts(change->setter);
    return value;
}

static struct value object_value(struct builder *b, const struct template_change *change)
{
    struct value *object, *resource, *type_meta, *name_meta;
    struct value value = new_struct(b, &type_object, 1, &object);
    object[0] = new_struct(b, &type_resource, 2, &resource);
    resource[0] = new_struct(b, &type_type_meta, 2, &type_meta);
    resource[1] = new_struct(b, &type_name_meta, 2, &name_meta);
    type_meta[0] = value_texts(change->api_version);
    type_meta[1] = value_texts(change->kind);
    name_meta[0] = value_texts(change->name);
    name_meta[1] = value_texts(change->namespace);
    return value;
}

static struct value copied_text(struct builder *b, const char *text)
{
    struct span copy = {0};
    budget_text(b->budget, span_of(text), &copy, NULL);
    return value_text(copy);
}

static int image_value(struct builder *b, const struct template_change *change, struct value *ret,
                       struct err *err)
{
    CLEANUP(imageref_finish) struct imageref ref = IMAGEREF_INIT;
    if (imageref_parse(change->image, &ref, err) != 0)
        return err_wrap(err, "image of policy '%s/%s'", change->policy_namespace,
                        change->policy_name);
    CLEANUP(mem_freep) char *name = imageref_name(&ref);
    struct value *fields;
    *ret = new_struct(b, &type_image_ref, IMAGE_REF_SLOTS, &fields);
    fields[IMAGE_REF_TEXT] = value_texts(change->image);
    fields[IMAGE_REF_POLICY] = namespaced_name(b, change->policy_namespace, change->policy_name);
    fields[IMAGE_REF_IDENTIFIER] = copied_text(b, imageref_identifier(&ref));
    fields[IMAGE_REF_REPOSITORY] = copied_text(b, ref.repository);
    fields[IMAGE_REF_REGISTRY] = copied_text(b, ref.registry);
    fields[IMAGE_REF_NAME] = copied_text(b, name);
    return 0;
}

/* Sorting positions: by a question of its own, then by position, which makes
 * it stable. */
typedef int (*order_fn)(const struct builder *b, size_t one, size_t other);

struct ordering {
    const struct builder *builder;
    order_fn order;
};

static int compare_positions(const void *a, const void *b, void *arg)
{
    const struct ordering *by = arg;
    size_t one = *(const size_t *)a, other = *(const size_t *)b;
    int order = by->order(by->builder, one, other);
    return order != 0 ? order : (one > other) - (one < other);
}

/* The positions from FROM up to TO, sorted. */
static size_t *sorted(struct builder *b, size_t from, size_t to, order_fn order)
{
    size_t *positions = take(b, to - from, sizeof(*positions));
    for (size_t i = from; i < to; i++)
        positions[i - from] = i;
    struct ordering by = {b, order};
    qsort_r(positions, to - from, sizeof(*positions), compare_positions, &by);
    return positions;
}

static int by_file(const struct builder *b, size_t one, size_t other)
{
    return strcmp(b->changes[one]->file, b->changes[other]->file);
}

static int by_object(const struct builder *b, size_t one, size_t other)
{
    return value_order(b->objects[one], b->objects[other]);
}

static int by_change(const struct builder *b, size_t one, size_t other)
{
    return value_order(b->change_values[one], b->change_values[other]);
}

static int by_image(const struct builder *b, size_t one, size_t other)
{
    const struct template_change *x = b->changes[one], *y = b->changes[other];
    int order = strcmp(x->image, y->image);
    if (order == 0)
        order = strcmp(x->policy_namespace, y->policy_namespace);
    return order != 0 ? order : strcmp(x->policy_name, y->policy_name);
}

/* Orders the changes by file; from here on a position is an index. */
static void set_positions(struct builder *b)
{
    b->changes = take(b, b->count, sizeof(struct template_change *));
    for (size_t i = 0; i < b->count; i++)
        b->changes[i] = &b->commit->changes[i];
    const size_t *positions = sorted(b, 0, b->count, by_file);
    for (size_t i = 0; i < b->count; i++)
        b->changes[i] = &b->commit->changes[positions[i]];
}

static void make_values(struct builder *b)
{
    b->change_values = take(b, b->count, sizeof(struct value));
    b->objects = take(b, b->count, sizeof(struct value));
    for (size_t i = 0; i < b->count; i++) {
        b->change_values[i] = change_value(b, b->changes[i]);
        b->objects[i] = object_value(b, b->changes[i]);
    }
}

/* One image for all changes with the same policy and reference. */
static int make_images(struct builder *b, struct err *err)
{
    const size_t *positions = sorted(b, 0, b->count, by_image);
    size_t images = 0;
    b->image_of = take(b, b->count, sizeof(size_t));
    b->images = take(b, b->count, sizeof(struct value));
    b->image_stamps = take(b, b->count, sizeof(size_t));
    for (size_t i = 0; i < b->count; i++) {
        bool same = i > 0 && by_image(b, positions[i - 1], positions[i]) == 0;
        if (!same && image_value(b, b->changes[positions[i]], &b->images[images++], err) != 0)
            return -1;
        b->image_of[positions[i]] = images - 1;
    }
    return 0;
}

/* How the changes at some positions become a list. STAMP is greater in each
 * call than in those before. */
typedef struct value (*list_fn)(struct builder *b, const size_t *positions, size_t count,
                                size_t stamp);

static struct value take_changes(struct builder *b, const size_t *positions, size_t count,
                                 size_t stamp)
{
    (void)stamp;
    struct value list = new_list(b, &type_changes, count);
    for (size_t i = 0; i < count; i++)
        list.list->items[i] = b->change_values[positions[i]];
    return list;
}

/* Each image once for each file. An image's stamp tells in which file of which
 * list it was seen last. */
static struct value take_images(struct builder *b, const size_t *positions, size_t count,
                                size_t stamp)
{
    struct value list = new_list(b, &type_images, count);
    list.list->len = 0;
    for (size_t i = 0; i < count; i++) {
        size_t image = b->image_of[positions[i]];
        if (i > 0 && by_file(b, positions[i - 1], positions[i]) != 0)
            stamp++;
        if (b->image_stamps[image] == stamp)
            continue;
        b->image_stamps[image] = stamp;
        list.list->items[list.list->len++] = b->images[image];
    }
    return list;
}

/* object -> list, of the positions from FROM up to TO. */
static struct value group_by_object(struct builder *b, size_t from, size_t to,
                                    const struct value_type *type, list_fn make, size_t stamp)
{
    struct value map = new_map(b, type);
    const size_t *positions = sorted(b, from, to, by_object);
    size_t count = to - from, start = 0;
    for (size_t i = 1; i <= count; i++) {
        if (i < count && by_object(b, positions[start], positions[i]) == 0)
            continue;
        struct value list = make(b, positions + start, i - start, stamp + start);
        value_put(b->budget, map, b->objects[positions[start]], list, NULL);
        start = i;
    }
    return map;
}

/* The first position after FROM that is in another file. */
static size_t end_of_file(const struct builder *b, size_t from)
{
    size_t to = from + 1;
    while (to < b->count && by_file(b, from, to) == 0)
        to++;
    return to;
}

static struct value file_changes(struct builder *b)
{
    struct value map = new_map(b, &type_file_changes);
    for (size_t from = 0, to; from < b->count; from = to) {
        to = end_of_file(b, from);
        value_put_text(b->budget, map, b->changes[from]->file,
                       group_by_object(b, from, to, &type_object_changes, take_changes, 0), NULL);
    }
    return map;
}

static struct value files(struct builder *b, size_t stamp)
{
    struct value map = new_map(b, &type_files);
    for (size_t from = 0, to; from < b->count; from = to) {
        struct value *fields;
        struct value file = new_struct(b, &type_file_result, 1, &fields);
        to = end_of_file(b, from);
        fields[0] = group_by_object(b, from, to, &type_object_images, take_images, stamp + from);
        value_put_text(b->budget, map, b->changes[from]->file, file, NULL);
    }
    return map;
}

static struct value distinct_changes(struct builder *b)
{
    const size_t *positions = sorted(b, 0, b->count, by_change);
    bool *again = take(b, b->count, sizeof(*again));
    for (size_t i = 1; i < b->count; i++)
        again[positions[i]] = by_change(b, positions[i - 1], positions[i]) == 0;
    struct value list = new_list(b, &type_changes, b->count);
    list.list->len = 0;
    for (size_t i = 0; i < b->count; i++) {
        if (!again[i])
            list.list->items[list.list->len++] = b->change_values[i];
    }
    return list;
}

static struct value distinct_images(struct builder *b, size_t stamp)
{
    struct value list = new_list(b, &type_images, b->count);
    list.list->len = 0;
    for (size_t i = 0; i < b->count; i++) {
        size_t image = b->image_of[i];
        if (b->image_stamps[image] == stamp)
            continue;
        b->image_stamps[image] = stamp;
        list.list->items[list.list->len++] = b->images[image];
    }
    return list;
}

static struct value image_result(struct builder *b)
{
    struct value *fields;
    struct value result = new_struct(b, &type_image_result, IMAGE_RESULT_SLOTS, &fields);
    /* Each use of the stamps needs at most one a position. */
    size_t stamp = 1;
    fields[IMAGE_RESULT_FILES] = files(b, stamp);
    stamp += b->count;
    fields[IMAGE_RESULT_OBJECTS] =
        group_by_object(b, 0, b->count, &type_object_images, take_images, stamp);
    stamp += b->count;
    fields[IMAGE_RESULT_IMAGES] = distinct_images(b, stamp);
    return result;
}

static struct value changed(struct builder *b, struct value images)
{
    struct value *fields;
    struct value result = new_struct(b, &type_result, RESULT_SLOTS, &fields);
    fields[RESULT_FILE_CHANGES] = file_changes(b);
    fields[RESULT_OBJECTS] = group_by_object(b, 0, b->count, &type_object_changes, take_changes, 0);
    fields[RESULT_CHANGES] = distinct_changes(b);
    fields[RESULT_IMAGE_RESULT] = images;
    return result;
}

/* As in Flux, an automation without values has a nil map. */
static struct value values_map(struct builder *b)
{
    const struct strmap *values = b->commit->values;
    struct value map = {.type = &type_string_map};
    if (!values || values->len == 0)
        return map;
    map = new_map(b, &type_string_map);
    strmap_foreach (entry, values)
        value_put_text(b->budget, map, entry->key, value_texts(entry->value), NULL);
    return map;
}

static struct template_data *new_data(void)
{
    struct template_data *data = mem_zalloc(sizeof(*data));
    budget_init(&data->budget);
    return data;
}

int template_data_new_commit(const struct template_commit *commit, struct template_data **ret,
                             struct err *err)
{
    CLEANUP(template_data_freep) struct template_data *data = new_data();
    struct builder b = {.budget = &data->budget, .commit = commit, .count = commit->n_changes};
    set_positions(&b);
    make_values(&b);
    if (make_images(&b, err) != 0)
        return -1;
    struct value images = image_result(&b);
    struct value *fields;
    data->root = new_struct(&b, &type_template_data, TEMPLATE_DATA_SLOTS, &fields);
    fields[TEMPLATE_DATA_AUTOMATION_OBJECT] =
        namespaced_name(&b, commit->automation_namespace, commit->automation_name);
    fields[TEMPLATE_DATA_CHANGED] = changed(&b, images);
    fields[TEMPLATE_DATA_VALUES] = values_map(&b);
    fields[TEMPLATE_DATA_UPDATED] = images;
    *ret = MEM_STEAL(data);
    return 0;
}

void template_data_free(struct template_data *data)
{
    if (!data)
        return;
    budget_finish(&data->budget);
    free(data);
}
