"""Git servers over http that misbehave, one for each path.

    hostile_git.py

Prints its port and "ready". The first part of a request's path names the way,
a function below; it answers whatever git asks for under it.
"""
import http.server

ID = b"1" * 40
SERVICE = b"001e# service=git-upload-pack\n0000"


def packet(data):
    return b"%04x" % (len(data) + 4) + data


def advertise(*lines):
    """The list of refs in the first version of the protocol."""
    first = lines[0] + b"\0 report-status\n"
    return SERVICE + packet(first) + b"".join(packet(line + b"\n") for line in lines[1:]) + b"0000"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        way = getattr(self, self.path.split("/")[1], None)
        try:
            way() if way else self.send_error(404)
        except OSError:
            pass

    do_POST = do_GET

    def log_message(self, *_):
        pass

    def begin(self, kind="application/x-git-upload-pack-advertisement", status=200):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def answer(self, body, **kind):
        self.begin(**kind)
        self.wfile.write(body)

    def redirect(self, where):
        self.send_response(302)
        self.send_header("Location", where)
        self.end_headers()

    def to_file(self):
        self.redirect("file:///etc/passwd?service=git-upload-pack")

    def to_ext(self):
        self.redirect("ext::sh -c touch% ran/info/refs?service=git-upload-pack")

    def in_circles(self):
        self.redirect(self.path)

    def endless_refs(self):
        self.begin()
        self.wfile.write(SERVICE)
        lines = b"".join(packet(ID + b" refs/heads/b%06d\n" % i) for i in range(20000))
        while True:
            self.wfile.write(lines)

    def endless_blanks(self):
        self.begin()
        while True:
            self.wfile.write(b" " * 65536)

    def long_packet(self):
        self.answer(SERVICE + b"ffff" + b"a" * 70000)

    def no_number(self):
        self.answer(SERVICE + b"xyzw" + b"a" * 100)

    def nul_bytes(self):
        self.answer(b"\0" * 1000)

    def short_id(self):
        self.answer(advertise(b"1111 refs/heads/main"))

    def odd_names(self):
        self.answer(advertise(*(ID + b" " + name for name in (
            b"HEAD", b"refs/heads/--upload-pack=touch ran", b"refs/heads/$(touch ran)",
            b"refs/heads/../../../ran", b"refs/heads/a\x1b[31mb", b"\xff\xfe", b"main", b"-x"))))

    def no_pack(self):
        """Has the branch, and instead of a pack only words."""
        if self.command == "GET":
            self.answer(advertise(ID + b" HEAD", ID + b" refs/heads/main"))
        else:
            words = b"\2\x1b]0;title\x07\x1b[31mred\r\n\xff\xfe ssh://user:hidden@host \xc2\x9b2J\n"
            self.answer(packet(b"NAK\n") + packet(words) + packet(b"\1PACK\xff\xff") + b"0000",
                        kind="application/x-git-upload-pack-result")

    def words_without_end(self):
        self.begin("text/plain", 403)
        while True:
            self.wfile.write(b"no\n" * 10000)

    def odd_words(self):
        self.answer(b"\x1b]0;title\x07\x1b[31mred\x1b[0m\r\nsecond \xff\xfe line\0\xc2\x9b2J\n" * 3,
                    kind="text/plain; charset=utf-8", status=403)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1])
print("ready", flush=True)
server.serve_forever()
