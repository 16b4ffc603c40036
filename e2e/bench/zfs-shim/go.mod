module zfs-shim

go 1.26
