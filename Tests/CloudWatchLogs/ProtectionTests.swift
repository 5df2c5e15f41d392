import Documents
import Testing

@testable import CloudWatchLogs

/// What data protection policies hide.
@Suite struct ProtectionTests {
    private func policy(_ expressions: String...) throws -> ProtectionPolicy {
        let own = expressions.enumerated().map { Document.map(["Name": .string("own\($0)"), "Regex": .string($1)]) }
        let names = Document.list(own.indices.map { .string("own\($0)") })
        return try ProtectionPolicy(
            JSON.text([
                "Name": "p", "Version": "2021-06-01", "Configuration": ["CustomDataIdentifier": .list(own)],
                "Statement": [
                    ["Sid": "a", "DataIdentifier": names, "Operation": ["Audit": ["FindingsDestination": [:]]]],
                    ["Sid": "b", "DataIdentifier": names, "Operation": ["Deidentify": ["MaskConfig": [:]]]],
                ],
            ]))
    }

    @Test func partsThatMeetAreOne() throws {
        let policies = [try policy("b+", "a+"), try policy("ab")]
        #expect(ProtectionPolicy.masks("x aabb a", by: policies) == [2, 6, 7, 8])
        #expect(ProtectionPolicy.masks("nothing here", by: [try policy("[0-9]")]) == nil)
    }

    @Test func theLastOfManyPartsGoesOnToTheEnd() throws {
        let most = ProtectionPolicy.Limit.parts
        let message = String(repeating: "1 ", count: most + 1) + "tail"
        let masks = try #require(ProtectionPolicy.masks(message, by: [try policy("[0-9]")]))
        #expect(masks.count == 2 * most)
        let begins: [Int] = [masks[masks.count - 4], masks[masks.count - 2]]
        #expect(begins == [2 * (most - 2), 2 * (most - 1)])
        #expect(masks.last == message.utf8.count)
    }
}
