#!/usr/bin/python3
"""The JSON Schemas of ImagePolicy and Exemption and the loader agree: on the
examples, on a document of each kind with one thing made wrong, and on which fields
there are.  Prints TAP.

Usage: schema.py PULLGATE
"""
import copy
import datetime
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
SCHEMAS = {kind: json.load(open(os.path.join(ROOT, "policy/schema/%s.schema.json" % kind.lower())))
           for kind in ("ImagePolicy", "Exemption")}
VALIDATORS = {kind: jsonschema.Draft202012Validator(schema) for kind, schema in SCHEMAS.items()}
DIGESTS = ["sha256:" + c * 64 for c in "ab"] + ["sha512:" + "c" * 128]
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
FULL["spec"]["digests"] = {"allow": DIGESTS[:2], "deny": DIGESTS[2:]}


def later(**delta):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**delta)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


EXEMPTION = {
    "apiVersion": "pullgate.dev/v1", "kind": "Exemption",
    "metadata": {"name": "incident-4711", "labels": {"a": "b"}, "annotations": {"c": "d"}},
    "spec": {"images": ["registry.example.com/shop/*"], "digests": DIGESTS, "namespaces": ["prod-*"],
             "reason": "registry's signer is down, INC-4711", "notAfter": later(days=1)}}
count = failed = 0


def report(ok, name, *details):
    global count, failed
    count += 1
    failed += not ok
    print(("ok" if ok else "not ok"), count, "-", name)
    for line in () if ok else details:
        print("#", line)


def check(document, *options):
    with tempfile.TemporaryDirectory() as where:
        path = os.path.join(where, "p.yaml")
        with open(path, "w") as f:
            yaml.safe_dump(document, f)
        return subprocess.run([PULLGATE, "policy", "check", *options, path], capture_output=True, text=True)


def mistakes(document):
    kind = document.get("kind") if document.get("kind") in VALIDATORS else "ImagePolicy"
    return [e.message for e in VALIDATORS[kind].iter_errors(document)]


def agree(name, document, good):
    errors, run = mistakes(document), check(document)
    taken = run.returncode == 0
    report((not errors) == good and taken == good, name, "schema: %s" % errors, "loader: %s" % run.stderr)


def at(document, path):
    for step in path:
        document = document[step]
    return document


def changed(path, key, value, good=False, of=FULL):
    document = copy.deepcopy(of)
    at(document, path)[key] = value
    name = "/".join(map(str, path + [key]))
    agree("%s: %s" % (name, json.dumps(value)[:100]), document, good)


def without(path, key, good=False, of=FULL):
    document = copy.deepcopy(of)
    del at(document, path)[key]
    agree("without %s" % "/".join(map(str, path + [key])), document, good)


def wrong(path, key, value):
    changed(path, key, value)


for schema in SCHEMAS.values():
    jsonschema.Draft202012Validator.check_schema(schema)
for example in sorted(glob.glob(os.path.join(ROOT, "policy/examples/*.yaml"))):
    documents = [d for d in yaml.safe_load_all(open(example)) if d["kind"] == "ImagePolicy"]
    errors = [e for document in documents for e in mistakes(document)]
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
for path in ([], ["metadata"], ["spec"], ["spec", "reference"], ["spec", "digests"], ["spec", "podSelector"],
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
for value in ({}, [], {"deny": []}, {"allow": DIGESTS[0]}):
    wrong(["spec"], "digests", value)
for value in (["sha256:1"], ["sha256:" + "A" * 64], ["sha256:" + "a" * 65], ["md5:" + "a" * 32], [DIGESTS[0]] * 2,
              ["sha256:%064x" % i for i in range(10001)]):
    wrong(["spec", "digests"], "deny", value)
changed(["spec", "digests"], "deny", ["sha256:%064x" % i for i in range(10000)], good=True)
without(["spec", "digests"], "allow", good=True)
without(["spec", "digests"], "deny", good=True)
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
    without(*path)
for path, key in ((["metadata"], "name"), (["spec"], "images"), ([], "metadata"), ([], "spec"), (ENTRY, "keys")):
    without(path, key)
for key, words in (("allow", "only allows"), ("deny", "only denies")):
    agree("a policy that %s digests" % words, dict(FULL, spec={"images": ["**"], "digests": {key: DIGESTS}}), True)


def exemption(path, key, *values, good=False):
    for value in values:
        changed(path, key, value, good, of=EXEMPTION)


agree("an exemption with every field", EXEMPTION, True)
for path in ([], ["metadata"], ["spec"]):
    exemption(path, "unknown", "x")
for path, key in ((["metadata"], "name"), ([], "metadata"), ([], "spec"), (["spec"], "reason"), (["spec"], "notAfter")):
    without(path, key, of=EXEMPTION)
for key in ("images", "digests", "namespaces"):
    without(["spec"], key, good=True, of=EXEMPTION)
nothing = copy.deepcopy(EXEMPTION)
del nothing["spec"]["images"], nothing["spec"]["digests"]
agree("without images and digests", nothing, False)
exemption(["metadata"], "name", "Upper")
exemption(["spec"], "images", [], "**", ["a b"])
exemption(["spec"], "digests", [], DIGESTS[0], ["sha256:1"], [DIGESTS[0]] * 2)
exemption(["spec"], "namespaces", [], ["Prod"])
exemption(["spec"], "reason", "", " ", "a\nb", "a\n", "a\tb", "\x1b[1m", "\x7f", "a\x85b", "a\u2028b", "\u00e9" * 501)
exemption(["spec"], "reason", "\u00e9" * 500, " a", good=True)
exemption(["spec"], "notAfter", "", "tomorrow", "2026-11-27", "2026-13-27T12:00:00Z", "2026-11-27T24:00:00Z",
          "2026-11-27T12:00:00", "2026-11-27 12:00:00Z", "2026-11-27T12:00:00+0100")
exemption(["spec"], "notAfter", later(days=6, hours=23), later(hours=1).replace("Z", ".999z"),
          later(days=1).replace("Z", "+01:00"), later(days=1).replace("T", "t"), good=True)


# What depends on the clock no schema can say.
def at_time(name, when, code, message):
    document = copy.deepcopy(EXEMPTION)
    document["spec"]["notAfter"] = when
    run, told = check(document), check(document, "-o", "json")
    errors = json.loads(told.stdout)["errors"]
    report(run.returncode == told.returncode == code and not mistakes(document) and message in run.stderr
           and len(errors) == 1 and message in errors[0]["message"] and errors[0]["line"] > 0
           and json.loads(told.stdout)["remarks"] == [], name, run.stderr, told.stdout)


at_time("an exemption that would last too long", later(days=7, hours=1), 2, "notAfter may be 7 days from now at most")
at_time("an exemption that has expired", later(hours=-1), 1, "it expired at")
print("1..%d" % count)
sys.exit(failed != 0)
