"""Drops from kernel modules what makes them slow to load under emulation: slim-modules.py FILE.ko...

Linux 6.12 checks every ftrace call site of a loaded module against its whole symbol table: 1.4 s for zfs.ko
under TCG. So the table of call sites goes and the calls to __fentry__ become NOPs; ORC, BTF and unneeded
symbols go as well. The code itself stays as it was built.
"""
import struct
import subprocess
import sys

SHT_RELA, SHF_EXECINSTR = 4, 4
CALL, NOP = 0xE8, b'\x0f\x1f\x44\x00\x00'
UNNEEDED = ['.BTF', '.orc_unwind', '.orc_unwind_ip', '.orc_header', '.rela.orc_unwind_ip', '__mcount_loc', '.rela__mcount_loc']


def silence_fentry(path):
    image = bytearray(open(path, 'rb').read())
    table, = struct.unpack_from('<Q', image, 0x28)
    entry_size, count, _ = struct.unpack_from('<HHH', image, 0x3A)
    sections = [struct.unpack_from('<IIQQQQIIQQ', image, table + i * entry_size) for i in range(count)]
    for _name, kind, _flags, _addr, offset, size, link, info, _align, _ent in sections:
        if kind != SHT_RELA or not sections[info][2] & SHF_EXECINSTR:
            continue
        symbols, target = sections[link], sections[info]
        strings = sections[symbols[6]][4]
        for relocation in range(offset, offset + size, 24):
            place, what, _addend = struct.unpack_from('<QQq', image, relocation)
            name = strings + struct.unpack_from('<I', image, symbols[4] + (what >> 32) * 24)[0]
            site = target[4] + place - 1
            if image[name:name + 11] == b'__fentry__\0' and image[site] == CALL:
                image[site:site + 5] = NOP
                struct.pack_into('<Q', image, relocation + 8, (what >> 32) << 32)  # R_X86_64_NONE
    open(path, 'wb').write(image)


for module in sys.argv[1:]:
    remove = [word for section in UNNEEDED for word in ('-R', section)]
    subprocess.run(['objcopy', '--strip-unneeded', *remove, module], check=True)
    silence_fentry(module)
