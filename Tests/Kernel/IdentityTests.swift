import Documents
import Kernel
import Testing

@Suite("Session tokens and names")
struct IdentityTests {
    private let tokens = SessionTokens(key: [UInt8](repeating: 1, count: 32))
    private let now = Timestamp(seconds: 1_767_225_600)

    @Test("a token gives back its caller until it expires")
    func roundTrip() throws {
        let keys = try tokens.issue(for: .root(of: "111122223333"), expires: now + .seconds(900))
        let token = try #require(keys.sessionToken)
        let known = try tokens.open(token, accessKeyID: keys.accessKeyID, now: now + .seconds(899))
        #expect(known.secretAccessKey == keys.secretAccessKey)
        #expect(known.caller.account == "111122223333")
        #expect(throws: AuthenticationFailure.expiredToken) {
            try tokens.open(token, accessKeyID: keys.accessKeyID, now: now + .seconds(900))
        }
    }

    @Test("a token that was changed, or belongs to another key or installation, is nobody's")
    func tampered() throws {
        let keys = try tokens.issue(for: .root(of: "111122223333"), expires: now + .seconds(900))
        let token = try #require(keys.sessionToken)
        var bytes = try #require(Base64.decode(token))
        bytes[20] ^= 1
        #expect(throws: AuthenticationFailure.invalidToken) {
            try tokens.open(Base64.string(bytes), accessKeyID: keys.accessKeyID, now: now)
        }
        #expect(throws: AuthenticationFailure.invalidToken) { try tokens.open(token, accessKeyID: "ASIAOTHER", now: now) }
        let others = SessionTokens(key: [UInt8](repeating: 2, count: 32))
        #expect(throws: AuthenticationFailure.invalidToken) { try others.open(token, accessKeyID: keys.accessKeyID, now: now) }
    }

    @Test("ARNs", arguments: ["arn:aws:s3:::bucket/key:with:colons", "arn:aws:iam::123456789012:role/a/b"])
    func arn(text: String) { #expect(ARN(text)?.description == text) }

    @Test("what is no ARN", arguments: ["", "arn:aws:s3", "urn:aws:s3:::b", "arn:aws:s3:::"])
    func noARN(text: String) { #expect(ARN(text) == nil) }
}
