"""Bundles, made step by step, so that any step can be given something wrong."""
import base64
import copy

import lab as sigstore
from lab import b64, canonical, sha256

INTOTO = "application/vnd.in-toto+json"
ENTRY = ("verificationMaterial", "tlogEntries", 0)


def statement(digest, **more):
    """That the thing with this hexadecimal SHA-256 is signed."""
    return canonical({"_type": "https://in-toto.io/Statement/v1", "predicateType": sigstore.SIGN_PREDICATE, "predicate": {},
                      "subject": [{"digest": {"sha256": digest}}], **more})


class Made:
    """A bundle while it is made; every step can be given something wrong."""

    def __init__(self, lab, message, san=None, dsse=False, keyed=False, kind="v1", tsa=None, cert=None, at=None,
                 payload=None, payload_type=INTOTO, signer=None, log=None, body=None, **cert_options):
        self.lab, self.kind = lab, kind
        self.key = signer or sigstore.new_key()
        self.cert = None if keyed else cert or lab.fulcio.issue(self.key.public_key(), san, **cert_options)
        self.envelope = None
        if dsse:
            payload = statement(sha256(message).hex()) if payload is None else payload
            self.message = sigstore.pae(payload_type, payload)
            self.sig = sigstore.sign(self.key, self.message)
            self.envelope = {"payload": b64(payload), "payloadType": payload_type, "signatures": [{"sig": b64(self.sig)}]}
        else:
            self.message = message
            self.sig = sigstore.sign(self.key, message)
        self.log = log or (lab.tiles if kind == "v2" else lab.rekor)
        self.body = body(self) if body else self.make_body()
        self.entry = self.log.add(self.body, at) if kind != "v2" else self.log.add(self.body)
        stamped = tsa if tsa is not None else kind == "v2"
        self.stamps = [lab.tsa.stamp(self.sig)] if stamped is True else stamped or []

    def make_body(self):
        if self.kind == "v2":
            return sigstore.body_tiles(self.message, self.sig, self.cert, self.key)
        if self.kind == "intoto":
            return sigstore.body_intoto(self.envelope, self.cert, self.key)
        if self.envelope:
            return sigstore.body_dsse(self.envelope, self.cert, self.key)
        return sigstore.body_hashedrekord(self.message, self.sig, self.cert, self.key)

    def bundle(self):
        material = {"tlogEntries": [self.entry]}
        if self.cert:
            material["certificate"] = {"rawBytes": b64(sigstore.der_of(self.cert))}
        else:
            material["publicKey"] = {"hint": b64(sha256(sigstore.spki(self.key)))}
        if self.stamps:
            material["timestampVerificationData"] = {
                "rfc3161Timestamps": [{"signedTimestamp": b64(s)} for s in self.stamps]}
        j = {"mediaType": sigstore.BUNDLE, "verificationMaterial": material}
        if self.envelope:
            j["dsseEnvelope"] = self.envelope
        else:
            j["messageSignature"] = {"messageDigest": {"algorithm": "SHA2_256", "digest": b64(sha256(self.message))},
                                     "signature": b64(self.sig)}
        return j


def edited(bundle, *path, to=None, how=None, drop=False):
    """A copy with one thing changed."""
    j = copy.deepcopy(bundle)
    at = j
    for step in path[:-1]:
        at = at[step]
    if drop:
        del at[path[-1]]
    else:
        at[path[-1]] = how(at[path[-1]]) if how else to
    return j


def flip(text):
    raw = bytearray(base64.b64decode(text))
    raw[-1] ^= 1
    return b64(bytes(raw))


def image_bundle(lab, other, digest, san, wrong):
    """A keyless signature of an image as a bundle, with one thing wrong."""
    payload = statement(digest.split(":")[1])
    new = lambda **more: Made(lab, b"", san, dsse=True, payload=payload, **more)
    if wrong == "expired":
        return new(begin=-7200, end=-3600).bundle()
    if wrong == "promise-of-another":
        return edited(new().bundle(), *ENTRY, "inclusionPromise", to=new().entry["inclusionPromise"])
    if wrong == "proof-of-another":
        return edited(new().bundle(), *ENTRY, "inclusionProof", to=new().entry["inclusionProof"])
    if wrong == "entry-of-another":
        return edited(new().bundle(), *ENTRY, to=new().entry)
    if wrong == "log-key-swapped":
        return edited(new(log=other.rekor).bundle(), *ENTRY, "logId", "keyId", to=b64(lab.rekor.id))
    if wrong == "no-sct":
        return new(ctlog=False).bundle()
    if wrong == "other-tsa":
        m = new(kind="v2", tsa=False)
        m.stamps = [other.tsa.stamp(m.sig)]
        return m.bundle()
    assert wrong == "nothing", wrong
    return new().bundle()
