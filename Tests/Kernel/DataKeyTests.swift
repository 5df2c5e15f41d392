import Documents
import Kernel
import Testing

@Suite struct DataKeyTests {
    private static let arn = "arn:aws:kms:us-east-1:000000000000:key/k"
    private static let plain = [UInt8](repeating: 7, count: 32)
    /// AES-256-GCM under 32 bytes of 7, with a nonce of 0 to 11, made by another library.
    private static let head = "000102030405060708090a0b6fe988043d7bbc3a03c1"

    private static func opened(_ answer: Document) async throws -> DataKey {
        try await DataKey.unwrap([1], for: [:]) { _, _ in answer }
    }

    @Test func whatOtherLibrariesSealedOpens() async throws {
        let key = try await Self.opened(["Plaintext": .blob(Self.plain), "KeyId": .string(Self.arn)])
        let bound = try #require(Hex.decode(Self.head + "39cddc2b8995cdd36a3e3d1f5fb65de8"))
        #expect(try key.open(bound, place: "arn:aws:logs:us-east-1:1:g") == Array("what rests".utf8))
        #expect(throws: Sealer.Failure.self) { try key.open(bound, place: "arn:aws:logs:us-east-1:1:h") }
        // Bound to nothing.
        let free = try #require(Hex.decode(Self.head + "cc21ea7fbdacb8f76b738a8e2d0a9bfa"))
        #expect(try key.open(free, place: "") == Array("what rests".utf8))
        // A part of more bytes.
        #expect(try key.open(([9, 9] + free).dropFirst(2), place: "") == Array("what rests".utf8))
        let (one, two) = (try key.seal([1, 2], place: "p"), try key.seal([1, 2], place: "p"))
        #expect(one.count == 12 + 2 + 16 && one != two)
        #expect(try key.sealer.open(one, place: "p") == [1, 2])
    }

    @Test func kmsIsAskedForAKeyOfThisContext() async throws {
        let made = try await DataKey.generate(under: "alias/a", for: ["for": "me"]) { operation, input in
            #expect(operation == "GenerateDataKey")
            #expect(input == ["KeyId": "alias/a", "KeySpec": "AES_256", "EncryptionContext": ["for": "me"]])
            return ["Plaintext": .blob(Self.plain), "CiphertextBlob": .blob([4]), "KeyId": .string(Self.arn)]
        }
        #expect(made.wrapped == [4] && made.keyARN == Self.arn)
        _ = try await DataKey.unwrap([4], under: Self.arn, for: ["for": "me"]) { operation, input in
            #expect(operation == "Decrypt")
            #expect(input == ["CiphertextBlob": .blob([4]), "EncryptionContext": ["for": "me"], "KeyId": .string(Self.arn)])
            return ["Plaintext": .blob(Self.plain), "KeyId": .string(Self.arn)]
        }
    }

    @Test(
        arguments: [
            ["KeyId": "k"], ["KeyId": "k", "Plaintext": .blob([1])], ["Plaintext": .blob(plain)],
            ["Plaintext": "text", "KeyId": "k"],
        ] as [Document])
    func anAnswerWithoutAKeyIsOurFailure(answer: Document) async throws {
        await #expect(throws: AWSError.internalFailure) { try await Self.opened(answer) }
        await #expect(throws: AWSError.internalFailure) {
            try await DataKey.generate(under: "k", for: [:]) { _, _ in answer }
        }
    }

    @Test func keysAreKeptForAWhile() {
        let cache = KeyCache<String, Int>(limit: 2)
        let start = Timestamp(seconds: 100)
        cache.keep(1, as: "a", until: start + .seconds(10), at: start)
        #expect(cache.key("a", at: start + .seconds(9)) == 1)
        #expect(cache.key("a", at: start + .seconds(10)) == nil && cache.key("b", at: start) == nil)
        cache.keep(2, as: "b", until: start + .seconds(30), at: start)
        // One is over and goes; the other stays.
        cache.keep(3, as: "c", until: start + .seconds(30), at: start + .seconds(20))
        #expect(cache.key("b", at: start + .seconds(20)) == 2 && cache.key("c", at: start + .seconds(20)) == 3)
        // None is over: all go.
        cache.keep(4, as: "d", until: start + .seconds(30), at: start + .seconds(20))
        #expect(["b", "c", "d"].map { cache.key($0, at: start + .seconds(20)) } == [nil, nil, 4])
    }

    @Test func whoseKeysAreKeptApart() {
        var caller = Caller(.assumedRole, account: "1", arn: "arn:aws:sts::1:assumed-role/r/s", principalID: "p")
        caller.accessKeyID = "ASIA1"
        var other = caller
        #expect(caller.keyUser == other.keyUser)
        other.accessKeyID = "ASIA2"
        #expect(caller.keyUser != other.keyUser)
        let services = ["arn:1", "arn:2"].map { Caller.service("s3.amazonaws.com", account: "1", sourceARN: $0).keyUser }
        #expect(services[0] != services[1])
    }
}
