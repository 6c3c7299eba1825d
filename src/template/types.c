#include "template/types.h"

/* There are no values of these two. */
static const struct value_type type_certificate = {.name = "sprig.certificate",
                                                   .kind = VALUE_STRUCT};

/* The same kind as uint64 will do for a parameter. */
static const struct value_type type_uint32 = {.name = "uint32", .kind = VALUE_UINT64};

const struct value_type *types_param(char letter)
{
    switch (letter) {
    case 't':
        return &type_time;
    case 'D':
        return &type_duration;
    case 'M':
        return &type_month;
    case 'Z':
        return &type_location_pointer;
    case 'u':
        return &type_uint32;
    case 'V':
        return &type_version_pointer;
    default:
        return &type_certificate;
    }
}
