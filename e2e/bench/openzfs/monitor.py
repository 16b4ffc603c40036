"""Talks to QEMU's monitor: monitor.py SOCKET COMMAND...

The command `@completed` waits for the end of a migration, in either direction.
"""
import socket
import sys
import time

connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
connection.settimeout(60)


def answer():
    text = b''
    while not text.endswith(b'(qemu) '):
        part = connection.recv(65536)
        if not part:
            break
        text += part
    return text.decode(errors='replace')


def ask(command):
    connection.send(command.encode() + b'\n')
    return answer()


def wait_for_migration():
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        text = ask('info migrate')
        if 'tatus: completed' in text:
            return
        if 'failed' in text:
            sys.exit('the migration failed')
        time.sleep(0.005)
    sys.exit('the migration did not complete')


answer()
for each in sys.argv[2:]:
    if each == '@completed':
        wait_for_migration()
        continue
    try:
        printed = '\n'.join(ask(each).split('\n')[1:-1]).strip()
    except OSError:
        break  # it quit
    if printed:
        print(printed)
