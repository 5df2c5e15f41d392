import Crypto
import Kernel
import Testing

struct HMACKeyTests {
    /// RFC 4231, test cases 1, 2, 6: a short key, one of text, one longer than a block.
    @Test(arguments: [
        ([UInt8](repeating: 0x0B, count: 20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (Array("Jefe".utf8), "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (
            [UInt8](repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func publishedCodes(key: [UInt8], message: String, code: String) {
        #expect(HMACKey(SymmetricKey(data: key)).code(Array(message.utf8)).hexadecimal == code)
    }

    /// Lengths around a block of 64 bytes; one key serves many messages.
    @Test(arguments: [0, 1, 31, 32, 63, 64, 65, 128, 200])
    func agreesWithTheLibrary(length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) }
        let (key, symmetric) = (HMACKey(SymmetricKey(data: bytes)), SymmetricKey(data: bytes))
        for count in [0, 1, 55, 56, 64, 119, 1_000] {
            let message = [UInt8](repeating: UInt8(count % 251), count: count)
            #expect(Array(key.code(message)) == Array(HMAC<SHA256>.authenticationCode(for: message, using: symmetric)))
        }
    }

    @Test func aCodeIsAKeyInTurn() {
        let first = HMACKey(SymmetricKey(data: [1, 2, 3])).code([4])
        #expect(
            Array(HMACKey(first).code([5]))
                == Array(HMAC<SHA256>.authenticationCode(for: [5], using: SymmetricKey(data: Array(first)))))
    }
}
