# SPDX-License-Identifier: Apache-2.0
"""OCI images: a layout directory, an archive of one (tar), or what `docker save` writes. Sources: the OCI image-spec 1.1 (image-layout.md,
manifest.md, layer.md) and Docker's image specification 1.2.

Every blob is held against its digest before a byte of it is believed, and every layer, unpacked, against its diff_id.
Never: asks a registry (skopeo does that, and leaves a layout behind).
"""

import hashlib
import json
import os
import shutil
import tarfile

from common import Failure

from .archive import add_tar, unpack
from .tree import CHUNK, Tree

JSON_MAX = 4 << 20
ARCH = {"x86_64": "amd64", "aarch64": "arm64"}
NESTING_MAX = 4         # of an index in an index


def _parse(data, where):
    try:
        value = json.loads(data)
    except ValueError as error:
        raise Failure(f"{where}: not JSON: {error}") from None
    return value


def parse_object(data, where):
    value = _parse(data, where)
    if not isinstance(value, dict):
        raise Failure(f"{where}: not a JSON object")
    return value


def _need(value, key, kind, where):
    if not isinstance(value, dict) or not isinstance(value.get(key), kind):
        raise Failure(f"{where}: {key}: missing or of the wrong type")
    return value[key]


class Layout:
    """The blobs of an image layout directory."""

    def __init__(self, path):
        self.path = path
        self.checked = set()

    def blob(self, descriptor, where):
        """The file of a blob, whose bytes are what its digest says."""
        digest = _need(descriptor, "digest", str, where)
        kind, _, name = digest.partition(":")
        if kind not in ("sha256", "sha512") or not name.isalnum():
            raise Failure(f"{where}: the digest {digest!r} is of no known kind")
        path = os.path.join(self.path, "blobs", kind, name)
        if digest in self.checked:
            return path
        found = hashlib.new(kind)
        try:
            with open(path, "rb") as file:
                while data := file.read(CHUNK):
                    found.update(data)
        except OSError as error:
            raise Failure(f"{where}: blob {digest}: {error.strerror}") from None
        if found.hexdigest() != name:
            raise Failure(f"{where}: blob {digest} is damaged: its bytes have {kind}:{found.hexdigest()}")
        self.checked.add(digest)
        return path

    def json(self, descriptor, where):
        with open(self.blob(descriptor, where), "rb") as file:
            return parse_object(file.read(JSON_MAX), where)


def _select(layout, index, reference, arch, where, depth=0):
    """The one manifest that is meant: by its name, where several have one, and by the machine."""
    found = []
    for item in _need(index, "manifests", list, where):
        if not isinstance(item, dict):
            raise Failure(f"{where}: a manifest is no object")
        names = [item.get("annotations", {}).get(key) for key in
                 ("org.opencontainers.image.ref.name", "io.containerd.image.name")]
        platform = item.get("platform") or {}
        if reference and depth == 0 and reference not in names:
            continue
        if platform.get("architecture", arch) != arch or platform.get("os", "linux") not in ("linux", ""):
            continue
        found.append((item, names))
    if not found:
        known = sorted({str(item.get("annotations", {}).get("org.opencontainers.image.ref.name")
                            or (item.get("platform") or {}).get("architecture", "?"))
                        for item in index["manifests"]})
        raise Failure(f"{where}: no image {reference or 'for ' + arch}; there are: {', '.join(known) or 'none'}")
    if len(found) > 1 and depth == 0:
        names = ", ".join(str(next(filter(None, names), item.get("digest"))) for item, names in found)
        raise Failure(f"{where}: several images ({names}): say which with :NAME behind the path")
    document = layout.json(found[0][0], f"{where}: manifest")
    if "manifests" in document:
        if depth == NESTING_MAX:
            raise Failure(f"{where}: indexes nested too deep")
        return _select(layout, document, reference, arch, where, depth + 1)
    return document


def _apply(config, blobs, arch, scratch, where):
    """The tree that the layers make."""
    tree, made_for = Tree(), config.get("architecture") or arch
    if made_for != arch:
        raise Failure(f"{where}: the image is for {made_for}, not for {arch}")
    diff_ids = _need(_need(config, "rootfs", dict, where), "diff_ids", list, where)
    if len(diff_ids) != len(blobs):
        raise Failure(f"{where}: {len(blobs)} layers, but {len(diff_ids)} diff_ids in the configuration")
    for number, (path, expected) in enumerate(zip(blobs, diff_ids)):
        name = f"{where}: layer {number + 1} of {len(blobs)}"
        tar, found = unpack(path, os.path.join(scratch, f"layer-{number}.tar"), name)
        if f"sha256:{found}" != expected:
            raise Failure(f"{name}: its contents have sha256:{found}, the configuration says {expected}")
        add_tar(tree, tar, name, is_layer=True)
    return tree


def _inside(directory, name, where):
    path = os.path.normpath(os.path.join(directory, name))
    if not path.startswith(directory + os.sep) or os.path.islink(path) or not os.path.isfile(path):
        raise Failure(f"{where}: {name!r} is no file of the archive")
    return path


def _docker_save(directory, reference, arch, scratch, where):
    with open(os.path.join(directory, "manifest.json"), "rb") as file:
        images = _parse(file.read(JSON_MAX), where)
    if not isinstance(images, list):
        raise Failure(f"{where}: manifest.json is no array")
    found = [item for item in images if isinstance(item, dict) and (not reference or reference in (item.get("RepoTags") or []))]
    if len(found) != 1:
        tags = ", ".join(tag for item in images if isinstance(item, dict) for tag in item.get("RepoTags") or [])
        wanted = "no image " + reference if reference else "not exactly one image"
        raise Failure(f"{where}: {wanted}; there are: {tags or 'none with a name'}")
    with open(_inside(directory, _need(found[0], "Config", str, where), where), "rb") as file:
        config = parse_object(file.read(JSON_MAX), where)
    blobs = [_inside(directory, name, where) for name in _need(found[0], "Layers", list, where)]
    return _apply(config, blobs, arch, scratch, where), config


def _extract(path, scratch):
    """The members of an outer archive, which are plain files and directories with plain names."""
    out = os.path.join(scratch, "archive")
    os.mkdir(out)
    try:
        with tarfile.open(path, errorlevel=2) as archive:
            for info in archive:
                target = os.path.normpath(os.path.join(out, info.name))
                if target != out and not target.startswith(out + os.sep):
                    raise Failure(f"{path}: the name {info.name!r} leads out of the archive")
                if info.isdir():
                    os.makedirs(target, exist_ok=True)
                elif info.isfile():
                    os.makedirs(os.path.dirname(target), exist_ok=True)
                    with archive.extractfile(info) as source, open(target, "xb") as file:
                        shutil.copyfileobj(source, file, CHUNK)
                elif info.issym() and "/blobs/" not in info.name:
                    # docker save links a layer that two images share.
                    linked = os.path.normpath(os.path.join(os.path.dirname(target), info.linkname))
                    if linked.startswith(out + os.sep) and os.path.isfile(linked) and not os.path.islink(linked):
                        os.makedirs(os.path.dirname(target), exist_ok=True)
                        os.link(linked, target)
    except (tarfile.TarError, EOFError, FileExistsError) as error:
        raise Failure(f"{path}: not a whole tar archive: {error}") from None
    return out


def read(source, scratch, machine):
    """(tree, configuration) of PATH or PATH:REFERENCE; the unpacked layers lie in `scratch`, and are read when the image is written."""
    path, reference, arch = source, "", ARCH[machine]
    if not os.path.exists(path):
        path, _, reference = source.partition(":")
    if not os.path.exists(path):
        raise Failure(f"{source}: there is no such image layout or archive")
    where, directory = path, path
    if not os.path.isdir(path):
        directory = _extract(path, scratch)
    index = os.path.join(directory, "index.json")
    if not os.path.isfile(index):
        if os.path.isfile(os.path.join(directory, "manifest.json")):
            return _docker_save(directory, reference, arch, scratch, where)
        raise Failure(f"{where}: neither an OCI layout (index.json) nor a `docker save` archive (manifest.json)")
    with open(index, "rb") as file:
        document = _parse(file.read(JSON_MAX), where)
    layout = Layout(directory)
    manifest = _select(layout, document, reference, arch, where)
    config = layout.json(_need(manifest, "config", dict, where), f"{where}: configuration")
    layers = _need(manifest, "layers", list, where)
    blobs = [layout.blob(item, f"{where}: layer {number + 1}") for number, item in enumerate(layers)]
    return _apply(config, blobs, arch, scratch, where), config
