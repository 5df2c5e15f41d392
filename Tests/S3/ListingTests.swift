import Documents
import Kernel
import TestSupport
import Testing

@testable import S3

/// Numbers that are the same in every run.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}

@Suite struct ListingTests {
    /// A listing by its definition: all keys in UTF-8 order, grouped.
    private func model(_ keys: Set<String>, prefix: String, delimiter: String) -> [String] {
        var entries: [String] = []
        for key in keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) where key.hasPrefix(prefix) {
            let rest = key.dropFirst(prefix.count)
            var entry = key
            if !delimiter.isEmpty, let at = rest.firstIndex(of: Character(delimiter)) { entry = prefix + rest[...at] }
            if entries.last != entry { entries.append(entry) }
        }
        return entries
    }

    @Test(arguments: 1...6) func pagesAgreeWithTheModel(seed: UInt64) async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            var random = Seeded(state: seed)
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            var keys: Set<String> = []
            for _ in 0..<60 {
                let length = Int.random(in: 1...6, using: &random)
                keys.insert(
                    String((0..<length).map { _ in ["a", "b", "/", "é", "-", "\u{1}"].randomElement(using: &random) ?? "a" }))
            }
            for key in keys { _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": .string(key)], body: [1]) }
            for _ in 0..<12 {
                let prefix = ["", "a", "a/", "b", "/", "é"].randomElement(using: &random) ?? ""
                let delimiter = ["", "/", "a"].randomElement(using: &random) ?? ""
                let size = Int64.random(in: 1...7, using: &random)
                var seen: [String] = []
                var token: Document = .null
                while true {
                    var input: Members = ["Bucket": "lake", "Prefix": .string(prefix), "MaxKeys": .integer(size)]
                    if !delimiter.isEmpty { input["Delimiter"] = .string(delimiter) }
                    if token != .null { input["ContinuationToken"] = token }
                    let page = try await tarn.s3("ListObjectsV2", .map(input))
                    let found = (page["Contents"]?.list ?? []).compactMap { $0["Key"]?.string }
                    let groups = (page["CommonPrefixes"]?.list ?? []).compactMap { $0["Prefix"]?.string }
                    #expect(page["KeyCount"]?.integer == Int64(found.count + groups.count))
                    seen += (found + groups).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                    token = page["NextContinuationToken"] ?? .null
                    #expect((token != .null) == (page["IsTruncated"]?.bool == true))
                    if token == .null { break }
                }
                #expect(seen == model(keys, prefix: prefix, delimiter: delimiter), "prefix \(prefix) delimiter \(delimiter)")
            }
        }
    }
}
