#include "base/url.h"

#include <arpa/inet.h>
#include <string.h>

/* The printable ASCII that Go's net/url refuses in a host, with the percent
 * sign (what it stands for would be decoded) and the signs that end a host. */
static bool host_byte(unsigned char byte)
{
    return byte > 0x20 && byte != 0x7f && !strchr("%/?#@\\^`{|}", byte);
}

static bool is_ipv6(struct span text)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr parsed;
    if (text.len >= sizeof(address))
        return false;
    memcpy(address, text.data, text.len);
    address[text.len] = '\0';
    return inet_pton(AF_INET6, address, &parsed) == 1;
}

/* Nothing, or a colon and digits. */
static bool is_port(struct span text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    return text.len == 0 || text.data[0] == ':';
}

bool url_is_authority(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!host_byte((unsigned char)text.data[i]))
            return false;
    }
    if (span_find_byte(text, '[') > 0)
        return false;
    size_t end = text.len;
    if (span_starts_with(text, "[")) {
        while (end > 0 && text.data[end - 1] != ']')
            end--;
        return end > 0 && is_ipv6(span_slice(text, 1, end - 1)) &&
               is_port(span_slice(text, end, text.len));
    }
    while (end > 0 && text.data[end - 1] != ':')
        end--;
    return end == 0 || is_port(span_slice(text, end - 1, text.len));
}
