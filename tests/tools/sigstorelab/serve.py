#!/usr/bin/python3
"""The sigstore of the tests as services that the real cosign signs with: Fulcio,
Rekor of both generations, a timestamp authority, on one loopback port.  Writes
trusted_root.json, signing configurations and tokens into DIRECTORY, then its
URL to standard output.  POST /bundle {"digest", "wrong"} makes a bundle with
something wrong.

Usage: serve.py DIRECTORY
"""
import base64
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import serialization

import lab as sigstore
from made import image_bundle

GITHUB_CLAIMS = {"event_name": "2", "sha": "3", "workflow": "4", "repository": "5", "ref": "6"}


def claims_of(token):
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def token_of(claims):
    part = lambda j: base64.urlsafe_b64encode(json.dumps(j).encode()).decode().rstrip("=")
    whole = {"aud": "sigstore", "iat": sigstore.epoch(sigstore.utc()), "exp": sigstore.epoch(sigstore.utc(3600)), **claims}
    return ".".join([part({"alg": "RS256", "typ": "JWT"}), part(whole), "c2ln"])


def issue(lab, token, public_key):
    claims = claims_of(token)
    extensions = {n: claims[c].encode() for c, n in GITHUB_CLAIMS.items() if c in claims}
    leaf = lab.fulcio.issue(public_key, claims.get("san") or claims["email"], claims["iss"], extensions)
    return [sigstore.pem_of(c).decode() for c in [leaf, *lab.fulcio.chain()]]


def canonical_body(proposed):
    """What Rekor v1 makes of a proposed entry."""
    if proposed["kind"] == "hashedrekord":
        return sigstore.canonical(proposed)
    content = proposed["spec"]["proposedContent"]
    envelope = json.loads(content["envelope"])
    payload = base64.b64decode(envelope["payload"])
    return sigstore.canonical({"apiVersion": "0.0.1", "kind": "dsse", "spec": {
        "envelopeHash": {"algorithm": "sha256", "value": sigstore.sha256(content["envelope"].encode()).hex()},
        "payloadHash": {"algorithm": "sha256", "value": sigstore.sha256(payload).hex()},
        "signatures": [{"signature": s["sig"], "verifier": v}
                       for s, v in zip(envelope["signatures"], content["verifiers"])]}})


def as_rekor_v1(entry, log):
    proof = entry["inclusionProof"]
    unhex = lambda text: base64.b64decode(text).hex()
    uuid = sigstore.sha256(b"\0" + base64.b64decode(entry["canonicalizedBody"])).hex()
    return uuid, {uuid: {
        "body": entry["canonicalizedBody"], "integratedTime": int(entry["integratedTime"]), "logID": log.id.hex(),
        "logIndex": int(entry["logIndex"]), "verification": {
            "signedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
            "inclusionProof": {"checkpoint": proof["checkpoint"]["envelope"], "hashes": [unhex(h) for h in proof["hashes"]],
                               "logIndex": int(proof["logIndex"]), "rootHash": unhex(proof["rootHash"]),
                               "treeSize": int(proof["treeSize"])}}}}


def rekor_v2_body(request):
    v = request["hashedRekordRequestV002"]
    return sigstore.canonical({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": {
        "data": {"algorithm": "SHA2_256", "digest": v["digest"]},
        "signature": {"content": v["signature"]["content"], "verifier": v["signature"]["verifier"]}}}})


def read_tlv(data):
    """Tag, content and what follows."""
    n, at = data[1], 2
    if n & 0x80:
        at += n & 0x7F
        n = int.from_bytes(data[2:at], "big")
    return data[0], data[at:at + n], data[at + n:]


def stamp(lab, request):
    _, body, _ = read_tlv(request)
    _, _, body = read_tlv(body)
    _, imprint, body = read_tlv(body)
    _, _, rest = read_tlv(imprint)
    _, digest, _ = read_tlv(rest)
    nonce = None
    while body:
        tag, value, body = read_tlv(body)
        if tag == 0x02:
            nonce = int.from_bytes(value, "big")
    return lab.tsa.stamp_digest(digest, nonce=nonce)


class Handler(BaseHTTPRequestHandler):
    lab = other = None

    def log_message(self, *arguments):
        pass

    def answer(self, status, kind, body, **headers):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def say(self, status, j, **headers):
        self.answer(status, "application/json", json.dumps(j).encode(), **headers)

    def token(self, j):
        credentials = j.get("credentials")
        return credentials["oidcIdentityToken"] if credentials else self.headers["Authorization"].split()[1]

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        path = self.path.split("?")[0]
        if path == "/api/v1/timestamp":
            return self.answer(201, "application/timestamp-reply", stamp(self.lab, body))
        j = json.loads(body)
        if path == "/api/v2/signingCert":
            pem = j["publicKeyRequest"]["publicKey"]["content"].encode()
            chain = issue(self.lab, self.token(j), serialization.load_pem_public_key(pem))
            return self.say(200, {"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}})
        if path == "/api/v1/signingCert":
            key = serialization.load_der_public_key(base64.b64decode(j["publicKey"]["content"]))
            chain = issue(self.lab, self.token(j), key)
            return self.answer(201, "application/pem-certificate-chain", "".join(chain).encode())
        if path == "/api/v1/log/entries":
            uuid, entry = as_rekor_v1(self.lab.rekor.add(canonical_body(j)), self.lab.rekor)
            return self.say(201, entry, Location="/api/v1/log/entries/" + uuid, ETag=uuid)
        if path == "/api/v2/log/entries":
            return self.say(201, self.lab.tiles.add(rekor_v2_body(j)))
        if path == "/bundle":
            return self.say(200, image_bundle(self.lab, self.other, j["digest"], TOKENS["ci"]["san"], j["wrong"]))
        return self.say(404, {})


def service(url, version):
    return {"url": url, "majorApiVersion": version, "validFor": sigstore.window(), "operator": "lab"}


def signing_config(url, rekor, tsa):
    return {"mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json", "caUrls": [service(url, 1)], "oidcUrls": [],
            "rekorTlogUrls": [service(url, rekor)], "rekorTlogConfig": {"selector": "ANY"},
            "tsaUrls": [service(url + "/api/v1/timestamp", 1)] if tsa else [],
            **({"tsaConfig": {"selector": "ANY"}} if tsa else {})}


TOKENS = {
    "ci": {"iss": sigstore.GITHUB, "sub": "repo:acme/app:ref:refs/heads/main",
           "san": "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main",
           "repository": "acme/app", "ref": "refs/heads/main", "event_name": "push", "workflow": "Release", "sha": "0" * 40},
    "dev": {"iss": "https://accounts.example.com", "sub": "dev", "email": "dev@example.com", "email_verified": True},
}


def write(path, content):
    with open(path + ".new", "w") as f:
        f.write(content)
    os.rename(path + ".new", path)


def main():
    directory = sys.argv[1]
    lab = Handler.lab = sigstore.Lab(tiles_origin="127.0.0.1")
    lab.rekor.origin = "127.0.0.1"
    Handler.other = sigstore.Lab()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = "http://127.0.0.1:%d" % server.server_port
    os.makedirs(directory, exist_ok=True)
    at = lambda name: os.path.join(directory, name)
    # Every service has the same address; keys and ids tell them apart.
    write(at("trusted_root.json"), json.dumps(lab.trusted_root()).replace("https://127.0.0.1", url))
    for name, rekor, tsa in (("v1", 1, False), ("v1-tsa", 1, True), ("v2-tsa", 2, True)):
        write(at("signing-%s.json" % name), json.dumps(signing_config(url, rekor, tsa)))
    for name, claims in TOKENS.items():
        write(at("token-" + name), token_of(claims))
    print(url, flush=True)
    server.serve_forever()


main()
