#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@testable import Store

/// A directory of the test's own, removed with everything in it when the test lets go.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/tarn-store-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary directory")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? Self.remove(path) }

    private static func remove(_ path: String) throws {
        if try Posix.isDirectory(path) {
            for name in try Posix.names(in: path) { try remove(path + "/" + name) }
            try Posix.removeDirectory(path)
        } else {
            try Posix.remove(path)
        }
    }
}

/// A seeded generator (SplitMix64), so that a failure repeats.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[Int.random(in: 0..<choices.count, using: &self)] }
}
