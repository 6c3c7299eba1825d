"""Registries that misbehave, one for each way, and a proxy that takes notes.

    hostile_registry.py LOG

Listens on a port for each function below that is marked @way, and prints lines
"NAME PORT", then "ready". Noted in LOG are connections ("NAME OPEN"), greetings
of TLS on them ("NAME TLS") and requests ("NAME METHOD PATH AUTHORIZATION"). A way answers requests; the ping is answered for it, unless its
name begins with "ping_".
"""
import base64
import gzip
import json
import socket
import sys
import threading
import time

WAYS = {}
LOG = open(sys.argv[1], "a", buffering=1)


def way(function):
    WAYS[function.__name__] = function
    return function


class Request:
    """One request, and the means to answer it."""

    def __init__(self, name, connection, head, body, port, count):
        line, _, rest = head.decode("latin-1").partition("\r\n")
        self.method, self.path, _ = line.split(" ", 2)
        self.headers = {}
        for header in rest.split("\r\n"):
            key, _, value = header.partition(":")
            self.headers[key.strip().lower()] = value.strip()
        self.name, self.connection, self.body = name, connection, body
        self.port, self.count = port, count

    def raw(self, data):
        self.connection.sendall(data)

    def head(self, status, headers=()):
        lines = ["HTTP/1.1 %d X" % status] + ["%s: %s" % pair for pair in headers]
        self.raw(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    def answer(self, status, body=b"", headers=()):
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        self.head(status, list(headers) + [("Content-Length", len(body))])
        if self.method != "HEAD":
            self.raw(body)

    def tags(self, tags, link=None, rel='; rel="next"'):
        headers = [("Link", "<%s>%s" % (link, rel))] if link else []
        self.answer(200, {"name": "x", "tags": tags}, headers)

    def error(self, status, code, message, headers=()):
        self.answer(status, {"errors": [{"code": code, "message": message}]}, headers)


def page_of(request):
    return int(request.path.partition("page=")[2] or 0)


@way
def endless_pages(request):
    page = page_of(request)
    request.tags(["t%d" % page], "/v2/x/tags/list?page=%d" % (page + 1))


@way
def empty_pages(request):
    page = page_of(request)
    tags = ["a"] if page == 0 else ["b"] if page == 9 else []
    request.tags(tags, page < 9 and "/v2/x/tags/list?page=%d" % (page + 1))


@way
def circle_of_one(request):
    request.tags(["a"], "/v2/x/tags/list?page=1")


@way
def circle_of_five(request):
    page = page_of(request)
    request.tags(["t%d" % page], "/v2/x/tags/list?page=%d" % (page + 1 if page < 7 else 3))


@way
def endless_body(request):
    request.head(200)
    request.raw(b'{"tags":["a"')
    while True:
        request.raw(b',"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"' * 1000)


@way
def endless_blanks(request):
    request.head(200)
    while True:
        request.raw(b" " * 65536)


@way
def endless_string(request):
    request.head(200)
    request.raw(b'{"tags":["')
    while True:
        request.raw(b"a" * 65536)


@way
def huge_header(request):
    request.raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000000 + b"\r\n\r\n")


@way
def many_headers(request):
    request.raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100000 + b"\r\n")


@way
def endless_interim(request):
    while True:
        request.raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


@way
def slow_drip(request):
    request.head(200, [("Content-Length", 100000)])
    while True:
        request.raw(b" ")
        time.sleep(0.1)


@way
def silence(request):
    time.sleep(60)


@way
def cut_body(request):
    request.head(200, [("Content-Length", 1000)])
    request.raw(b'{"tags":["a","b"')
    request.connection.shutdown(socket.SHUT_RDWR)


@way
def cut_json(request):
    request.answer(200, b'{"tags":["a","b"')


@way
def cut_once(request):
    if request.count < 3:
        request.connection.shutdown(socket.SHUT_RDWR)
    else:
        request.tags(["a"])


@way
def gzip_bomb(request):
    request.answer(200, gzip.compress(b'{"tags":[' + b'"a",' * 1000000 + b'"a"]}'),
                   [("Content-Encoding", "gzip")])


@way
def nul_bytes(request):
    request.answer(200, b'{"tags":["a\0b"]}')


@way
def bad_utf8(request):
    request.answer(200, b'{"tags":["\xff"]}')


@way
def strange_tags(request):
    request.tags(["good", "", "a b", "../x", "t" * 129, "\u00e9", "fine"])


@way
def hostile_tags(request):
    request.tags(["1.0.0", "9.0.0\n9.0.1", "$(touch ran)", "`touch ran`", "--upload-pack=touch ran", "-9.0.0",
                  "\x1b[31m9.0.0", "9.0.0 # {\"$imagepolicy\"", "9.0.0:x", "9.0.0@sha256:0", "9.0.0\u2028",
                  "9.0.0/../..", "1" * 10000000, "1.1.0"])


@way
def html(request):
    request.answer(200, b"<html><body>Welcome to nginx!</body></html>",
                   [("Content-Type", "text/html")])


@way
def no_tags(request):
    request.answer(200, {"errors": []})


@way
def big_error(request):
    request.answer(403, b"x" * 1000000)


@way
def no_length_error(request):
    request.head(500)
    request.raw(b"x" * 1000000)
    request.connection.shutdown(socket.SHUT_RDWR)


@way
def error_with_lines(request):
    request.error(403, "DENIED", "first\nsecond\r\n\x1b[31mred\x00")


@way
def echoes_credentials(request):
    sent = request.headers.get("authorization", "nothing")
    if sent.startswith("Basic "):
        sent += " or " + base64.b64decode(sent[6:]).decode()
    request.error(403, "DENIED", "you sent " + sent, [("X-Sent", sent)])


@way
def many_errors(request):
    request.answer(400, {"errors": [{"code": "E%d" % i, "message": "m", "detail": {"b": [1, None], "a": "x"}}
                                    for i in range(20)]})


@way
def redirect_inside(request):
    request.answer(302, b"", [("Location", "http://10.0.0.1/x")])


@way
def redirect_metadata(request):
    request.answer(302, b"", [("Location", "http://169.254.169.254/latest/meta-data/")])


@way
def redirect_odd_loopback(request):
    request.answer(302, b"", [("Location", "http://0x7f.1:%d/x" % request.port)])


@way
def redirect_file(request):
    request.answer(302, b"", [("Location", "file:///etc/passwd")])


@way
def redirect_user(request):
    request.answer(302, b"", [("Location", "http://user:pw@example.com/")])


@way
def redirect_circle(request):
    request.answer(302, b"", [("Location", request.path)])


@way
def redirect_to_notes(request):
    """To the same server by another name: without the credentials."""
    if "moved" in request.path:
        request.tags(["moved"])
    else:
        request.answer(307, b"", [("Location", "http://localhost:%d/moved" % request.port)])


@way
def next_elsewhere(request):
    request.tags(["a"], "http://evil.example/v2/x/tags/list?page=1")


@way
def next_other_scheme(request):
    page = page_of(request)
    request.tags(["t%d" % page], page == 0 and "https://127.0.0.1:443/v2/x/tags/list?page=1")


@way
def next_file(request):
    request.tags(["a"], "file:///etc/passwd")


@way
def next_malformed(request):
    request.answer(200, {"tags": ["a"]}, [("Link", "nonsense")])


@way
def next_in_body(request):
    request.answer(200, {"tags": ["a"], "next": "/v2/x/tags/list?page=1"})


@way
def prev_only(request):
    request.tags(["a"], "/v2/x/tags/list?page=1", '; rel="prev"')


@way
def small_pages(request):
    """Takes no more than 100 tags a page."""
    if "n=1000" in request.path:
        request.error(400, "PAGINATION_NUMBER_INVALID", "too many")
    else:
        request.tags([request.path.partition("?")[2].replace("=", "")])


@way
def no_pages(request):
    if "n=" in request.path:
        request.error(400, "UNSUPPORTED", "no n here")
    else:
        request.tags(["whole"])


@way
def fails_twice(request):
    if request.count < 3:
        request.error(503, "UNAVAILABLE", "not now")
    else:
        request.tags(["a"])


@way
def fails_always(request):
    request.error(502, "BAD", "gateway")


@way
def retry_after_soon(request):
    if request.count < 2:
        request.error(429, "TOOMANYREQUESTS", "slow down", [("Retry-After", "1")])
    else:
        request.tags(["a"])


@way
def retry_after_long(request):
    request.error(429, "TOOMANYREQUESTS", "come back later", [("Retry-After", "3600")])


@way
def expires(request):
    """Wants a new token, with one more scope, for each page."""
    page = page_of(request)
    if request.path.startswith("/token"):
        request.answer(200, {"token": "token-%d" % request.count})
    elif request.headers.get("authorization") == "Bearer token-%d" % (page + 1):
        request.tags(["t%d" % page], page == 0 and "/v2/xy/tags/list?page=1")
    else:
        request.answer(401, b"", [("WWW-Authenticate", 'Bearer realm="http://localhost:%d/token",scope='
                                   '"repository:x:pull,extra"' % request.port)])


def bearer(request, realm):
    request.answer(401, b"", [("WWW-Authenticate", 'Bearer realm="%s",service="s"' % realm)])


@way
def ping_realm_loopback(request):
    bearer(request, "http://127.0.0.1:1/token")


@way
def ping_realm_metadata(request):
    bearer(request, "http://169.254.169.254/token")


@way
def ping_realm_ftp(request):
    bearer(request, "ftp://localhost/token")


@way
def ping_realm_user(request):
    bearer(request, "http://user:secretpw@localhost/token")


@way
def ping_no_realm(request):
    request.answer(401, b"", [("WWW-Authenticate", 'Bearer service="s"')])


@way
def ping_token_redirects(request):
    if request.path.startswith("/v2/"):
        bearer(request, "http://localhost:%d/token" % request.port)
    else:
        request.answer(302, b"", [("Location", "http://10.0.0.1/token")])


@way
def ping_token_empty(request):
    if request.path.startswith("/v2/"):
        bearer(request, "http://localhost:%d/token" % request.port)
    else:
        request.answer(200, {"nothing": "here"})


@way
def ping_token_html(request):
    if request.path.startswith("/v2/"):
        bearer(request, "http://localhost:%d/token" % request.port)
    else:
        request.answer(200, b"<html>")


@way
def ping_token_injection(request):
    if request.path.startswith("/v2/"):
        bearer(request, "http://localhost:%d/token" % request.port)
    else:
        request.answer(200, {"token": "x\r\nEvil: header"})


@way
def ping_token_old(request):
    """Knows no POST, as before OAuth."""
    if request.path == "/v2/":
        bearer(request, "http://localhost:%d/token" % request.port)
    elif request.path.startswith("/v2/"):
        request.tags([request.headers.get("authorization", "none").replace(" ", "-")])
    elif request.method == "POST":
        request.answer(404, b"no")
    else:
        request.answer(200, {"token": "got"})


@way
def ping_other_challenge(request):
    if request.path == "/v2/":
        request.answer(401, b"", [("WWW-Authenticate", "Negotiate"), ("WWW-Authenticate", 'Basic realm="x"')])
    else:
        request.tags([request.headers.get("authorization", "none").replace(" ", "-")])


@way
def ping_missing(request):
    request.answer(404, b"404 page not found\n")


@way
def ping_ssh(request):
    request.raw(b"SSH-2.0-OpenSSH_9.2\r\n")
    request.connection.shutdown(socket.SHUT_RDWR)


@way
def ping_resets(request):
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    request.connection.close()


MANIFEST = b'{"schemaVersion":2}'
DIGEST = "sha256:bafebd36189ad3688b7b3915ea55d461e0bfcfbdde11e54b0a123999fb6be50f"


@way
def no_digest_header(request):
    request.answer(200, MANIFEST)


@way
def no_head(request):
    request.answer(405 if request.method == "HEAD" else 200, MANIFEST)


@way
def wrong_digest(request):
    headers = [("Docker-Content-Digest", "sha256:" + "0" * 64)]
    request.answer(405 if request.method == "HEAD" else 200, MANIFEST, headers)


@way
def bad_digest(request):
    request.answer(200, MANIFEST, [("Docker-Content-Digest", "sha256:12; rm -rf /")])


@way
def max_manifest(request):
    request.answer(200, b" " * (4 * 1024 * 1024))


@way
def huge_manifest(request):
    request.answer(200, b" " * (4 * 1024 * 1024 + 1))


@way
def proxy(request):
    """Answers in place of the server that is asked for; refuses tunnels."""
    if request.headers.get("proxy-authorization") != "Basic dTpw":
        request.answer(407, b"", [("Proxy-Authenticate", "Basic")])
    elif request.method == "CONNECT":
        request.answer(502)
    elif request.path.endswith("/v2/"):
        request.answer(200)
    else:
        request.tags(["by-proxy"])


def serve(name, function, connection, port, counts):
    data = b""
    LOG.write("%s OPEN\n" % name)
    while True:
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not data and piece[:1] == b"\x16":
                LOG.write("%s TLS\n" % name)
                return
            if not piece:
                return
            data += piece
        head, _, data = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.decode("latin-1").lower().split("\r\n"):
            if line.startswith("content-length:"):
                length = int(line.partition(":")[2])
        while len(data) < length:
            data += connection.recv(65536)
        request = Request(name, connection, head, data[:length], port, 0)
        data = data[length:]
        key = "token" if request.path.startswith("/token") else "ping" if request.path == "/v2/" else "other"
        counts[key] = request.count = counts.get(key, 0) + 1
        LOG.write("%s %s %s %s\n" % (name, request.method, request.path,
                                     request.headers.get("authorization", "-")))
        if request.path == "/v2/" and name == "expires":
            bearer(request, "http://localhost:%d/token" % port)
        elif request.path == "/v2/" and not name.startswith("ping_") and name != "proxy":
            request.answer(200)
        else:
            function(request)


def guard(*arguments):
    try:
        serve(*arguments)
    except OSError:
        pass
    finally:
        arguments[2].close()


def listen(name, function, listener):
    port, counts = listener.getsockname()[1], {}
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=guard, args=(name, function, connection, port, counts), daemon=True).start()


for way_name, way_function in WAYS.items():
    listening = socket.create_server(("127.0.0.1", 0))
    print(way_name, listening.getsockname()[1])
    threading.Thread(target=listen, args=(way_name, way_function, listening), daemon=True).start()
print("ready", flush=True)
threading.Event().wait()
