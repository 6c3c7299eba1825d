"""A receiver of events, in the place of Flux's notification-controller.

    event_receiver.py FILE

Listens on a free port of loopback and prints it, then "ready". Each request is
one line of JSON in FILE: {"path", "type", "event"}. Answers 200.
"""
import http.server
import json
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        line = {"path": self.path, "type": self.headers["Content-Type"], "event": json.loads(body)}
        with open(sys.argv[1], "a") as out:
            out.write(json.dumps(line) + "\n")
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1])
print("ready", flush=True)
server.serve_forever()
