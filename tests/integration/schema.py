#!/usr/bin/python3
"""The JSON Schema of ImagePolicy and the loader agree: on the examples, on each
example with one thing made wrong, and on which fields there are.  Prints TAP.

Usage: schema.py PULLGATE
"""
import copy
import glob
import json
import os
import subprocess
import sys
import tempfile

import jsonschema
import yaml

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PULLGATE = sys.argv[1]
SCHEMA = json.load(open(os.path.join(ROOT, "policy/schema/imagepolicy.schema.json")))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
KEY = yaml.safe_load(open(os.path.join(ROOT, "policy/examples/keyed.yaml")))
FULL = copy.deepcopy(KEY)
FULL["metadata"].update(labels={"a": "b"}, annotations={"c": "d"})
FULL["spec"].update(
    excludeImages=["registry.example.com/free/**"], namespaces=["prod-*"],
    excludeNamespaces=["prod-test"], action="warn", failurePolicy="Ignore", timeout="1m30s",
    podSelector={"matchLabels": {"tier": "web"},
                 "matchExpressions": [{"key": "x", "operator": "In", "values": ["y"]}]},
    reference={"allow": ["**"], "denyTags": ["latest"], "requireDigest": True})
FULL["spec"]["attestors"][0].update(count=1, repository="registry.example.com/signatures")
PEM = FULL["spec"]["attestors"][0]["entries"][0]["keys"]["publicKeys"]
CERT = subprocess.run(
    ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
     "-keyout", "/dev/null", "-subj", "/CN=x"], capture_output=True, text=True, check=True).stdout
FULL["spec"]["attestors"][0]["entries"] += [
    {"keyless": {"issuer": "https://i", "subjectRegExp": "a|b", "roots": CERT,
                 "additionalExtensions": {"githubWorkflowRef": "main", "1.3.6.1": "x"}},
     "rekor": {"url": "https://rekor.example.com", "pubkey": PEM},
     "ctlog": {"ignoreSCT": True, "pubkey": PEM, "tsaCertChain": CERT},
     "trustedRoot": os.path.join(ROOT, "policy/trust/public-good.json")},
    {"certificates": {"cert": CERT, "certChain": CERT}},
    {"keys": {"kms": "hashivault://cosign"}, "rekor": {"ignoreTlog": True}},
    {"attestor": {"count": 1, "entries": [{"keyless": {"issuerRegExp": "x", "subject": "y"}}]}}]
FULL["spec"]["attestations"] = [{
    "type": "https://slsa.dev/provenance/v1", "name": "built",
    "attestors": copy.deepcopy(FULL["spec"]["attestors"]),
    "conditions": [{"all": [{"key": "{{ a }}", "operator": "In", "value": ["a", 1], "message": "m"}]}]}]
count = failed = 0


def report(ok, name, *details):
    global count, failed
    count += 1
    failed += not ok
    print(("ok" if ok else "not ok"), count, "-", name)
    for line in () if ok else details:
        print("#", line)


def loads(document):
    with tempfile.TemporaryDirectory() as where:
        path = os.path.join(where, "p.yaml")
        with open(path, "w") as f:
            yaml.safe_dump(document, f)
        run = subprocess.run([PULLGATE, "policy", "check", path], capture_output=True, text=True)
        return run.returncode == 0, run.stderr


def agree(name, document, good):
    errors = [e.message for e in VALIDATOR.iter_errors(document)]
    taken, said = loads(document)
    report((not errors) == good and taken == good, name, "schema: %s" % errors, "loader: %s" % said)


def at(document, path):
    for step in path:
        document = document[step]
    return document


def wrong(path, key, value):
    document = copy.deepcopy(FULL)
    at(document, path)[key] = value
    agree("%s: %s" % ("/".join(map(str, path + [key])), json.dumps(value)), document, False)


jsonschema.Draft202012Validator.check_schema(SCHEMA)
for example in sorted(glob.glob(os.path.join(ROOT, "policy/examples/*.yaml"))):
    documents = [d for d in yaml.safe_load_all(open(example)) if d["kind"] == "ImagePolicy"]
    errors = [e.message for document in documents for e in VALIDATOR.iter_errors(document)]
    run = subprocess.run([PULLGATE, "policy", "check", example], capture_output=True, text=True)
    report(documents and not errors and run.returncode == 0, os.path.basename(example), errors, run.stderr)
agree("every field at once", FULL, True)

# No mapping takes a field that is not known.
ATTESTOR = ["spec", "attestors", 0]
ENTRY = ATTESTOR + ["entries", 0]
KEYLESS = ATTESTOR + ["entries", 1]
CERTIFICATES = ATTESTOR + ["entries", 2, "certificates"]
KMS = ATTESTOR + ["entries", 3, "keys"]
NESTED = ATTESTOR + ["entries", 4]
ATTESTATION = ["spec", "attestations", 0]
CONDITION = ATTESTATION + ["conditions", 0, "all", 0]
for path in ([], ["metadata"], ["spec"], ["spec", "reference"], ["spec", "podSelector"],
             ["spec", "podSelector", "matchExpressions", 0], ATTESTOR, ENTRY, ENTRY + ["keys"], ENTRY + ["rekor"],
             KEYLESS, KEYLESS + ["keyless"], KEYLESS + ["ctlog"], CERTIFICATES, NESTED, NESTED + ["attestor"],
             ATTESTATION, CONDITION):
    wrong(path, "unknown", "x")

# Values that are wrong.
wrong(["metadata"], "name", "Upper")
wrong(["metadata"], "name", "-a")
for key, value in (("images", []), ("images", ["a b"]), ("images", "**"), ("namespaces", []),
                   ("namespaces", ["Prod"]), ("action", "block"), ("failurePolicy", "fail"),
                   ("timeout", "10"), ("timeout", 10), ("podSelector", {}), ("attestors", []),
                   ("attestors", {})):
    wrong(["spec"], key, value)
wrong(["spec", "reference"], "requireDigest", "yes")
wrong(["spec", "reference"], "denyTags", ["a/b"])
wrong(["spec", "reference"], "allow", [])
wrong(["spec", "podSelector", "matchExpressions", 0], "operator", "in")
wrong(ATTESTOR, "count", 0)
wrong(ATTESTOR, "entries", [])
wrong(ATTESTOR, "repository", "")
wrong(ENTRY, "keys", {})
wrong(ENTRY, "keys", {"publicKeys": "ssh-ed25519 AAAA"})
wrong(ENTRY, "rekor", {"ignoreTlog": "yes"})
wrong(ENTRY, "rekor", {"url": "rekor"})
wrong(ENTRY, "keyless", {"issuer": "a", "subject": "b"})
wrong(KEYLESS + ["keyless"], "issuerRegExp", "x")
wrong(KEYLESS + ["keyless"], "additionalExtensions", {"ref": "x"})
wrong(KEYLESS + ["keyless"], "roots", "x")
wrong(KEYLESS, "trustedRoot", "")
wrong(KEYLESS + ["ctlog"], "ignoreSCT", 1)
wrong(ATTESTOR + ["entries", 2], "certificates", {})
wrong(KMS, "kms", "cosign")
wrong(KMS, "publicKeys", PEM)
wrong(NESTED, "annotations", {"a": "b"})
wrong(NESTED, "attestor", {})
wrong(ATTESTATION, "attestors", [])
wrong(ATTESTATION, "conditions", {})
wrong(CONDITION, "operator", "Is")
wrong(CONDITION, "value", {"a": "b"})
for path in ((ATTESTATION, "type"), (ATTESTATION, "attestors"), (CONDITION, "key"), (CONDITION, "value"),
             (KEYLESS + ["keyless"], "issuer"), (KEYLESS + ["keyless"], "subjectRegExp")):
    document = copy.deepcopy(FULL)
    del at(document, path[0])[path[1]]
    agree("without %s" % "/".join(map(str, path[0] + [path[1]])), document, False)
for path, key in ((["metadata"], "name"), (["spec"], "images"), ([], "metadata"), ([], "spec"), (ENTRY, "keys")):
    document = copy.deepcopy(FULL)
    del at(document, path)[key]
    agree("without %s" % "/".join(map(str, path + [key])), document, False)
print("1..%d" % count)
sys.exit(failed != 0)
