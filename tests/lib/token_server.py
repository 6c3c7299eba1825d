"""A token server for the registries of registry.sh.

    token_server.py FOLDER USER PASSWORD [TLS-FOLDER]

Signs tokens with FOLDER/server.key (RS256, by openssl). Anybody may pull from
repositories below "public/"; USER may do anything, by password (GET) or by the
identity token "refresh-USER" (POST). Prints its port and "ready".
"""
import base64
import http.server
import json
import ssl
import subprocess
import sys
import time
import urllib.parse

FOLDER, USER, PASSWORD = sys.argv[1:4]


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def certificate():
    with open(FOLDER + "/server.crt") as file:
        lines = file.read().split("\n")
    return "".join(line for line in lines if line and not line.startswith("-----"))


def sign(service, subject, access):
    now = int(time.time())
    header = {"typ": "JWT", "alg": "RS256", "x5c": [certificate()]}
    claims = {"iss": "lab-issuer", "sub": subject, "aud": service, "exp": now + 300,
              "nbf": now - 10, "iat": now, "jti": str(now), "access": access}
    text = ".".join(url64(json.dumps(part).encode()) for part in (header, claims))
    signature = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", FOLDER + "/server.key"],
        input=text.encode(), stdout=subprocess.PIPE, check=True).stdout
    return text + "." + url64(signature)


def grant(subject, scopes):
    access = []
    for scope in scopes:
        kind, name, actions = scope.split(":")
        wanted = actions.split(",")
        if not subject:
            wanted = ["pull"] if name.startswith("public/") and "pull" in wanted else []
        access.append({"type": kind, "name": name, "actions": wanted})
    return access


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def issue(self, subject, query, scopes):
        token = sign(query.get("service", [""])[0], subject, grant(subject, scopes))
        self.answer(200, {"token": token, "expires_in": 300})

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        subject, header = "", self.headers.get("Authorization", "")
        if header:
            shown = base64.b64decode(header.partition(" ")[2]).decode()
            if shown != USER + ":" + PASSWORD:
                self.answer(401, {"details": "incorrect username or password"})
                return
            subject = USER
        self.issue(subject, query, query.get("scope", []))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = urllib.parse.parse_qs(body)
        if form.get("grant_type") != ["refresh_token"] or not form.get("client_id"):
            self.answer(400, {"error": "invalid_request"})
        elif form.get("refresh_token") != ["refresh-" + USER]:
            self.answer(401, {"error": "invalid_grant"})
        else:
            self.issue(USER, form, form.get("scope", [""])[0].split(" "))


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 4:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[4] + "/server.crt", sys.argv[4] + "/server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1])
print("ready", flush=True)
server.serve_forever()
