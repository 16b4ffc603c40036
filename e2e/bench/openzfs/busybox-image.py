"""Makes a container image of a static busybox: busybox-image.py BUSYBOX OUTPUT.tar APPLET..."""
import hashlib
import io
import json
import sys
import tarfile


def add(archive, name, data=b'', mode=0o755, **fields):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), mode
    for field, value in fields.items():
        setattr(entry, field, value)
    archive.addfile(entry, io.BytesIO(data))


program, output, *applets = sys.argv[1:]
buffer = io.BytesIO()
with tarfile.open(fileobj=buffer, mode='w') as archive:
    add(archive, 'bin', type=tarfile.DIRTYPE)
    add(archive, 'tmp', type=tarfile.DIRTYPE, mode=0o1777)
    add(archive, 'bin/busybox', open(program, 'rb').read())
    for applet in applets:
        if applet != 'busybox':
            add(archive, 'bin/' + applet, type=tarfile.SYMTYPE, linkname='busybox')
layer = buffer.getvalue()
config = {
    'architecture': 'amd64',
    'os': 'linux',
    'config': {'Env': ['PATH=/bin'], 'Cmd': ['/bin/sleep', '2147483647']},
    'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + hashlib.sha256(layer).hexdigest()]},
}
manifest = [{'Config': 'config.json', 'RepoTags': ['example.test/busybox:1'], 'Layers': ['layer.tar']}]
with tarfile.open(output, 'w') as archive:
    add(archive, 'layer.tar', layer)
    add(archive, 'config.json', json.dumps(config).encode())
    add(archive, 'manifest.json', json.dumps(manifest).encode())
