import Crypto
import CryptoExtras
import Documents

/// AES key wrap with padding (RFC 5649), opened: the second step of RSA_AES_KEY_WRAP imports.
enum PaddedKeyWrap {
    private static let magic: [UInt8] = [0xA6, 0x59, 0x59, 0xA6]

    /// - Returns: nil for a text that this key did not wrap.
    static func unwrap(_ wrapped: [UInt8], _ key: SymmetricKey) -> [UInt8]? {
        guard wrapped.count >= 16, wrapped.count % 8 == 0 else { return nil }
        let plain: [UInt8]
        do { plain = try opened(wrapped, key) } catch { return nil }
        guard plain.starts(with: magic) else { return nil }
        let count = plain[4..<8].reduce(0) { $0 << 8 | Int($1) }
        let padded = plain.count - 8
        guard count > padded - 8, count <= padded, plain[(8 + count)...].allSatisfy({ $0 == 0 }) else { return nil }
        return Array(plain[8..<8 + count])
    }

    /// The initial value with the padded key behind it.
    private static func opened(_ wrapped: [UInt8], _ key: SymmetricKey) throws -> [UInt8] {
        if wrapped.count == 16 {
            var block = wrapped
            try AES.inversePermute(&block, key: key)
            return block
        }
        let count = wrapped.count / 8 - 1
        var head = Array(wrapped[..<8])
        var rest = Array(wrapped[8...])
        for round in stride(from: 5, through: 0, by: -1) {
            for index in stride(from: count, through: 1, by: -1) {
                let step = UInt64(count * round + index)
                for byte in 0..<8 { head[byte] ^= UInt8(step >> UInt64(8 * (7 - byte)) & 0xFF) }
                var block = head + rest[(index - 1) * 8..<index * 8]
                try AES.inversePermute(&block, key: key)
                head = Array(block[..<8])
                rest.replaceSubrange((index - 1) * 8..<index * 8, with: block[8...])
            }
        }
        return head + rest
    }
}
