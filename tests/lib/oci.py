# SPDX-License-Identifier: Apache-2.0
"""OCI images in the making: layers of tar members, and layouts with blobs of our choice, right or wrong."""

import gzip
import hashlib
import io
import json
import os
import tarfile

TYPE = "application/vnd.oci.image."


def member(name, data=b"", kind=tarfile.REGTYPE, mode=0o644, link="", uid=0, device=(0, 0)):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.linkname, info.uid, info.mtime = kind, mode, link, uid, 100
    info.devmajor, info.devminor = device
    data = data.encode() if isinstance(data, str) else data
    info.size = len(data)
    return info, data


def member_directory(name, mode=0o755):
    return member(name, kind=tarfile.DIRTYPE, mode=mode)


def symlink(name, target):
    return member(name, kind=tarfile.SYMTYPE, link=target)


def layer(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


class Layout:
    def __init__(self, path):
        self.path = path
        os.makedirs(os.path.join(path, "blobs/sha256"))
        with open(os.path.join(path, "oci-layout"), "w", encoding="utf-8") as file:
            file.write('{"imageLayoutVersion": "1.0.0"}')

    def blob(self, data, kind):
        name = hashlib.sha256(data).hexdigest()
        with open(os.path.join(self.path, "blobs/sha256", name), "wb") as file:
            file.write(data)
        return {"mediaType": TYPE + kind, "digest": "sha256:" + name, "size": len(data)}

    def json(self, value, kind):
        return self.blob(json.dumps(value).encode(), kind)

    def image(self, layers, config=None, pack=gzip.compress, diff_ids=None, machine="amd64"):
        """The descriptor of a manifest; index() is to name it."""
        blobs = [self.blob(pack(data), "layer.v1.tar") for data in layers]
        ids = diff_ids or ["sha256:" + hashlib.sha256(data).hexdigest() for data in layers]
        document = {"architecture": machine, "os": "linux", "config": config or {}, "rootfs": {"type": "layers", "diff_ids": ids}}
        return self.json({"schemaVersion": 2, "mediaType": TYPE + "manifest.v1+json", "layers": blobs,
                          "config": self.json(document, "config.v1+json")}, "manifest.v1+json")

    def index(self, *manifests):
        with open(os.path.join(self.path, "index.json"), "w", encoding="utf-8") as file:
            json.dump({"schemaVersion": 2, "manifests": manifests}, file)


def named(descriptor, name="latest"):
    return dict(descriptor, annotations={"org.opencontainers.image.ref.name": name})
