# SPDX-License-Identifier: Apache-2.0
# What QEMU's scripts share, beside common.sh.
#
#   QEMU        the program
#   ACCEL       kvm:tcg, which is KVM where /dev/kvm can be opened; a nested one may open and hang: tcg
#   VHOST_USER  the socket of vhost-device-vsock, for hosts without /dev/vhost-vsock
#   VSOCK=none  no vsock card: the console is all there is
#
# Their other arguments go to QEMU as they are.
# shellcheck shell=bash

# qemu_run BUS CONSOLE MACHINE-OPTIONS…: BUS is pci or device (MMIO)
qemu_run() {
	local bus=$1 console=$2 arguments disk
	shift 2
	# The vhost-user device maps the guest's memory.
	arguments=(-nodefaults -no-user-config -display none -no-reboot -smp "$CPUS" -m "$MEMORY"
		-object "memory-backend-memfd,id=memory,size=${MEMORY}M" -kernel "$KERNEL"
		-append "$(command_line "$console")" -serial stdio -device "virtio-rng-$bus")
	if [ -n "$INITRD" ]; then arguments+=(-initrd "$INITRD"); fi
	if [ -n "$DISK" ]; then
		disk=${DISK//,/,,}
		arguments+=(-drive "if=none,id=root,format=raw,file=$disk${READONLY:+,readonly=on}" -device "virtio-blk-$bus,drive=root")
	fi
	if [ -n "${VHOST_USER:-}" ]; then
		arguments+=(-chardev "socket,id=vsock,path=$VHOST_USER" -device "vhost-user-vsock-$bus,chardev=vsock")
	elif [ "$VSOCK" != none ]; then
		arguments+=(-device "vhost-vsock-$bus,guest-cid=$CID")
	fi
	exec "$QEMU" "${arguments[@]}" "$@"
}
