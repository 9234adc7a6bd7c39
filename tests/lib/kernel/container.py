# SPDX-License-Identifier: Apache-2.0
"""Containers inside a guest: what Docker's own check says of a flavour's configuration, a container that runc starts, and the rules of
its firewall. `tools/deps kernel-test` comes first."""

import os
import re

from lib.kernel.container_disk import HOSTNAME, MEMORY, make_disk
from lib.kernel.flavours import build_of, kernel_of
from lib.tap import contains, diag, equal, run, test
from lib.vm_guest import Guest, cache_directory

# What Docker's list of options calls missing, and why it is.
LEFT_OUT = {
    "MEMCG_SWAP": "always on since Linux 6.1",
    "RT_GROUP_SCHED": "cgroup2 cannot have real-time processes in groups with it",
    "EXT3_FS": "ext4 is what reads ext3", "EXT3_FS_XATTR": "the same", "EXT3_FS_POSIX_ACL": "the same", "EXT3_FS_SECURITY": "the same",
    "AUFS_FS": "not in Linux", "BTRFS_FS": "docs/reference/kernel.md, what is left out", "BTRFS_FS_POSIX_ACL": "the same",
    "SECURITY_SELINUX": "docs/reference/kernel.md", "SECURITY_APPARMOR": "docs/reference/kernel.md",
    "LEGACY_VSYSCALL_NATIVE": "one of several",
    "LEGACY_VSYSCALL_EMULATE": "one of several", "ZFS": "not in Linux",
}
PATH = "export PATH=/usr/sbin:/usr/bin:/sbin:/bin; "


class Host:
    """A guest that has runc and iptables, booted when first used."""

    def __init__(self, flavour):
        self.flavour, self.guest = flavour, None

    def sh(self, script, **kwargs):
        if self.guest is None:
            self.guest = Guest("container", "--image", os.path.join(build_of(self.flavour.name), "image/minimal"), "--memory", "512M",
                               "--disk", make_disk(), "--append", "pith.root=/dev/vda")
        return self.guest.sh(PATH + script, **kwargs)

    def good(self, script):
        done = self.sh(script)
        equal(done.returncode, 0, f"status of {script} ({done.stderr.decode(errors='replace')})")
        return done.stdout.decode()


def claim_configuration(flavour):
    @test(f"{flavour.name}: Docker's own check finds every necessary option, and misses only what is argued for")
    def _():
        cache = cache_directory()
        script = os.path.join(cache, "docker-check-config.sh")
        assert os.path.exists(script), f"there is no {script}; `tools/deps kernel-test` fetches it"
        told = run(["bash", script, os.path.join(kernel_of(flavour.name), "config")]).stdout
        necessary, optional = re.sub(r"\x1b\[[0-9;]*m", "", told).split("Optional Features:")
        assert necessary.count("enabled") > 20, told
        equal(re.findall(r"CONFIG_(\w+): missing", necessary), [], "necessary")
        equal([name for name in re.findall(r"CONFIG_(\w+): missing", optional) if name not in LEFT_OUT], [], "optional")


def claim_runc(flavour, host):
    @test(f"{flavour.name}: runc starts a container on an overlay, with namespaces, limits, devices and a filter that hold", 240)
    def _():
        flavour.stop()  # its guest is not needed any more
        host.good("mount -t tmpfs none /upper && mkdir /upper/up /upper/work && "
                  "mount -t overlay none -o lowerdir=/lower,upperdir=/upper/up,workdir=/upper/work /merged")
        told = host.good("cd /bundle && runc --root /run/runc run one")
        diag(told)
        contains(told, f"pid 1 of {HOSTNAME}\n{MEMORY}\n")
        contains(told, "mkdir: can't create directory '/new': Disk quota exceeded")  # 122, which is the filter's
        contains(told, "written\na device\nSeccomp:\t2\nlo\n")
        equal(host.good("cat /upper/up/file; ls /lower"), "written\nbin\ndev\nproc\nsys\n")

    @test(f"{flavour.name}: a container that takes more memory than it may is killed, and nothing else is", 120)
    def _():
        config = host.good("cat /bundle/config.json")
        changed = re.sub(r'"args": \[.*?\]', '"args": ["tail", "/dev/zero"]', config)
        assert changed != config
        equal(host.sh("cat >/bundle/config.json", data=changed.encode()).returncode, 0)
        equal(host.sh("cd /bundle && runc --root /run/runc run two").returncode, 137)
        equal(host.guest.pith("ping").returncode, 0)


def claim_firewall(flavour, host):
    @test(f"{flavour.name}: rules as Docker and Kubernetes write them are taken by iptables of both kinds and by nft", 60)
    def _():
        for tables in ("iptables-legacy", "iptables"):
            host.good(f"{tables} -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE && "
                      f"{tables} -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j REDIRECT -p tcp --to-ports 99 && "
                      f"{tables} -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED "
                      f"-m comment --comment 'as Docker does' -j ACCEPT && "
                      f"{tables} -A FORWARD -m mark ! --mark 0x4000/0x4000 -m statistic --mode random --probability 0.5 -j RETURN && "
                      f"{tables} -t mangle -A PREROUTING -p tcp -m multiport --dports 80,443 -j MARK --set-mark 7 && "
                      f"{tables} -A INPUT -p tcp -j REJECT --reject-with tcp-reset")
            contains(host.good(f"{tables} -t nat -S"), "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE")
        host.good("nft add table inet t && nft 'add chain inet t c { type nat hook postrouting priority 100; }' && "
                  "nft 'add set inet t s { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 } }' && "
                  "nft add rule inet t c ip saddr @s counter masquerade random && "
                  "nft add rule inet t c ct state new limit rate 10/second log prefix 'x' "
                  "numgen random mod 2 vmap { 0 : accept, 1 : continue }")
        contains(host.good("nft list ruleset"), "masquerade random")
        host.guest.stop()


def claim_containers(flavour):
    host = Host(flavour)
    claim_configuration(flavour)
    claim_runc(flavour, host)
    claim_firewall(flavour, host)
