# SPDX-License-Identifier: Apache-2.0
"""What an image is made of, as SPDX 2.3 (JSON): https://spdx.github.io/spdx-spec/v2.3/. The lists are those that package managers keep in
the image itself: dpkg, apk, and Python's dist-info.

Never: guesses a licence (NOASSERTION); looks at file contents.
"""

import json
import re
import time
import uuid

NAME = re.compile(r"[^A-Za-z0-9.-]")


def _paragraphs(text):
    for part in text.split("\n\n"):
        fields = {}
        for line in part.splitlines():
            key, colon, value = line.partition(":")
            if colon and not line.startswith((" ", "\t")):
                fields[key] = value.strip()
        if fields:
            yield fields


def _text(tree, path):
    return (tree.read(path) or b"").decode("utf-8", "replace")


def _dpkg(tree):
    """Where a package manager is not wanted in the image, its state may be split into files: status.d of distroless images."""
    paths = ["var/lib/dpkg/status"] + [path for path in tree.children(tree.resolve("var/lib/dpkg/status.d"))
                                       if not path.endswith(".md5sums")]
    for path in paths:
        for fields in _paragraphs(_text(tree, path)):
            if fields.get("Package") and "installed" in fields.get("Status", "install ok installed").split():
                yield "deb/debian", fields["Package"], fields.get("Version", ""), fields.get("Architecture", "")


def _apk(tree):
    for fields in _paragraphs(_text(tree, "lib/apk/db/installed")):
        if fields.get("P"):
            yield "apk/alpine", fields["P"], fields.get("V", ""), fields.get("A", "")


def _python(tree):
    for path in tree.nodes:
        if path.endswith(".dist-info/METADATA"):
            fields = next(_paragraphs(_text(tree, path)), {})
            if fields.get("Name"):
                yield "pypi", fields["Name"].lower(), fields.get("Version", ""), ""


def listed(tree):
    """Sorted (kind, name, version, architecture)."""
    return sorted({*_dpkg(tree), *_apk(tree), *_python(tree)})


def spdx(name, packages, identity, epoch):
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": name,
        "documentNamespace": f"urn:uuid:{uuid.uuid5(identity, 'spdx')}",
        "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)),
                         "creators": ["Tool: pith-rootfs-image"]},
        "packages": [], "relationships": [],
    }
    for number, (kind, package, version, arch) in enumerate(packages):
        identifier = f"SPDXRef-{number}-{NAME.sub('-', package)}"
        tail = f"?arch={arch}" if arch else ""
        document["packages"].append({
            "SPDXID": identifier, "name": package, "versionInfo": version, "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
            "copyrightText": "NOASSERTION",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": f"pkg:{kind}/{package}@{version}{tail}"}],
        })
        document["relationships"].append({"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                                          "relatedSpdxElement": identifier})
    return json.dumps(document, indent=1) + "\n"
