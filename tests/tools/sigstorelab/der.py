"""Just enough DER to write timestamps (X.690)."""


def tlv(tag, *parts):
    content = b"".join(parts)
    n = len(content)
    if n < 0x80:
        length = bytes([n])
    else:
        size = n.to_bytes((n.bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(size)]) + size
    return bytes([tag]) + length + content


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *sorted(parts))


def octets(b):
    return tlv(0x04, b)


def integer(n):
    return tlv(0x02, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = bytes([first * 40 + second])
    for n in rest:
        piece = [n & 0x7F]
        while n > 0x7F:
            n >>= 7
            piece.append(0x80 | n & 0x7F)
        out += bytes(reversed(piece))
    return tlv(0x06, out)


def time(t):
    return tlv(0x18, t.strftime("%Y%m%d%H%M%SZ").encode())


def utf8(text):
    return tlv(0x0C, text.encode())
