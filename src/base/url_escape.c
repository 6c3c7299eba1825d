#include "base/url_escape.h"

#include <string.h>

#include "base/mem.h"
#include "base/quote.h"

static bool is_alphanumeric(unsigned char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

static bool is_among(unsigned char byte, const char *set)
{
    return byte != '\0' && strchr(set, byte);
}

static bool must_escape(unsigned char byte, enum url_part part)
{
    if (is_alphanumeric(byte) || is_among(byte, "-_.~"))
        return false;
    switch (part) {
    case URL_PART_HOST:
    case URL_PART_ZONE:
        return !is_among(byte, "!$&'()*+,;=:[]<>\"");
    case URL_PART_USER:
        return !is_among(byte, "$&+,;=");
    case URL_PART_PATH:
        return !is_among(byte, "$&+,/:;=@");
    case URL_PART_FRAGMENT:
        return !is_among(byte, "$&+,/:;=?@!()*");
    }
    return true;
}

void url_escape(struct span text, enum url_part part, struct buf *ret)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (must_escape(byte, part))
            buf_addf(ret, "%%%02X", byte);
        else
            buf_addc(ret, text.data[i]);
    }
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    char lower = (char)(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static int refuse(const char *before, struct span text, const char *after, struct err *err)
{
    CLEANUP(buf_finish) struct buf quoted = BUF_INIT(64);
    quote_go(text, &quoted);
    return err_set(err, ERR_INVALID, "%s%s%s", before, buf_text(&quoted), after);
}

/* In a host only bytes above ASCII may be escaped, and the sign of a zone. */
static bool may_be_escaped(struct span escape, unsigned char byte, enum url_part part)
{
    if (span_is(escape, "%25"))
        return true;
    if (part == URL_PART_HOST)
        return byte >= 0x80;
    return part != URL_PART_ZONE || byte == ' ' || !must_escape(byte, URL_PART_HOST);
}

int url_unescape(struct span text, enum url_part part, struct buf *ret, struct err *err)
{
    bool is_host = part == URL_PART_HOST || part == URL_PART_ZONE;
    for (size_t i = 0; i < text.len; i++) {
        struct span piece = span_slice(text, i, i + (text.data[i] == '%' ? 3 : 1));
        unsigned char byte = (unsigned char)text.data[i];
        if (byte != '%') {
            if (is_host && byte < 0x80 && must_escape(byte, part))
                return refuse("invalid character ", piece, " in host name", err);
            buf_addc(ret, text.data[i]);
            continue;
        }
        int high = piece.len == 3 ? hex_value(piece.data[1]) : -1;
        int low = piece.len == 3 ? hex_value(piece.data[2]) : -1;
        if (high < 0 || low < 0)
            return refuse("invalid URL escape ", piece, "", err);
        byte = (unsigned char)(high << 4 | low);
        if (!may_be_escaped(piece, byte, part))
            return refuse("invalid URL escape ", piece, "", err);
        buf_addc(ret, (char)byte);
        i += 2;
    }
    return 0;
}
