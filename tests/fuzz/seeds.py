#!/usr/bin/python3
"""Seeds for the targets that read what sigstore signs: made by the tests' own
sigstore, and taken from the vectors, if they are there.

Usage: seeds.py CORPUS [VECTORS]
"""
import base64
import glob
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../tools/sigstorelab"))
import lab as sigstore  # noqa: E402
from made import Made, statement  # noqa: E402

CORPUS = sys.argv[1]
VECTORS = sys.argv[2] if len(sys.argv) > 2 else ""


def put(target, content):
    directory = os.path.join(CORPUS, target)
    os.makedirs(directory, exist_ok=True)
    content = content.encode() if isinstance(content, str) else content
    with open(os.path.join(directory, "seed-" + sigstore.sha256(content).hex()[:16]), "wb") as f:
        f.write(content)


def put_bundle(text):
    """A bundle, and what is in it, each where it is read."""
    put("bundle", text)
    try:
        j = json.loads(text)
        material = j["verificationMaterial"]
        chain = material.get("x509CertificateChain", {}).get("certificates", [])
        for c in [material["certificate"]] if "certificate" in material else chain:
            put("certificate", base64.b64decode(c["rawBytes"]))
        for entry in material.get("tlogEntries", []):
            put("statement", base64.b64decode(entry["canonicalizedBody"]))
            put("checkpoint", entry["inclusionProof"]["checkpoint"]["envelope"])
        for t in material.get("timestampVerificationData", {}).get("rfc3161Timestamps", []):
            put("timestamp", base64.b64decode(t["signedTimestamp"]))
        put("statement", base64.b64decode(j["dsseEnvelope"]["payload"]))
    except (ValueError, KeyError, TypeError):
        pass  # some are wrong on purpose


def main():
    lab = sigstore.Lab()
    put("trusted_root", json.dumps(lab.trusted_root()))
    put("statement", statement("1" * 64, predicate={"a": [1, "b"]}))
    for options in ({}, {"dsse": True}, {"kind": "v2"}, {"dsse": True, "kind": "v2"}, {"dsse": True, "kind": "intoto"},
                    {"san": "a@b.example"}, {"san": "robot!example.com"}, {"keyed": True}, {"ctlog": False}):
        put_bundle(json.dumps(Made(**{"lab": lab, "message": b"x", "san": "https://example.com/a", **options}).bundle()))
    for path in glob.glob(os.path.join(VECTORS, "sigstore-conformance/*/bundle.sigstore.json")) if VECTORS else []:
        put_bundle(open(path, "rb").read())
    for path in glob.glob(os.path.join(VECTORS, "**/*trusted_root*.json"), recursive=True) if VECTORS else []:
        put("trusted_root", open(path, "rb").read())


main()
