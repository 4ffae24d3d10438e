"""Both ends of connections, run inside namespaces: a server that answers with the caller's address, and callers.

``serve PORT...`` listens on all addresses, TCP; every line is answered by the caller's address.
``ask SOURCE DESTINATION PORT [SOURCE_PORT]`` prints that answer, or the name of the error.
``keep SOURCE DESTINATION PORT`` connects once and passes lines of its input on, printing each answer.
"""

import errno
import selectors
import socket
import sys

PATIENCE = 1.5


def connect(source: str, destination: str, port: int, source_port: int = 0) -> socket.socket:
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    line = socket.socket(family, socket.SOCK_STREAM)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    line.settimeout(PATIENCE)
    line.bind((source, source_port))
    line.connect((destination, port))
    return line


def ask(source: str, destination: str, port: str, source_port: str = "0") -> None:
    try:
        with connect(source, destination, int(port), int(source_port)) as line:
            line.sendall(b"who\n")
            print(line.recv(200).decode().strip())
    except TimeoutError:
        print("ETIMEDOUT")
    except OSError as error:
        print(errno.errorcode[error.errno or 0])


def keep(source: str, destination: str, port: str) -> None:
    with connect(source, destination, int(port)) as line:
        print("connected", flush=True)
        for text in sys.stdin:
            line.sendall(text.encode())
            print(line.recv(200).decode().strip(), flush=True)


def serve(*ports: str) -> None:
    ready = selectors.DefaultSelector()
    for port in ports:
        listener = socket.create_server(("::", int(port)), family=socket.AF_INET6, dualstack_ipv6=True)
        ready.register(listener, selectors.EVENT_READ, None)
    print("ready", flush=True)
    while True:
        for key, _ in ready.select():
            line = key.fileobj
            assert isinstance(line, socket.socket)
            if key.data is None:
                caller, address = line.accept()
                ready.register(caller, selectors.EVENT_READ, address[0].removeprefix("::ffff:"))
            elif line.recv(200):
                line.sendall(f"{key.data}\n".encode())
            else:
                ready.unregister(line)
                line.close()


if __name__ == "__main__":
    {"ask": ask, "keep": keep, "serve": serve}[sys.argv[1]](*sys.argv[2:])
