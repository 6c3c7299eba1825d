#include "yaml/yaml_key.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"

/* In the order of the classes; the end of a text comes before all. */
enum class {
    CLASS_END,
    CLASS_OTHER,
    CLASS_NUMBER,
    CLASS_LETTER,
};

/* Characters beyond ASCII count as letters, as nearly all of them are. */
static enum class class_of(char c) {
    unsigned char byte = (unsigned char)c; if (byte == '\0') return CLASS_END;
    if (isdigit(byte)) return CLASS_NUMBER;
    return isalpha(byte) || byte >= 0x80 ? CLASS_LETTER : CLASS_OTHER;
}

static int compare_sizes(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

/* Compares the numbers of A_LEN and B_LEN digits; of equal ones that with
 * fewer leading zeros comes first. */
static int compare_numbers(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t a_zeros = strspn(a, "0"), b_zeros = strspn(b, "0");
    int order = compare_sizes(a_len - a_zeros, b_len - b_zeros);
    if (order == 0)
        order = strncmp(a + a_zeros, b + b_zeros, a_len - a_zeros);
    return order != 0 ? order : compare_sizes(a_len, b_len);
}

static int compare(const char *a, const char *b)
{
    for (;;) {
        enum class a_class = class_of(*a), b_class = class_of(*b);
        if (a_class != b_class)
            return a_class < b_class ? -1 : 1;
        if (a_class == CLASS_END)
            return 0;
        size_t a_len = 1, b_len = 1;
        int order = (unsigned char)*a - (unsigned char)*b;
        if (a_class == CLASS_NUMBER) {
            a_len = strspn(a, "0123456789");
            b_len = strspn(b, "0123456789");
            order = compare_numbers(a, a_len, b, b_len);
        }
        if (order != 0)
            return order;
        a += a_len;
        b += b_len;
    }
}

static int compare_items(const void *a, const void *b)
{
    const char *first, *second;
    memcpy(&first, a, sizeof(first));
    memcpy(&second, b, sizeof(second));
    return compare(first, second);
}

const char **yaml_key_sorted(const struct json *object)
{
    size_t count = 0;
    const char **keys = mem_calloc(json_count(object), sizeof(*keys));
    json_foreach_member (key, value, object) {
        keys[count++] = key;
    }
    qsort(keys, count, sizeof(*keys), compare_items);
    return keys;
}
