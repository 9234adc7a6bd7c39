# SPDX-License-Identifier: Apache-2.0
"""A tree as an OCI image of one layer, in a layout directory (OCI image-spec 1.1: image-layout.md, manifest.md, config.md, layer.md); the
same bytes for the same tree.

Never: asks a registry, runs a program.
"""

import gzip
import hashlib
import json
import os
import stat
import tarfile
import time

from .archive import KINDS, XATTR
from .oci import ARCH
from .oci_config import FIELDS

TYPE = "application/vnd.oci.image."
# The other way round; one kind of regular file is enough.
TAR_KINDS = {mode: kind for kind, mode in KINDS.items() if kind not in (tarfile.AREGTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE)}


class _Hashed:
    """A file object that hashes what is written to it on the way to another one."""

    def __init__(self, target):
        self.target, self.digest, self.count = target, hashlib.sha256(), 0

    def write(self, data):
        self.digest.update(data)
        self.count += len(data)
        return self.target.write(data)

    def tell(self):
        return self.count

    def flush(self):
        self.target.flush()


def _member(path, node, linked):
    info = tarfile.TarInfo(path)
    info.mode, info.uid, info.gid, info.mtime = stat.S_IMODE(node.mode), node.uid, node.gid, node.mtime
    if linked is not None:
        info.type, info.linkname = tarfile.LNKTYPE, linked
        return info
    info.type = TAR_KINDS[stat.S_IFMT(node.mode)] if not node.is_link() else tarfile.SYMTYPE
    info.linkname = node.target
    info.size = node.size if node.is_file() else 0
    info.devmajor, info.devminor = node.device
    info.pax_headers = {XATTR + name: value.decode("utf-8", "surrogateescape") for name, value in sorted(node.xattrs.items())}
    return info


def _write_layer(tree, out):
    """The whole tree as a tar archive. A second name of a file is a hard link to the first."""
    names = {}
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, node in tree.walk():
            if not path:
                continue
            info = _member(path, node, names.get(id(node)))
            archive.addfile(info)
            if info.isreg():
                node.copy(out.write, path)
                padding = -info.size % tarfile.BLOCKSIZE
                out.write(b"\0" * padding)
                archive.offset += info.size + padding
            if not node.is_dir():
                names.setdefault(id(node), path)


def from_pith(config, facts):
    """The configuration of an image whose /etc/pith.json and image.json say this: docs/guide/images.md has the table."""
    result = {name: config[key] for key, name in FIELDS.items() if key != "env" and config.get(key)}
    if config.get("env"):
        result["Env"] = [f"{name}={value}" for name, value in config["env"].items()]
    for key, name in (("ports", "ExposedPorts"), ("volumes", "Volumes")):
        if facts.get(key):
            result[name] = {item: {} for item in facts[key]}
    if facts.get("labels"):
        result["Labels"] = facts["labels"]
    return result


class _Blobs:
    def __init__(self, out):
        self.directory = os.path.join(out, "blobs/sha256")
        self.size = 0
        os.makedirs(self.directory)

    def add(self, kind, fill):
        """A blob of what fill() writes, and its descriptor."""
        part = os.path.join(self.directory, "part")
        with open(part, "wb") as file:
            hashed = _Hashed(file)
            fill(hashed)
        os.rename(part, os.path.join(self.directory, hashed.digest.hexdigest()))
        self.size += hashed.count
        return {"mediaType": TYPE + kind, "digest": f"sha256:{hashed.digest.hexdigest()}", "size": hashed.count}

    def json(self, kind, value):
        return self.add(kind, lambda file: file.write(json.dumps(value, separators=(",", ":")).encode()))


def write(tree, out, config, facts, machine, epoch):
    """Makes the layout in `out`, a new directory. Returns the digest of the image's manifest and the size of all blobs."""
    blobs, found = _Blobs(out), {}

    def layer(file):
        # Its header has no name and no time.
        with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as packed:
            plain = _Hashed(packed)
            _write_layer(tree, plain)
        found["diff_id"] = f"sha256:{plain.digest.hexdigest()}"

    layers = [blobs.add("layer.v1.tar+gzip", layer)]
    platform = {"architecture": ARCH[machine], "os": "linux"}
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))
    described = blobs.json("config.v1+json", {"created": created, **platform, "config": from_pith(config, facts),
                                              "rootfs": {"type": "layers", "diff_ids": [found["diff_id"]]},
                                              "history": [{"created": created, "created_by": "rootfs/image"}]})
    manifest = blobs.json("manifest.v1+json", {"schemaVersion": 2, "mediaType": TYPE + "manifest.v1+json", "config": described,
                                               "layers": layers})
    index = {"schemaVersion": 2, "mediaType": TYPE + "index.v1+json",
             "manifests": [{**manifest, "platform": platform, "annotations": {"org.opencontainers.image.ref.name": "latest"}}]}
    for name, value in (("oci-layout", {"imageLayoutVersion": "1.0.0"}), ("index.json", index)):
        with open(os.path.join(out, name), "w", encoding="utf-8") as file:
            json.dump(value, file, separators=(",", ":"))
    return manifest["digest"].partition(":")[2], blobs.size
