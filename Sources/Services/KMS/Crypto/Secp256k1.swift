import Crypto
import Documents

/// The curve secp256k1 (SEC 2, section 2.4.1), which the library does not have: ECDSA over it, with nonces that follow from
/// key and digest (RFC 6979).
enum Secp256k1 {
    private typealias Number = Modulus256.Number
    private static let field = Modulus256.field
    private static let order = Modulus256.order

    /// In projective coordinates; (0 : 1 : 0) is the neutral element.
    private struct Point {
        var x: Number
        var y: Number
        var z: Number

        static let zero = Point(x: .zero, y: Number(1, 0, 0, 0), z: .zero)
        static let base = Point(
            x: Number(0x59F2_815B_16F8_1798, 0x029B_FCDB_2DCE_28D9, 0x55A0_6295_CE87_0B07, 0x79BE_667E_F9DC_BBAC),
            y: Number(0x9C47_D08F_FB10_D4B8, 0xFD17_B448_A685_5419, 0x5DA4_FBFC_0E11_08A8, 0x483A_DA77_26A3_C465),
            z: Number(1, 0, 0, 0))

        /// One formula for all cases, doubling too (Renes, Costello and Batina 2016, algorithm 7).
        static func + (a: Point, b: Point) -> Point {
            let triple = Number(21, 0, 0, 0)
            let xx = field.product(a.x, b.x)
            let yy = field.product(a.y, b.y)
            let plain = field.product(a.z, b.z)
            let zz = field.product(triple, plain)
            let xy = field.difference(
                field.product(field.sum(a.x, a.y), field.sum(b.x, b.y)), field.sum(xx, yy))
            let yz = field.difference(
                field.product(field.sum(a.y, a.z), field.sum(b.y, b.z)), field.sum(yy, plain))
            let xz = field.difference(
                field.product(field.sum(a.x, a.z), field.sum(b.x, b.z)), field.sum(xx, plain))
            let three = field.sum(field.sum(xx, xx), xx)
            let (plus, minus) = (field.sum(yy, zz), field.difference(yy, zz))
            let scaled = field.product(triple, xz)
            return Point(
                x: field.difference(field.product(xy, minus), field.product(yz, scaled)),
                y: field.sum(field.product(minus, plus), field.product(scaled, three)),
                z: field.sum(field.product(plus, yz), field.product(three, xy)))
        }

        /// The same steps whatever the factor is.
        static func * (factor: Number, point: Point) -> Point {
            var result = Point.zero
            for bit in (0..<256).reversed() {
                result = result + result
                let sum = result + point
                let isSet = factor[bit / 64] >> UInt64(bit % 64) & 1
                result.x = Modulus256.choose(sum.x, result.x, isSet)
                result.y = Modulus256.choose(sum.y, result.y, isSet)
                result.z = Modulus256.choose(sum.z, result.z, isSet)
            }
            return result
        }

        var affine: (x: Number, y: Number) {
            let inverse = field.inverse(z)
            return (field.product(x, inverse), field.product(y, inverse))
        }
    }

    struct PrivateKey: Sendable {
        private let secret: Number
        /// 64 bytes: x and y.
        let publicKey: [UInt8]

        init() {
            var secret = Number.zero
            repeat { secret = Modulus256.words(KeyMaking.random(32)) } while secret == .zero || !order.isBelow(secret)
            self.init(secret)
        }

        /// - Parameter der: PKCS #8 (RFC 5958, RFC 5915).
        /// - Throws: ``KMSFault/incorrectKeyMaterial(_:)`` for anything else, and for a number that is no key.
        init(der: [UInt8]) throws(KMSFault) {
            guard der.count < 256, der.contains(Form.curve), let start = der.end(of: Form.beforeSecret), der.count >= start + 32,
                case let secret = Modulus256.words(der[start..<start + 32]), secret != .zero, order.isBelow(secret)
            else { throw .incorrectKeyMaterial("The key material is not that of a ECC_SECG_P256K1 key.") }
            self.init(secret)
        }

        private init(_ secret: Number) {
            self.secret = secret
            let point = (secret * Point.base).affine
            publicKey = Modulus256.bytes(point.x) + Modulus256.bytes(point.y)
        }

        var pkcs8: [UInt8] { Form.privateHead + Modulus256.bytes(secret) + Form.beforePublic + publicKey }
        /// The SubjectPublicKeyInfo (RFC 5480).
        var publicDER: [UInt8] { Form.publicHead + publicKey }

        /// - Returns: the signature in DER (RFC 3279).
        func signature(for digest: SHA256.Digest) -> [UInt8] {
            let message = order.number(digest)
            var nonces = Nonces(Modulus256.bytes(secret), Modulus256.bytes(message))
            while true {
                let nonce = nonces.next()
                guard nonce != .zero, order.isBelow(nonce) else { continue }
                let r = reduced((nonce * Point.base).affine.x)
                let s = order.product(order.inverse(nonce), order.sum(message, order.product(r, secret)))
                if r != .zero, s != .zero { return DER.sequence(Modulus256.bytes(r), Modulus256.bytes(s)) }
            }
        }

        func isValid(_ signature: [UInt8], for digest: SHA256.Digest) -> Bool {
            guard let (first, second) = DER.integers(signature) else { return false }
            let (r, s) = (Modulus256.words(first), Modulus256.words(second))
            guard r != .zero, s != .zero, order.isBelow(r), order.isBelow(s) else { return false }
            let inverse = order.inverse(s)
            let own = Point(
                x: Modulus256.words(publicKey.prefix(32)), y: Modulus256.words(publicKey.suffix(32)), z: Number(1, 0, 0, 0))
            let point = order.product(order.number(digest), inverse) * Point.base + order.product(r, inverse) * own
            return point.z != .zero && reduced(point.affine.x) == r
        }

        private func reduced(_ x: Number) -> Number { order.sum(x, .zero) }
    }

    /// RFC 6979, section 3.2.
    private struct Nonces {
        private var key = SymmetricKey(data: [UInt8](repeating: 0, count: 32))
        private var value = [UInt8](repeating: 1, count: 32)
        private var isFirst = true

        init(_ secret: [UInt8], _ message: [UInt8]) {
            for round: UInt8 in [0, 1] {
                key = SymmetricKey(data: mac(value + [round] + secret + message))
                value = mac(value)
            }
        }

        mutating func next() -> Number {
            if !isFirst {
                key = SymmetricKey(data: mac(value + [0]))
                value = mac(value)
            }
            isFirst = false
            value = mac(value)
            return Modulus256.words(value)
        }

        private func mac(_ bytes: [UInt8]) -> [UInt8] { Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key)) }
    }

    /// The fixed parts of the keys' encodings.
    private enum Form {
        static let curve: [UInt8] = [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x0A]
        private static let algorithm: [UInt8] = [0x30, 0x10, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01] + curve
        static let publicHead: [UInt8] = [0x30, 0x56] + algorithm + [0x03, 0x42, 0x00, 0x04]
        static let beforeSecret: [UInt8] = [0x02, 0x01, 0x01, 0x04, 0x20]
        static let privateHead: [UInt8] =
            [0x30, 0x81, 0x84, 0x02, 0x01, 0x00] + algorithm + [0x04, 0x6D, 0x30, 0x6B] + beforeSecret
        static let beforePublic: [UInt8] = [0xA1, 0x44, 0x03, 0x42, 0x00, 0x04]
    }
}

/// The two numbers of an ECDSA signature (RFC 3279, section 2.2.3).
private enum DER {
    static func sequence(_ r: [UInt8], _ s: [UInt8]) -> [UInt8] {
        let body = integer(r) + integer(s)
        return [0x30, UInt8(body.count)] + body
    }

    private static func integer(_ bytes: [UInt8]) -> [UInt8] {
        var short = Array(bytes.drop { $0 == 0 })
        if short.first.map({ $0 >= 0x80 }) ?? true { short.insert(0, at: 0) }
        return [0x02, UInt8(short.count)] + short
    }

    /// - Returns: both in 32 bytes; nil for what is no signature.
    static func integers(_ signature: [UInt8]) -> ([UInt8], [UInt8])? {
        guard signature.count >= 8, signature[0] == 0x30, Int(signature[1]) == signature.count - 2 else { return nil }
        var rest = signature[2...]
        guard let r = integer(&rest), let s = integer(&rest), rest.isEmpty else { return nil }
        return (r, s)
    }

    private static func integer(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard rest.count >= 3, rest.removeFirst() == 0x02 else { return nil }
        let count = Int(rest.removeFirst())
        guard count >= 1, count <= 33, rest.count >= count else { return nil }
        let bytes = rest.prefix(count)
        rest = rest.dropFirst(count)
        // Only the shortest form of a positive number.
        guard let first = bytes.first, first < 0x80, first != 0 || count == 1 || bytes[bytes.startIndex + 1] >= 0x80 else {
            return nil
        }
        let short = bytes.drop { $0 == 0 }
        guard short.count <= 32 else { return nil }
        return [UInt8](repeating: 0, count: 32 - short.count) + short
    }
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8]) -> Bool { end(of: part) != nil }

    /// Where the first occurrence of `part` ends.
    fileprivate func end(of part: [UInt8]) -> Int? {
        guard count >= part.count else { return nil }
        return (0...count - part.count).first { self[$0..<$0 + part.count].elementsEqual(part) }.map { $0 + part.count }
    }
}
