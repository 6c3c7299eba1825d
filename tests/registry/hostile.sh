#!/bin/sh
# The registry client against servers that misbehave: each must end in one line
# that says what, where and, if it helps, what to do.
#
#     hostile.sh DRIVER
driver=$1
REGISTRY_LAB_SH=$0
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/registry.sh"

registry_lab_init "$(mktemp -d)"
trap 'registry_lab_stop; rm -rf "$REGISTRY_LAB_DIR"' EXIT
registry_lab_serve hostile hostile_registry.py "$REGISTRY_LAB_DIR/requests" || {
    echo 'Bail out! the hostile registries do not start'
    exit 1
}

port_of() { # WAY
    sed -n "s/^$1 //p" "$REGISTRY_LAB_DIR/hostile.out"
}

# Runs the driver on the server of WAY; prints what it says with PORT for the port.
run() { # WAY VERB [OPTION…]
    way=$1 verb=$2
    shift 2
    port=$(port_of "$way")
    : >"$REGISTRY_LAB_DIR/requests"
    "$driver" "$@" "$verb" "127.0.0.1:$port/xy" 2>&1 | sed "s/:$port/:PORT/g"
}

requests() { # WAY
    grep -c "^$1 [A-Z]* /" "$REGISTRY_LAB_DIR/requests"
}

list='GET http://127.0.0.1:PORT/v2/xy/tags/list?n=1000'
get='Get "http://127.0.0.1:PORT/v2/xy/tags/list?n=1000"'
is_registry="(is '127.0.0.1:PORT' a container registry?)"

expect() { # WAY WANT [OPTION…]
    way=$1 want=$2
    shift 2
    tap_is "$way" "$(run "$way" list "$@")" "$want"
}

# Listings without end.
expect endless_pages "invalid: 'xy' has more than 20 pages of tags" --count --pages-max 20
expect endless_pages "invalid: 'xy' has more than 20 tags" --count --tags-max 20
expect empty_pages '2 tags, 0 skipped, 10 pages' --count --pages-max 10 --tags-max 2
expect empty_pages "invalid: 'xy' has more than 9 pages of tags" --count --pages-max 9
expect empty_pages "invalid: 'xy' has more than 1 tags" --count --tags-max 1
expect prev_only a --listing-max 28
expect prev_only "invalid: the tag list of 'xy' is larger than 27 bytes" --listing-max 27
expect circle_of_one 'unavailable: the pages of tags go in a circle, after 2 of them' --count
expect circle_of_five 'unavailable: the pages of tags go in a circle, after 13 of them' --count
expect endless_body "invalid: 'xy' has more than 100000 tags" --count --tags-max 100000
expect endless_body "invalid: the tag list of 'xy' is larger than 1000000 bytes" --count --listing-max 1000000
expect endless_blanks "invalid: the tag list of 'xy' is larger than 1000000 bytes" --listing-max 1000000
expect endless_string "invalid: the tag list of 'xy' is larger than 1000000 bytes" --listing-max 1000000
expect huge_header "invalid: $get: response headers are larger than 65536 bytes"
expect many_headers "invalid: $get: response headers are larger than 65536 bytes"
expect endless_interim "invalid: $get: response headers are larger than 65536 bytes"
expect slow_drip "canceled: $get: context deadline exceeded" --timeout 500ms
expect silence "canceled: $get: context deadline exceeded" --timeout 500ms

# Broken answers.
expect cut_body "unavailable: $get: unexpected EOF" --count
expect cut_json "unavailable: $list: not a tag list: unexpected EOF" --count
expect cut_once a
tap_is 'cut_once is tried three times' "$(requests cut_once)" 4
expect gzip_bomb "unavailable: $list: not a tag list: compressed as 'gzip' unasked"
expect nul_bytes "unavailable: $list: not a tag list: invalid character '\\x00' in string literal $is_registry"
expect bad_utf8 "unavailable: $list: not a tag list: invalid character '\\xff' in string literal $is_registry"
expect strange_tags '2 tags, 5 skipped like , 1 pages' --count
expect html "unavailable: $list: not a tag list: invalid character '<' looking for beginning of value $is_registry"
expect no_tags "unavailable: $list: not a tag list: a JSON object without the member \"tags\" $is_registry"

# Errors.
x512=$(printf '%512s' '' | tr ' ' x)
nobody="(no credentials were sent: no secret is named)"
expect big_error "unauthorized: $list: unexpected status code 403 Forbidden: $x512... $nobody"
expect no_length_error "unavailable: $list: unexpected status code 500 Internal Server Error: $x512..."
expect error_with_lines "unauthorized: $list: unexpected status code 403 Forbidden: {\"errors\": [{\"code\": \"DENIED\", \"message\": \"first\\nsecond\\r\\n\\u001b[31mred\\u0000\"}]} $nobody"
expect many_errors "unavailable: $list: multiple errors returned: $(
    for i in 0 1 2 3 4 5 6 7; do printf '%sE%s: m; map[a:x b:[1 <nil>]]' "${i#0}${i:+; }" "$i"; done |
        sed 's/^; //; s/[1-7]; E/; E/g'
)"
expect fails_always "unavailable: $list: BAD: gateway"
tap_is 'fails_always is tried three times' "$(requests fails_always)" 4
expect fails_twice a
expect retry_after_soon a --timeout 5s
expect retry_after_soon a
expect retry_after_long "unavailable: $list: TOOMANYREQUESTS: come back later"
tap_is 'it is asked once' "$(requests retry_after_long)" 2
tap_like 'others keep the pause too' "$(run retry_after_long list --threads 40)" 'unavailable: *'
tap_is 'they do not all ask' "$([ "$(requests retry_after_long)" -lt 60 ] && echo less)" less

# Where servers lead.
ssrf='SSRF protection: redirect from "127.0.0.1" to private/link-local host'
expect redirect_inside "unavailable: $get: $ssrf \"10.0.0.1\" denied"
expect redirect_metadata "unavailable: $get: $ssrf \"169.254.169.254\" denied"
expect redirect_odd_loopback "unavailable: $get: $ssrf \"0x7f.1\" denied"
expect redirect_file "unavailable: $get: redirect from '127.0.0.1' refused: unsupported protocol scheme \"file\""
expect redirect_user "unavailable: $get: redirect from '127.0.0.1' refused: a URL with a user name or password is not accepted"
expect redirect_circle "unavailable: $get: stopped after 10 redirects"
echo '{"auths":{"127.0.0.1:'"$(port_of redirect_to_notes)"'":{"auth":"dTpw"}}}' >"$REGISTRY_LAB_DIR/creds"
expect redirect_to_notes moved --secret "$REGISTRY_LAB_DIR/creds"
tap_is 'credentials stay with the registry' "$(grep / "$REGISTRY_LAB_DIR/requests" | tail -n 2)" \
    'redirect_to_notes GET /v2/xy/tags/list?n=1000 Basic dTpw
redirect_to_notes GET /moved -'
expect next_elsewhere "a
unavailable: next page of tags refused: it is on 'evil.example', not on '127.0.0.1'"
expect next_other_scheme 't0
t1'
expect next_file 'a
unavailable: next page of tags: unsupported protocol scheme "file"'
expect next_malformed "a
unavailable: failed to parse link header: missing '<'"
expect next_in_body a
expect prev_only a
expect small_pages n100
expect no_pages whole

# Connections and manners.
expect prev_only a --repeat 3
tap_is 'HTTPS is tried once, and connections are used again' \
    "$(cut -d ' ' -f 2 "$REGISTRY_LAB_DIR/requests" | sort | uniq -c | tr -s ' ' | tr '\n' ';')" \
    ' 6 GET; 2 OPEN; 1 TLS;'

# Tokens.
expect expires 't0
t1'
tap_is 'the new scope stands in front' "$(grep -o 'token?scope=.*' "$REGISTRY_LAB_DIR/requests" | tail -n 1)" \
    'token?scope=repository%3Ax%3Apull%2Cextra&scope=repository%3Axy%3Apull&service= -'
realm='unavailable: invalid realm in www-authenticate:'
expect ping_realm_loopback "$realm realm host \"127.0.0.1\" is a private or link-local address"
expect ping_realm_metadata "$realm realm host \"169.254.169.254\" is a private or link-local address"
expect ping_realm_ftp "$realm unsupported protocol scheme \"ftp\""
expect ping_realm_user "$realm a URL with a user name or password is not accepted"
expect ping_no_realm 'unavailable: malformed www-authenticate, missing realm: map[service:s]'
token='http://localhost:PORT/token?scope=repository%3Axy%3Apull&service=s'
expect ping_token_redirects "unavailable: Get \"$token\": refusing token-server redirect: realm host \"10.0.0.1\" is a private or link-local address"
expect ping_token_empty 'unavailable: no token in bearer response: {"nothing": "here"}'
expect ping_token_html "unavailable: GET $token: not the answer of a token server: invalid JSON: line 1, column 1: invalid token near '<'"
expect ping_token_injection "unavailable: GET $token: the token has characters that none may have"
echo '{"auths":{"127.0.0.1:'"$(port_of ping_token_old)"'":{"identitytoken":"idt"}}}' >"$REGISTRY_LAB_DIR/creds"
expect ping_token_old Bearer-got --secret "$REGISTRY_LAB_DIR/creds"
tap_is 'POST first, then GET' "$(grep / "$REGISTRY_LAB_DIR/requests" | cut -d ' ' -f 2,3)" \
    'GET /v2/
POST /token
GET /token?scope=repository%3Axy%3Apull&service=s
GET /v2/xy/tags/list?n=1000'
echo '{"auths":{"127.0.0.1:'"$(port_of ping_other_challenge)"'":{"auth":"dTpw"}}}' >"$REGISTRY_LAB_DIR/creds"
tap_is 'Basic is found behind another challenge' \
    "$(run ping_other_challenge list --secret "$REGISTRY_LAB_DIR/creds")" Basic-dTpw

# What is no registry at all. A server without TLS shows both ways' errors.
expect ping_missing "unavailable: Get \"https://127.0.0.1:PORT/v2/\": EOF; GET http://127.0.0.1:PORT/v2/: unexpected status code 404 Not Found: 404 page not found $is_registry"
tap_like ping_ssh "$(run ping_ssh list)" 'unavailable: Get "https://127.0.0.1:PORT/v2/": *; Get "http://127.0.0.1:PORT/v2/": malformed HTTP response: *'
tap_like ping_resets "$(run ping_resets list)" 'unavailable: *; Get "http://127.0.0.1:PORT/v2/": *'

# Digests.
digest=sha256:bafebd36189ad3688b7b3915ea55d461e0bfcfbdde11e54b0a123999fb6be50f
manifest=http://127.0.0.1:PORT/v2/xy/manifests/latest
tap_is no_digest_header "$(run no_digest_header digest)" $digest
tap_is no_head "$(run no_head digest)" $digest
tap_is bad_digest "$(run bad_digest digest)" $digest
tap_like wrong_digest "$(run wrong_digest digest)" "unavailable: GET $manifest: the manifest's digest is $digest, but the registry says sha256:0000*"
tap_is max_manifest "$(run max_manifest digest)" \
    "sha256:$(head -c 4194304 /dev/zero | tr '\0' ' ' | sha256sum | cut -d ' ' -f 1)"
tap_is huge_manifest "$(run huge_manifest digest)" "invalid: Get \"$manifest\": response body is larger than 4194304 bytes"

# Proxies.
proxy=http://127.0.0.1:$(port_of proxy)
tap_is 'a proxy with a password' \
    "$("$driver" --insecure --proxy "$proxy" --proxy-user u --proxy-password p list registry.invalid/xy 2>&1)" by-proxy
tap_is 'a proxy with a wrong password' \
    "$("$driver" --proxy "$proxy" --proxy-user u --proxy-password secretword list registry.invalid/xy 2>&1)" \
    'unavailable: Get "https://registry.invalid/v2/": proxyconnect tcp: Proxy Authentication Required'
tap_is 'a proxy that refuses' \
    "$("$driver" --proxy "$proxy" --proxy-user u --proxy-password p list registry.invalid/xy 2>&1)" \
    'unavailable: Get "https://registry.invalid/v2/": proxyconnect tcp: Bad Gateway'
tap_is 'a proxy from the environment' \
    "$(HTTP_PROXY=http://u:p@${proxy#http://} "$driver" --insecure list registry.invalid/xy 2>&1)" by-proxy
tap_is 'a proxy that is not there' "$("$driver" --proxy http://127.0.0.1:1 list registry.invalid/xy 2>&1)" \
    'unavailable: Get "https://registry.invalid/v2/": proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused'
tap_done
