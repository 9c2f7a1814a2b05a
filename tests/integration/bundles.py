#!/usr/bin/python3
"""Bundles that a sigstore of the tests' own made, good ones and ones with one
thing wrong: what pullgate says of each, and whether cosign says the same.
Prints TAP.

Usage: bundles.py PULLGATE COSIGN DIRECTORY
"""
import base64
import copy
import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../tools/sigstorelab"))
import der  # noqa: E402
import lab as sigstore  # noqa: E402
import made  # noqa: E402
from cryptography import x509  # noqa: E402
from cryptography.x509.oid import ExtendedKeyUsageOID  # noqa: E402
from lab import b64, sha256  # noqa: E402
from made import edited, flip  # noqa: E402

PULLGATE, COSIGN, DIR = sys.argv[1:]
ARTIFACT = b"an artifact\n"
SUBJECT = "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main"
LAB, OTHER = sigstore.Lab(), sigstore.Lab()
KEY, WRONG_KEY = sigstore.new_key(), sigstore.new_key()
CASES = []


def statement(**more):
    return made.statement(sha256(ARTIFACT).hex(), **more)


def Made(**options):
    return made.Made(**{"lab": LAB, "san": SUBJECT, "message": ARTIFACT, **options})


def case(name, bundle, said=None, identity=SUBJECT, issuer=sigstore.GITHUB, key=None, root=None, artifact=ARTIFACT,
         cosign=None):
    """said: None if it is good, else words of the refusal.  cosign: why it may
    say otherwise."""
    CASES.append((name, bundle, said, identity, issuer, key, root, artifact, cosign))


def good(name, bundle, **more):
    case(name, bundle, **more)


ENTRY = ("verificationMaterial", "tlogEntries", 0)
PROOF = (*ENTRY, "inclusionProof")
MESSAGE = Made().bundle()
DSSE = Made(dsse=True).bundle()
TILES = Made(kind="v2").bundle()
TILES_DSSE = Made(kind="v2", dsse=True).bundle()
KEYED = Made(keyed=True, signer=KEY).bundle()

# Good ones ------------------------------------------------------------------
good("a message, Rekor v1", MESSAGE)
good("a message, Rekor v2 and a timestamp", TILES)
good("an envelope, Rekor v1", DSSE)
good("an envelope, as intoto in Rekor v1", Made(dsse=True, kind="intoto").bundle())
good("an envelope, Rekor v2 and a timestamp", TILES_DSSE)
good("promise, proof and timestamp", Made(tsa=True).bundle())
good("a timestamp without certificates", Made(kind="v2", tsa=False).bundle() and (lambda m: (
    m.stamps.append(LAB.tsa.stamp(m.sig, embed=False)), m.bundle())[1])(Made(kind="v2", tsa=False)))
good("a key, Rekor v1", KEYED, key=KEY)
good("a key, an envelope, Rekor v2", Made(keyed=True, dsse=True, signer=KEY, kind="v2").bundle(), key=KEY)
good("a key, Rekor v2 without a timestamp", Made(keyed=True, signer=KEY, kind="v2", tsa=False).bundle(), key=KEY)
good("an e-mail address", Made(san="dev@example.com", issuer="https://accounts.example.com").bundle(),
     identity="dev@example.com", issuer="https://accounts.example.com")
good("a name of Fulcio's", Made(san="robot!example.com").bundle(), identity="robot!example.com")
good("SPIFFE", Made(san="spiffe://example.com/ns/prod").bundle(), identity="spiffe://example.com/ns/prod")
good("only the old issuer", Made(issuer=None, raw={"1": sigstore.GITHUB.encode()}).bundle())
good("only the new issuer", Made(issuer=None, raw={"8": der.utf8(sigstore.GITHUB)}).bundle())
good("version 0.3 in its old spelling", edited(MESSAGE, "mediaType", to="application/vnd.dev.sigstore.bundle+json;version=0.3"))
good("version 0.2", edited(MESSAGE, "mediaType", to="application/vnd.dev.sigstore.bundle+json;version=0.2"))
good("version 0.1", edited(MESSAGE, "mediaType", to="application/vnd.dev.sigstore.bundle+json;version=0.1"))
good("a key's hint is only a hint", edited(KEYED, "verificationMaterial", "publicKey", "hint", to="AAAA"), key=KEY)
good("a timestamp of nobody beside a promise",
     (lambda m: (m.stamps.append(OTHER.tsa.stamp(m.sig)), m.bundle())[1])(Made()))



def with_log(log, details):
    """The root, with this log in the second Rekor's place."""
    root = LAB.trusted_root()
    root["tlogs"][1] = sigstore.root_log(log, "https://" + log.origin, details, sigstore.window())
    return root


ECDSA_TILES = sigstore.Rekor("ecdsa.lab", tiles=True, ecdsa=True)
WITNESSED = sigstore.Rekor("witnessed.lab", tiles=True)
WITNESSED.cosigners = [("witness.example", b"1234" + b"x" * 72), ("witnessed.lab", b"1234" + b"x" * 64)]
SPOILT = sigstore.Rekor("spoilt.lab", tiles=True)
SPOILT.cosigners = [("spoilt.lab", SPOILT.id[:4] + b"x" * 64)]
good("Rekor v2 with an ECDSA key", Made(kind="v2", log=ECDSA_TILES).bundle(), root=with_log(ECDSA_TILES, "PKIX_ECDSA_P256_SHA_256"))
good("Rekor v2 with witnesses, and another key of its name", Made(kind="v2", log=WITNESSED).bundle(),
     root=with_log(WITNESSED, "PKIX_ED25519"))
case("a checkpoint with a line that only claims to be the log's", Made(kind="v2", log=SPOILT).bundle(),
     "checkpoint is not signed by the log", root=with_log(SPOILT, "PKIX_ED25519"))
good("an envelope's own kind in Rekor v2", Made(kind="v2", dsse=True, body=lambda m: sigstore.body_tiles_dsse(
    m.envelope, m.cert, m.key)).bundle(), cosign="no longer takes it")
case("an envelope's own kind of another payload", Made(kind="v2", dsse=True, body=lambda m: sigstore.body_tiles_dsse(
    {**m.envelope, "payload": b64(b"{}")}, m.cert, m.key)).bundle(), "entry of the transparency log is for another hash")

# Who ------------------------------------------------------------------------
NOT_HIM = "certificate identity does not match"
case("another subject", MESSAGE, NOT_HIM, identity=SUBJECT + "x")
case("a part of the subject", MESSAGE, NOT_HIM, identity="https://github.com/acme/app")
case("another issuer", MESSAGE, NOT_HIM, issuer="https://accounts.example.com")
case("a part of the issuer", MESSAGE, NOT_HIM, issuer="https://token.actions")
case("an address in another case", Made(san="Dev@example.com").bundle(), NOT_HIM, identity="dev@example.com")
case("an address with a NUL", Made(san=x509.RFC822Name("dev@example.com\0.evil.example")).bundle(),
     "is no e-mail address, URI or name", identity="dev@example.com")
case("two names", Made(more_names=["https://evil.example"]).bundle(), "2 subject alternative names",
     cosign="takes the first of several names")
case("no name", Made(san=None).bundle(), "Subject name empty")
case("a host's name", Made(san=x509.DNSName("example.com")).bundle(), "is no e-mail address, URI or name",
     identity="example.com")
case("two issuers that differ", Made(raw={"1": b"https://evil.example"}).bundle(), "two different issuers",
     cosign="takes the last")
case("bytes behind the issuer", Made(raw={"8": der.utf8(sigstore.GITHUB) + b"x"}).bundle(), "cannot be read")
case("no issuer", Made(issuer=None).bundle(), NOT_HIM)

# Certificates ---------------------------------------------------------------
UNTRUSTED = "certificate is not trusted at the time of signing"
case("a certificate without a use", Made(eku=None).bundle(), "not for code signing", cosign="takes it")
case("a certificate of a server", Made(eku=ExtendedKeyUsageOID.SERVER_AUTH).bundle(), "not for code signing")
case("a CA's certificate", Made(ca=True).bundle(), "certificate is a CA's", cosign="takes it")
case("a certificate that was over", Made(begin=-7200, end=-3600).bundle(), UNTRUSTED)
case("a certificate that was not yet", Made(begin=3600, end=7200).bundle(), UNTRUSTED)
case("a certificate of another CA",
     (lambda k: Made(signer=k, cert=OTHER.fulcio.issue(k.public_key(), SUBJECT)).bundle())(sigstore.new_key()), UNTRUSTED)
case("a CA that was out of service", MESSAGE, UNTRUSTED, root=LAB.trusted_root(ca=sigstore.window(-9000, -7200)))
case("a CA that was not yet in service", MESSAGE, UNTRUSTED, root=LAB.trusted_root(ca=sigstore.window(7200)))
case("no SCT", Made(ctlog=False).bundle(), "no SCT")
case("an SCT of another log", Made(ctlog=OTHER.ctlog).bundle(), "no SCT of a trusted certificate transparency log")
case("a CT log that was out of service", MESSAGE, "SCT is not signed by the trusted",
     root=LAB.trusted_root(ctlog=sigstore.window(-9000, -7200)))


def foreign_sct():
    """The SCT of another certificate."""
    key = sigstore.new_key()
    log = copy.copy(LAB.ctlog)
    log.sct = lambda tbs, issuer: LAB.ctlog.sct(tbs + b"x", issuer)
    return Made(signer=key, cert=LAB.fulcio.issue(key.public_key(), SUBJECT, ctlog=log)).bundle()


case("an SCT of another certificate", foreign_sct(), "SCT is not signed by the trusted")
case("a chain in version 0.3", edited(edited(
    MESSAGE, "verificationMaterial", "x509CertificateChain", to={"certificates": [
        MESSAGE["verificationMaterial"]["certificate"]]}), "verificationMaterial", "certificate", drop=True),
     "chain of certificates")

# Promises -------------------------------------------------------------------
NO_PROMISE = "signed entry timestamp (SET) is not the transparency log's"
case("a promise of another entry", edited(MESSAGE, *ENTRY, "inclusionPromise", to=Made().entry["inclusionPromise"]), NO_PROMISE)
case("an altered promise", edited(MESSAGE, *ENTRY, "inclusionPromise", "signedEntryTimestamp", how=flip), NO_PROMISE)
case("another time", edited(MESSAGE, *ENTRY, "integratedTime", how=lambda t: str(int(t) + 1)), NO_PROMISE)
case("another index", edited(MESSAGE, *ENTRY, "logIndex", how=lambda t: str(int(t) + 1)), NO_PROMISE)
case("a time without a promise", edited(MESSAGE, *ENTRY, "inclusionPromise", drop=True), "nothing trusted says when")
case("neither promise nor proof", edited(edited(MESSAGE, *ENTRY, "inclusionPromise", drop=True), *ENTRY, "inclusionProof",
                                         drop=True), "no inclusion proof")
case("no entry", edited(MESSAGE, "verificationMaterial", "tlogEntries", to=[]), "no entry of a transparency log")
case("version 0.1 without a promise", edited(edited(MESSAGE, *ENTRY, "inclusionPromise", drop=True), "mediaType",
                                             to="application/vnd.dev.sigstore.bundle+json;version=0.1"), "no signed entry timestamp")
case("a promise of Rekor v2", edited(TILES, *ENTRY, "inclusionPromise", to=MESSAGE["verificationMaterial"]["tlogEntries"][0]
                                     ["inclusionPromise"]), "which it never makes")
case("a log that was out of service", MESSAGE, "key was not in use", root=LAB.trusted_root(rekor=sigstore.window(-9000, -7200)))
case("a second log that was out of service", TILES, "key was not in use",
     root=LAB.trusted_root(tiles=sigstore.window(-9000, -7200)), cosign="does not look at it for Rekor v2")

# Proofs ---------------------------------------------------------------------
NO_PROOF = "inclusion proof does not lead to the log's tree"
OTHER_TREE = "inclusion proof is for another tree"
for what, b in (("v1", MESSAGE), ("v2", TILES)):
    hashes = b["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["hashes"]
    case("%s: an altered hash" % what, edited(b, *PROOF, "hashes", 0, how=flip), NO_PROOF)
    case("%s: a hash too many" % what, edited(b, *PROOF, "hashes", to=hashes + [hashes[0]]), NO_PROOF)
    case("%s: a hash too few" % what, edited(b, *PROOF, "hashes", to=hashes[:-1]), NO_PROOF)
    case("%s: no hash" % what, edited(b, *PROOF, "hashes", to=[]), NO_PROOF)
    case("%s: another root" % what, edited(b, *PROOF, "rootHash", how=flip), OTHER_TREE,
         cosign="takes Rekor v2's from the checkpoint alone" if what == "v2" else None)
    case("%s: another size" % what, edited(b, *PROOF, "treeSize", how=lambda t: str(int(t) + 1)), OTHER_TREE,
         cosign="takes it from the checkpoint alone")
    case("%s: no checkpoint" % what, edited(b, *PROOF, "checkpoint", drop=True), "no checkpoint")
    case("%s: an altered checkpoint" % what, edited(b, *PROOF, "checkpoint", "envelope", how=lambda t: t.replace("\n", "0\n", 2)
                                                    .replace("0\n", "\n", 1)), "transparency log's checkpoint")
    case("%s: another log's checkpoint" % what, edited(b, *PROOF, "checkpoint", "envelope", to=(
        OTHER.tiles if what == "v2" else OTHER.rekor).checkpoint()), "checkpoint is not signed by the log")
    case("%s: another tree" % what, edited(b, *PROOF, to=copy.deepcopy(
        Made(kind="v2" if what == "v2" else "v1").entry["inclusionProof"])), NO_PROOF)
case("v1: another index in the tree", edited(MESSAGE, *PROOF, "logIndex", how=lambda t: str(int(t) ^ 1)), NO_PROOF)
case("v2: another index in the tree", edited(TILES, *PROOF, "logIndex", how=lambda t: str(int(t) ^ 1)), NO_PROOF,
     cosign="takes the entry's own index for Rekor v2")
case("an index outside of the tree", edited(MESSAGE, *PROOF, "logIndex", to="99999"), NO_PROOF)

# Entries --------------------------------------------------------------------
UNKNOWN = "transparency log of the entry is not trusted"
OF_ANOTHER = "entry of the transparency log is for another "
case("an entry of another log", Made(log=OTHER.rekor).bundle(), UNKNOWN)
case("another log's entry under this log's name", edited(
    Made(log=OTHER.rekor).bundle(), *ENTRY, "logId", "keyId", to=b64(LAB.rekor.id)), NO_PROMISE)
case("a log's name of wrong length", edited(MESSAGE, *ENTRY, "logId", "keyId", to="AAAA"), "keyId has 3 bytes")
case("an entry of another signature", edited(MESSAGE, *ENTRY, to=Made().entry), OF_ANOTHER + "signature")
case("v2: an entry of another signature", edited(TILES, *ENTRY, to=Made(kind="v2").entry), OF_ANOTHER + "signature")
case("an entry of another artifact",
     Made(body=lambda m: sigstore.body_hashedrekord(b"x", m.sig, m.cert, m.key)).bundle(), OF_ANOTHER + "hash")
case("v2: an entry of another artifact",
     Made(kind="v2", body=lambda m: sigstore.body_tiles(b"x", m.sig, m.cert, m.key)).bundle(), OF_ANOTHER + "hash")
SECOND = sigstore.new_key()
SECOND_CERT = LAB.fulcio.issue(SECOND.public_key(), SUBJECT)
case("an entry of another certificate",
     Made(body=lambda m: sigstore.body_hashedrekord(m.message, m.sig, SECOND_CERT, m.key)).bundle(), OF_ANOTHER + "signer")
case("v2: an entry of another certificate",
     Made(kind="v2", body=lambda m: sigstore.body_tiles(m.message, m.sig, SECOND_CERT, m.key)).bundle(), OF_ANOTHER + "signer")
case("an entry of the key instead of the certificate",
     Made(body=lambda m: sigstore.body_hashedrekord(m.message, m.sig, None, m.key)).bundle(), OF_ANOTHER + "signer")
case("an entry of another certificate for the same key", (lambda k: Made(
    signer=k, body=lambda m: sigstore.body_hashedrekord(m.message, m.sig, LAB.fulcio.issue(k.public_key(), "a@b.example"), k))
    .bundle())(sigstore.new_key()), OF_ANOTHER + "signer")
case("an envelope's entry of another payload", edited(DSSE, *ENTRY, to=Made(dsse=True, payload=statement(predicate={"a": 1})).entry),
     OF_ANOTHER + "hash")
case("a key's entry of another key", Made(
    keyed=True, signer=KEY, body=lambda m: sigstore.body_hashedrekord(m.message, m.sig, None, WRONG_KEY)).bundle(),
     OF_ANOTHER + "signer", key=KEY)
case("an entry of a message for an envelope", Made(
    dsse=True, body=lambda m: sigstore.body_hashedrekord(m.message, m.sig, m.cert, m.key)).bundle(), OF_ANOTHER + "kind")
case("another kind beside the body", edited(MESSAGE, *ENTRY, "kindVersion", "kind", to="dsse"), "kind that is not supported",
     cosign="does not look at it")
case("another version beside the body", edited(MESSAGE, *ENTRY, "kindVersion", "version", to="0.0.2"),
     "kind that is not supported", cosign="does not look at it")
case("an altered body", edited(MESSAGE, *ENTRY, "canonicalizedBody", how=lambda t: b64(
    base64.b64decode(t).replace(b"sha256", b"sha512"))), NO_PROMISE)
case("a body that is no JSON", edited(MESSAGE, *ENTRY, "canonicalizedBody", to=b64(b"{")), "cannot be read")
case("33 entries", edited(MESSAGE, "verificationMaterial", "tlogEntries", how=lambda e: e * 33), "more than 32")

# Timestamps -----------------------------------------------------------------
NOT_STAMPED = "timestamp is not a trusted authority's for this signature"


def stamped(stamp, **more):
    m = Made(kind="v2", tsa=False, **more)
    m.stamps = stamp(m)
    return m.bundle()


case("v2 without a timestamp", Made(kind="v2", tsa=False).bundle(), "nothing trusted says when")
case("another authority's timestamp", stamped(lambda m: [OTHER.tsa.stamp(m.sig)]), NOT_STAMPED)
case("a timestamp of something else", stamped(lambda m: [LAB.tsa.stamp(b"x")]), NOT_STAMPED)
case("a timestamp of the artifact", stamped(lambda m: [LAB.tsa.stamp(ARTIFACT)]), NOT_STAMPED)
case("a timestamp that was not granted", stamped(lambda m: [LAB.tsa.stamp(m.sig, status=2)]), "timestamp cannot be read")
case("a timestamp over SHA-1", stamped(lambda m: [LAB.tsa.stamp_digest(
    hashlib.sha1(m.sig).digest(), hash_oid="1.3.14.3.2.26")]), "hash that is not accepted")
case("a timestamp with bytes behind it", stamped(lambda m: [LAB.tsa.stamp(m.sig) + b"\0"]), "timestamp cannot be read")
case("a timestamp before the certificate", stamped(lambda m: [LAB.tsa.stamp(m.sig, at=sigstore.utc(-3600))]), UNTRUSTED)
case("a timestamp after the certificate", stamped(lambda m: [LAB.tsa.stamp(m.sig, at=sigstore.utc(3600))]), UNTRUSTED)
case("one time in the certificate's, one outside", stamped(
    lambda m: [LAB.tsa.stamp(m.sig), LAB.tsa.stamp(m.sig, at=sigstore.utc(3600))]), UNTRUSTED,
     cosign="counts an authority once")
case("an authority that was out of service", TILES, "no timestamp authority is trusted",
     root=LAB.trusted_root(tsa=sigstore.window(-9000, -7200)))
case("33 timestamps", edited(TILES, "verificationMaterial", "timestampVerificationData", "rfc3161Timestamps", how=lambda t: t * 33),
     "more than 32")

# Signatures and what was signed ---------------------------------------------
BAD = "invalid signature"
case("another artifact", MESSAGE, BAD, artifact=b"another\n")
case("an envelope for another artifact", DSSE, "signature is for another image", artifact=b"another\n")
case("an altered signature", edited(MESSAGE, "messageSignature", "signature", how=flip), BAD)
case("an altered payload", edited(DSSE, "dsseEnvelope", "payload", to=b64(statement(predicate={"a": 1}))), BAD)
case("an altered payload type", edited(DSSE, "dsseEnvelope", "payloadType", to="application/json"), "payload is of type")
case("another payload type, signed", Made(dsse=True, payload_type="application/json").bundle(), "payload is of type")
case("two signatures, one good", edited(DSSE, "dsseEnvelope", "signatures", how=lambda s: s + [{"sig": b64(b"x")}]),
     "2 signatures, not exactly one")
case("two good signatures", edited(DSSE, "dsseEnvelope", "signatures", how=lambda s: s * 2), "2 signatures, not exactly one")
case("no signature", edited(DSSE, "dsseEnvelope", "signatures", to=[]), "0 signatures, not exactly one")
case("a payload that is no JSON", Made(dsse=True, payload=b"{").bundle(), "signed statement")
case("a statement of another type", Made(dsse=True, payload=statement(_type="https://example.com/x")).bundle(),
     "statement is of type", cosign="does not look at it")
case("a statement without a subject", Made(dsse=True, payload=statement(subject=[])).bundle(), "no subject")
case("a digest twice", Made(dsse=True, payload=statement().replace(
    b'"digest":{', b'"digest":{"sha256":"%s",' % (b"0" * 64))).bundle(), "signed statement")
case("a part of the digest", Made(dsse=True, payload=statement(subject=[{"digest": {
    "sha256": sha256(ARTIFACT).hex()[:32]}}])).bundle(), "another image")
case("the digest under another algorithm", Made(dsse=True, payload=statement(subject=[{"digest": {
    "sha512": sha256(ARTIFACT).hex()}}])).bundle(), "another image")

# Keys -----------------------------------------------------------------------
case("another key", KEYED, BAD, key=WRONG_KEY)
case("our key's hint on another's signature", edited(
    Made(keyed=True, signer=WRONG_KEY).bundle(), "verificationMaterial", "publicKey", "hint",
    to=b64(sha256(sigstore.spki(KEY)))), BAD, key=KEY)
case("a certificate where a key is asked for", Made(signer=KEY).bundle(), "signed with a certificate, not with a key", key=KEY)
case("a key where a certificate is asked for", KEYED, "signed with a key, not with a certificate")

# The bundle itself ----------------------------------------------------------
case("both contents", edited(DSSE, "messageSignature", to=MESSAGE["messageSignature"]), "either a dsseEnvelope or a messageSignature")
case("no content", edited(DSSE, "dsseEnvelope", drop=True), "either a dsseEnvelope or a messageSignature")
case("key and certificate", edited(MESSAGE, "verificationMaterial", "publicKey", to={"hint": "x"}), "not exactly one")
case("no material", edited(MESSAGE, "verificationMaterial", "certificate", drop=True), "not exactly one")
case("a version of tomorrow", edited(MESSAGE, "mediaType", to="application/vnd.dev.sigstore.bundle.v0.4+json"), "is not supported")
case("no version", edited(MESSAGE, "mediaType", drop=True), "without a mediaType")
case("a member twice", json.dumps(MESSAGE).replace('"messageSignature":', '"messageSignature": {}, "messageSignature":', 1),
     "no valid JSON")
case("text behind it", json.dumps(MESSAGE) + "x", "no valid JSON")
case("an empty file", "", "no valid JSON")
case("an empty object", {}, "without a mediaType")


def write(path, content):
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())
    return path


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "HOME": DIR})


def ask(number, one):
    name, bundle, said, identity, issuer, key, root, artifact, excuse = one
    at = lambda what: os.path.join(DIR, "%d.%s" % (number, what))
    text = bundle if isinstance(bundle, str) else json.dumps(bundle)
    path, file = write(at("bundle.json"), text), write(at("artifact"), artifact)
    root = write(at("root.json"), json.dumps(root or LAB.trusted_root()))
    who = ["--key", write(at("key.pub"), sigstore.pem_key(key))] if key else [
        "--certificate-identity", identity, "--certificate-oidc-issuer", issuer]
    ours = run(PULLGATE, "verify-bundle", "--bundle", path, "--trusted-root", root, *who, file)
    by_digest = run(PULLGATE, "verify-bundle", "--bundle", path, "--trusted-root", root, *who, "sha256:" + sha256(artifact).hex())
    verb = ["verify-blob-attestation", "--type", sigstore.SIGN_PREDICATE] if '"dsseEnvelope"' in text else ["verify-blob"]
    theirs = run(COSIGN, *verb, "--bundle", path, "--trusted-root", root, *who, file)
    wrong = []
    if ours.returncode != (0 if said is None else 1) or (said or "") not in ours.stderr:
        wrong.append("exit code %d, expected %r: %s" % (ours.returncode, said, ours.stderr.strip()))
    if by_digest.returncode != ours.returncode:
        wrong.append("by digest: exit code %d: %s" % (by_digest.returncode, by_digest.stderr.strip()))
    differs = (theirs.returncode == 0) != (ours.returncode == 0)
    if differs and not excuse:
        wrong.append("cosign says otherwise: %s" % (theirs.stderr.strip() or "verified"))
    if excuse and not differs:
        wrong.append("cosign says the same, though it %s" % excuse)
    return name, wrong, differs, excuse


def main():
    os.makedirs(DIR, exist_ok=True)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(ask, range(len(CASES)), CASES))
    failed = 0
    for n, (name, wrong, differs, excuse) in enumerate(results):
        failed += bool(wrong)
        note = " (cosign %s)" % excuse if differs and excuse else ""
        print("%s %d - %s%s" % ("not ok" if wrong else "ok", n + 1, name, note))
        for line in wrong:
            print("# " + line.replace("\n", "\n# "))
    print("1..%d" % len(CASES))
    return failed != 0


sys.exit(main())
