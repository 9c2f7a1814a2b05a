"""A sigstore of one's own: Fulcio, a certificate transparency log, Rekor of both
generations and a timestamp authority, made of fresh keys.  What it signs is as
real as the public-good instance's, and nobody trusts it but its trusted_root()."""
import base64
import datetime
import hashlib
import json
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

import der

FULCIO = "1.3.6.1.4.1.57264.1."
SCT_LIST = "1.3.6.1.4.1.11129.2.4.2"
GITHUB = "https://token.actions.githubusercontent.com"
SIGN_PREDICATE = "https://sigstore.dev/cosign/sign/v1"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"


def utc(seconds=0):
    """Now, to the second, and so many seconds later."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None, microsecond=0)
    return now + datetime.timedelta(seconds=seconds)


def epoch(t):
    return int(t.replace(tzinfo=datetime.timezone.utc).timestamp())


def b64(b):
    return base64.b64encode(b).decode()


def sha256(b):
    return hashlib.sha256(b).digest()


def canonical(j):
    return json.dumps(j, sort_keys=True, separators=(",", ":")).encode()


def spki(key):
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def pem_key(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def der_of(cert):
    return cert.public_bytes(serialization.Encoding.DER)


def pem_of(cert):
    return cert.public_bytes(serialization.Encoding.PEM)


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def sign(key, message):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    return key.sign(message, ec.ECDSA(hashes.SHA256()))


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)] if text else [])


def make_ca(text, key, issuer=None, issuer_key=None, path_length=1, eku=None):
    builder = (x509.CertificateBuilder().subject_name(name(text)).issuer_name(issuer.subject if issuer else name(text))
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(utc(-86400)).not_valid_after(utc(86400 * 365))
               .add_extension(x509.BasicConstraints(True, path_length), True)
               .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))
    if issuer:
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), False)
    if eku:
        builder = builder.add_extension(x509.ExtendedKeyUsage([eku]), False)
    return builder.sign(issuer_key or key, hashes.SHA256())


class CtLog:
    def __init__(self):
        self.key = new_key()
        self.id = sha256(spki(self.key))

    def sct(self, tbs, issuer_spki, extensions=b"", at=None):
        stamp = (at or epoch(utc())) * 1000
        tail = len(extensions).to_bytes(2, "big") + extensions
        text = (b"\0\0" + stamp.to_bytes(8, "big") + b"\0\1" + sha256(issuer_spki) +
                len(tbs).to_bytes(3, "big") + tbs + tail)
        sig = sign(self.key, text)
        return b"\0" + self.id + stamp.to_bytes(8, "big") + tail + b"\4\3" + len(sig).to_bytes(2, "big") + sig


class Fulcio:
    def __init__(self, ctlog):
        self.root_key, self.key, self.ctlog = new_key(), new_key(), ctlog
        self.root = make_ca("lab root", self.root_key)
        self.cert = make_ca("lab intermediate", self.key, self.root, self.root_key, 0, ExtendedKeyUsageOID.CODE_SIGNING)

    def chain(self):
        return [self.cert, self.root]

    def issue(self, public_key, san, issuer=GITHUB, extensions=(), begin=-60, end=540, eku=ExtendedKeyUsageOID.CODE_SIGNING,
              ca=False, ctlog=True, more_names=(), raw=()):
        """A certificate as Fulcio issues them; what is wrong with it is asked for."""
        builder = (x509.CertificateBuilder().subject_name(name("")).issuer_name(self.cert.subject)
                   .public_key(public_key).serial_number(x509.random_serial_number())
                   .not_valid_before(utc(begin)).not_valid_after(utc(end))
                   .add_extension(x509.KeyUsage(True, False, False, False, False, False, False, False, False), True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False))
        if eku:
            builder = builder.add_extension(x509.ExtendedKeyUsage([eku]), False)
        if ca:
            builder = builder.add_extension(x509.BasicConstraints(True, 0), True)
        names = [san, *more_names] if san else list(more_names)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName([general_name(n) for n in names]), True)
        values = dict(raw)
        if issuer:
            values.setdefault("1", issuer.encode())
            values.setdefault("8", der.utf8(issuer))
        values.update(extensions)
        for number, value in values.items():
            builder = builder.add_extension(
                x509.UnrecognizedExtension(ObjectIdentifier(FULCIO + number), value), False)
        bare = builder.sign(self.key, hashes.SHA256())
        if not ctlog:
            return bare
        log = self.ctlog if ctlog is True else ctlog
        sct = log.sct(bare.tbs_certificate_bytes, spki(self.key))
        return self.with_scts(builder, [sct])

    def with_scts(self, builder, scts):
        items = b"".join(len(s).to_bytes(2, "big") + s for s in scts)
        value = der.octets(len(items).to_bytes(2, "big") + items)
        return builder.add_extension(
            x509.UnrecognizedExtension(ObjectIdentifier(SCT_LIST), value), False).sign(self.key, hashes.SHA256())


def general_name(text):
    if isinstance(text, x509.GeneralName):
        return text
    if "://" in text:
        return x509.UniformResourceIdentifier(text)
    if "!" in text:
        return x509.OtherName(ObjectIdentifier(FULCIO + "7"), der.utf8(text))
    return x509.RFC822Name(text)


class Tree:
    """Leaves of a log (RFC 6962)."""

    def __init__(self):
        self.leaves = []

    def add(self, body):
        self.leaves.append(sha256(b"\0" + body))
        return len(self.leaves) - 1

    def root(self, leaves=None):
        leaves = self.leaves if leaves is None else leaves
        if len(leaves) == 1:
            return leaves[0]
        k = 1 << (len(leaves) - 1).bit_length() - 1
        return sha256(b"\1" + self.root(leaves[:k]) + self.root(leaves[k:]))

    def path(self, index, leaves=None):
        leaves = self.leaves if leaves is None else leaves
        if len(leaves) == 1:
            return []
        k = 1 << (len(leaves) - 1).bit_length() - 1
        if index < k:
            return self.path(index, leaves[:k]) + [self.root(leaves[k:])]
        return self.path(index - k, leaves[k:]) + [self.root(leaves[:k])]


class Rekor:
    """The first generation, with promises; tiles: the second, without."""

    def __init__(self, origin="rekor.lab", tiles=False, ecdsa=False):
        self.tiles, self.origin, self.tree = tiles, origin, Tree()
        self.key = ed25519.Ed25519PrivateKey.generate() if tiles and not ecdsa else new_key()
        self.cosigners = []
        if tiles and not ecdsa:
            raw = self.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            self.id = sha256(origin.encode() + b"\n\1" + raw)
        else:
            self.id = sha256(spki(self.key))
        for n in range(5):
            self.tree.add(b"of somebody else %d" % n)

    def checkpoint(self):
        origin = self.origin if self.tiles else self.origin + " - 42"
        text = "%s\n%d\n%s\n" % (origin, len(self.tree.leaves), b64(self.tree.root()))
        sig = self.id[:4] + sign(self.key, text.encode())
        lines = "".join("\u2014 %s %s\n" % (who, b64(s)) for who, s in self.cosigners)
        return text + "\n" + lines + "\u2014 %s %s\n" % (self.origin, b64(sig))

    def promise(self, body, at, index):
        return sign(self.key, canonical({"body": b64(body), "integratedTime": at, "logID": self.id.hex(), "logIndex": index}))

    def add(self, body, at=None):
        """A TransparencyLogEntry of a bundle."""
        index = self.tree.add(body)
        for n in range(3):
            self.tree.add(os.urandom(8))
        parsed = json.loads(body)
        entry = {"logIndex": str(index), "logId": {"keyId": b64(self.id)},
                 "kindVersion": {"kind": parsed["kind"], "version": parsed["apiVersion"]},
                 "inclusionProof": {"logIndex": str(index), "rootHash": b64(self.tree.root()),
                                    "treeSize": str(len(self.tree.leaves)),
                                    "hashes": [b64(h) for h in self.tree.path(index)],
                                    "checkpoint": {"envelope": self.checkpoint()}},
                 "canonicalizedBody": b64(body)}
        if not self.tiles:
            # In a log of several trees the whole log's index is another one.
            at, whole = at or epoch(utc()), index + 1000
            entry.update(logIndex=str(whole), integratedTime=str(at),
                         inclusionPromise={"signedEntryTimestamp": b64(self.promise(body, at, whole))})
        return entry


class Tsa:
    def __init__(self):
        self.root_key, self.key = new_key(), new_key()
        self.root = make_ca("lab TSA root", self.root_key)
        self.cert = (x509.CertificateBuilder().subject_name(name("lab TSA")).issuer_name(self.root.subject)
                     .public_key(self.key.public_key()).serial_number(x509.random_serial_number())
                     .not_valid_before(utc(-86400)).not_valid_after(utc(86400 * 365))
                     .add_extension(x509.KeyUsage(True, False, False, False, False, False, False, False, False), True)
                     .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)
                     .sign(self.root_key, hashes.SHA256()))

    def chain(self):
        return [self.cert, self.root]

    def stamp_digest(self, digest, at=None, hash_oid="2.16.840.1.101.3.4.2.1", nonce=None, embed=True, status=0):
        """A TimeStampResp (RFC 3161) over a hash."""
        sha = der.seq(der.oid("2.16.840.1.101.3.4.2.1"))
        imprint = der.seq(der.seq(der.oid(hash_oid)), der.octets(digest))
        info = [der.integer(1), der.oid("1.3.6.1.4.1.57264.2"), imprint,
                der.integer(int.from_bytes(os.urandom(8), "big") >> 1), der.time(at or utc())]
        if nonce is not None:
            info.append(der.integer(nonce))
        tst = der.seq(*info)
        cert = der_of(self.cert)
        attributes = [
            der.seq(der.oid("1.2.840.113549.1.9.3"), der.set_of(der.oid("1.2.840.113549.1.9.16.1.4"))),
            der.seq(der.oid("1.2.840.113549.1.9.4"), der.set_of(der.octets(sha256(tst)))),
            der.seq(der.oid("1.2.840.113549.1.9.16.2.47"),
                    der.set_of(der.seq(der.seq(der.seq(der.octets(sha256(cert)))))))]
        sig = sign(self.key, der.set_of(*attributes))
        signed = der.set_of(*attributes)
        serial = der.seq(self.cert.issuer.public_bytes(), der.integer(self.cert.serial_number))
        signer = der.seq(der.integer(1), serial, sha, b"\xa0" + signed[1:],
                         der.seq(der.oid("1.2.840.10045.4.3.2")), der.octets(sig))
        data = [der.integer(3), der.set_of(sha),
                der.seq(der.oid("1.2.840.113549.1.9.16.1.4"), der.tlv(0xA0, der.octets(tst)))]
        if embed:
            data.append(der.tlv(0xA0, cert))
        data.append(der.set_of(signer))
        token = der.seq(der.oid("1.2.840.113549.1.7.2"), der.tlv(0xA0, der.seq(*data)))
        return der.seq(der.seq(der.integer(status)), token)

    def stamp(self, message, **more):
        return self.stamp_digest(sha256(message), **more)


def window(begin=-86400, end=None):
    j = {"start": utc(begin).strftime("%Y-%m-%dT%H:%M:%SZ")}
    if end is not None:
        j["end"] = utc(end).strftime("%Y-%m-%dT%H:%M:%SZ")
    return j


def root_log(log, url, details, valid):
    return {"baseUrl": url, "hashAlgorithm": "SHA2_256", "logId": {"keyId": b64(log.id)},
            "publicKey": {"rawBytes": b64(spki(log.key)), "keyDetails": details, "validFor": valid}}


def root_authority(chain, uri, valid):
    return {"subject": {"organization": "lab", "commonName": "lab"}, "uri": uri, "validFor": valid,
            "certChain": {"certificates": [{"rawBytes": b64(der_of(c))} for c in chain]}}


class Lab:
    def __init__(self, tiles_origin="tiles.lab"):
        self.ctlog = CtLog()
        self.fulcio = Fulcio(self.ctlog)
        self.rekor = Rekor()
        self.tiles = Rekor(tiles_origin, tiles=True)
        self.tsa = Tsa()

    def trusted_root(self, url="https://%s", **windows):
        """As JSON; windows: ca, rekor, tiles, ctlog, tsa instead of from yesterday on."""
        of = lambda what: windows.get(what) or window()
        p256, ed = "PKIX_ECDSA_P256_SHA_256", "PKIX_ED25519"
        return {"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                "tlogs": [root_log(self.rekor, url % self.rekor.origin, p256, of("rekor")),
                          root_log(self.tiles, url % self.tiles.origin, ed, of("tiles"))],
                "ctlogs": [root_log(self.ctlog, url % "ctlog.lab", p256, of("ctlog"))],
                "certificateAuthorities": [root_authority(self.fulcio.chain(), url % "fulcio.lab", of("ca"))],
                "timestampAuthorities": [root_authority(self.tsa.chain(), url % "tsa.lab", of("tsa"))]}


def pae(kind, payload):
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


def verifier_pem(cert, key):
    return b64(pem_of(cert) if cert else pem_key(key))


def body_hashedrekord(message, sig, cert, key, digest=None):
    return canonical({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": {
        "data": {"hash": {"algorithm": "sha256", "value": (digest or sha256(message)).hex()}},
        "signature": {"content": b64(sig), "publicKey": {"content": verifier_pem(cert, key)}}}})


def body_dsse(envelope, cert, key):
    payload = base64.b64decode(envelope["payload"])
    return canonical({"apiVersion": "0.0.1", "kind": "dsse", "spec": {
        "envelopeHash": {"algorithm": "sha256", "value": sha256(canonical(envelope)).hex()},
        "payloadHash": {"algorithm": "sha256", "value": sha256(payload).hex()},
        "signatures": [{"signature": s["sig"], "verifier": verifier_pem(cert, key)} for s in envelope["signatures"]]}})


def body_intoto(envelope, cert, key):
    payload = base64.b64decode(envelope["payload"])
    return canonical({"apiVersion": "0.0.2", "kind": "intoto", "spec": {"content": {
        "envelope": {"payloadType": envelope["payloadType"], "signatures": [
            {"publicKey": verifier_pem(cert, key), "sig": b64(s["sig"].encode())} for s in envelope["signatures"]]},
        "hash": {"algorithm": "sha256", "value": sha256(canonical(envelope)).hex()},
        "payloadHash": {"algorithm": "sha256", "value": sha256(payload).hex()}}}})


def body_tiles(message, sig, cert, key):
    who = {"x509Certificate": {"rawBytes": b64(der_of(cert))}} if cert else {"publicKey": {"rawBytes": b64(spki(key))}}
    return canonical({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": {
        "data": {"algorithm": "SHA2_256", "digest": b64(sha256(message))},
        "signature": {"content": b64(sig), "verifier": {"keyDetails": "PKIX_ECDSA_P256_SHA_256", **who}}}}})


def body_tiles_dsse(envelope, cert, key):
    """A kind that Rekor v2 had at first."""
    who = {"x509Certificate": {"rawBytes": b64(der_of(cert))}} if cert else {"publicKey": {"rawBytes": b64(spki(key))}}
    return canonical({"apiVersion": "0.0.2", "kind": "dsse", "spec": {"dsseV002": {
        "payloadHash": {"algorithm": "SHA2_256", "digest": b64(sha256(base64.b64decode(envelope["payload"])))},
        "signatures": [{"content": s["sig"], "verifier": {"keyDetails": "PKIX_ECDSA_P256_SHA_256", **who}}
                       for s in envelope["signatures"]]}}})
