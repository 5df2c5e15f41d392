import Documents
import Testing

@Suite struct ConstantTimeTests {
    @Test func tellsWhatIsEqual() {
        #expect(ConstantTime.equal([], []) && ConstantTime.equal([1, 2, 255], [1, 2, 255]))
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2]) && !ConstantTime.equal([1, 2, 3], [1, 2, 4]))
        #expect(!ConstantTime.equal([0, 2, 3], [128, 2, 3]))
        #expect(ConstantTime.equal("", "") && ConstantTime.equal("géheim", "géheim"))
        #expect(!ConstantTime.equal("secret", "secret ") && !ConstantTime.equal("secret", "Secret"))
        // One character composed and decomposed: equal to Swift, other bytes to whoever made the secret.
        #expect(!ConstantTime.equal("\u{E9}", "e\u{301}"))
    }
}
