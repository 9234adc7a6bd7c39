# SPDX-License-Identifier: Apache-2.0
# What all scripts of this directory share: they read the same variables and boot a directory that `make image` made.
#
#   IMAGE    the directory; the only one that must be given
#   KERNEL   another kernel than IMAGE/kernel
#   DISK     another root than IMAGE/root.*: the copy of an ext4, which the guest writes to
#   MEMORY   MiB, 256
#   CPUS     1
#   CID      the guest's vsock address, 7
#   VSOCK    where the VMM makes the unix socket of its vsock, $XDG_RUNTIME_DIR or /tmp/pith-CID.sock
#   APPEND   more words for the kernel's command line: pith.notify=1002
#
# They replace themselves with the VMM: what ends the script ends the VM.
#
# Never: copies or changes a file of IMAGE.
# shellcheck shell=bash disable=SC2034 # others read what is set here
set -euo pipefail

die() { echo "${0##*/}: $*" >&2; exit 1; }

[ -n "${IMAGE:-}" ] || die "IMAGE= must name a directory that make image made"
[ -d "$IMAGE" ] || die "there is no directory $IMAGE; make image makes one"
IMAGE=$(realpath -- "$IMAGE")
KERNEL=${KERNEL:-$IMAGE/kernel}
[ -e "$KERNEL" ] || die "there is no kernel $KERNEL"
MEMORY=${MEMORY:-256} CPUS=${CPUS:-1} CID=${CID:-7} APPEND=${APPEND:-}
VSOCK=${VSOCK:-${XDG_RUNTIME_DIR:-/tmp}/pith-$CID.sock}

INITRD=
if [ -e "$IMAGE/initramfs.cpio" ]; then INITRD=$IMAGE/initramfs.cpio; fi

READONLY=	# not empty: the guest can not write to DISK
for file in "$IMAGE"/root.*; do
	case $file in
	*.part | *'/root.*') ;;
	*.ext4) DISK=${DISK:?"$file is written to by the guest: copy it for each VM and name the copy"} ;;
	*) DISK=${DISK:-$file} READONLY=1 ;;
	esac
done
DISK=${DISK:-}
[ -z "$DISK" ] || [ -e "$DISK" ] || die "there is no disk $DISK"
[ -n "$INITRD$DISK" ] || die "$IMAGE has neither an initramfs nor a root"

# command_line WORD…: nothing on the console but errors, a panic that ends the VM at once, no waiting for entropy, no
# self-tests; then the VMM's own words, those of the image, and those of the caller.
command_line() {
	local words
	words="quiet panic=-1 random.trust_cpu=on cryptomgr.notests $*"
	if [ -e "$IMAGE/cmdline" ]; then words+=" $(<"$IMAGE/cmdline")"; fi
	echo "$words${APPEND:+ $APPEND}"
}

# Some VMMs take an ELF file only on x86. `make kernel` leaves one beside the bzImage.
need_vmlinux() {
	local beside
	beside=$(dirname "$(realpath "$KERNEL")")/vmlinux
	case $(head -c 4 "$KERNEL" | tr -d '\0\177') in
	ELF) return ;;
	esac
	if [ "$(uname -m)" != x86_64 ]; then return; fi
	[ -e "$beside" ] || die "$KERNEL is a bzImage; KERNEL= must name a vmlinux (make kernel)"
	KERNEL=$beside
}
