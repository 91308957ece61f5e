"""Is a letter's QR code ours? No network, nothing to install: Python and our public key.
python3 check_letter.py code-1.pub 'HTTPS://…/V/CODE/TOKEN' 编号=… 姓名=… 专业=… 班级=…"""
import base64, hashlib, pathlib, sys
P, Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519, RFC 8032
D = -121665 * pow(121666, -1, P) % P
def point(raw):
    y = int.from_bytes(raw, "little") % 2**255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    roots = [pow(square, (P + 3) // 8, P) * pow(2, k * (P - 1) // 4, P) % P for k in (0, 1)]
    x = next(root for root in roots if root * root % P == square)
    return (x if x % 2 == raw[31] >> 7 else -x % P), y
def add(a, b):
    t, x, y = D * a[0] * b[0] * a[1] * b[1], a[0] * b[1] + a[1] * b[0], a[1] * b[1] + a[0] * b[0]
    return x * pow(1 + t, -1, P) % P, y * pow(1 - t, -1, P) % P
def times(n, a):
    half = times(n // 2, add(a, a)) if n else (0, 1)
    return add(half, a) if n % 2 else half
def check(key_file, scanned, *facts):
    key = base64.b64decode(pathlib.Path(key_file).read_text().split("\n")[1])[-32:]
    code, token = scanned.strip().upper().split("/")[-2:]
    raw = base64.b32decode(token)  # 1 byte: number of the key, 10: digest of facts, 64: signature
    told, r, s = raw[1:11], raw[11:43], int.from_bytes(raw[43:75], "little")
    h = hashlib.sha512(r + key + b"\n".join([b"lms-letter-1", code.encode(), told])).digest()
    expected = add(point(r), times(int.from_bytes(h, "little") % Q, point(key)))
    if len(raw) != 75 or s >= Q or times(s, point(b"X" + b"f" * 31)) != expected:
        return "伪造：不是我们签发的验证码。 Not our code."
    same = hashlib.sha256("\n".join(sorted(facts)).encode()).digest()[:10] == told
    return "真实。 Genuine." if same or not facts else "不符：纸面内容和签发时不同。 Other facts."
try: print(check(*sys.argv[1:]))
except (ValueError, StopIteration): print("伪造：读不出验证码。 Not a code of ours.")
