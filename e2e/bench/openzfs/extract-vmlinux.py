"""Takes the compressed kernel out of a bzImage: extract-vmlinux.py VMLINUZ OUTPUT.zst

The ELF in it boots through the PVH entry, so that nothing has to be decompressed under emulation.
"""
import struct
import sys

image = open(sys.argv[1], 'rb').read()
start = ((image[0x1F1] or 4) + 1) * 512 + struct.unpack_from('<I', image, 0x248)[0]
length, = struct.unpack_from('<I', image, 0x24C)
assert image[start:start + 4] == b'\x28\xb5\x2f\xfd', 'the payload of the kernel is not zstd'
open(sys.argv[2], 'wb').write(image[start:start + length - 4])
