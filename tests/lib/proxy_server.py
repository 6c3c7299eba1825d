"""A proxy for the registries of registry.sh: tunnels by HTTP CONNECT and SOCKS5.

    proxy_server.py LOG

Whatever name is asked for, it connects to 127.0.0.1 at that port; "KIND NAME
PORT" goes to LOG. Prints its port and "ready". SIGUSR1 cuts all tunnels.
"""
import signal
import socket
import sys
import threading

LOG = open(sys.argv[1], "a", buffering=1)
TUNNELS = set()


def exactly(client, count):
    data = b""
    while len(data) < count:
        piece = client.recv(count - len(data))
        if not piece:
            raise OSError("gone")
        data += piece
    return data


def socks_target(client):
    exactly(client, exactly(client, 1)[0])  # the ways to log in
    client.sendall(b"\5\0")
    _, _, _, kind = exactly(client, 4)
    if kind == 3:
        name = exactly(client, exactly(client, 1)[0]).decode()
    else:
        name = socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6,
                                exactly(client, 4 if kind == 1 else 16))
    return "socks", name, int.from_bytes(exactly(client, 2), "big"), b"\5\0\0\1\0\0\0\0\0\0"


def connect_target(client, first):
    head = first
    while not head.endswith(b"\r\n\r\n"):
        head += exactly(client, 1)
    name, _, port = head.split(b" ")[1].decode().rpartition(":")
    return "connect", name, int(port), b"HTTP/1.1 200 OK\r\n\r\n"


def pump(source, sink):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client):
    try:
        first = exactly(client, 1)
        kind, name, port, answer = socks_target(client) if first == b"\5" else connect_target(client, first)
        LOG.write("%s %s %d\n" % (kind, name, port))
        target = socket.create_connection(("127.0.0.1", port))
        client.sendall(answer)
        TUNNELS.add(client)
        threading.Thread(target=pump, args=(target, client), daemon=True).start()
        pump(client, target)
    except OSError:
        client.close()
    TUNNELS.discard(client)


def cut(*_):
    for client in list(TUNNELS):
        try:
            client.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


signal.signal(signal.SIGUSR1, cut)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1])
print("ready", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
