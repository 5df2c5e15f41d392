import Documents
import Kernel
import Store
import Testing

private struct Pair: KeyedTag, Equatable {
    var tagKey: String
    var tagValue: String
    init(_ key: String, _ value: String) { (tagKey, tagValue) = (key, value) }
}

/// What a service would answer with.
private struct Refusal: Error, Equatable { var flaw: TagFlaw }

private struct Tagged: Stored {
    static let tag: UInt8 = 1
    var tags: TagList
}

/// As it was when tags were dictionaries.
private struct OldTagged: Stored {
    static let tag: UInt8 = 1
    var tags: [String: String]
}

@Suite("Tags")
struct TagTests {
    /// Å as one letter, and as the sign of the unit: equal for Swift, two keys for AWS.
    private let letter = "\u{c5}"
    private let unit = "\u{212b}"

    private func refuse(_ flaw: TagFlaw) -> Refusal? { Refusal(flaw: flaw) }

    @Test("a key is its bytes: one takes its own place, another comes last")
    func bytes() throws {
        var tags = [Pair(letter, "1"), Pair("b", "2")]
        try tags.addTags([Pair(unit, "3"), Pair("b", "4")], limit: 3, refusing: refuse)
        #expect(tags.map(\.tagValue) == ["1", "4", "3"])
        tags.removeTags([letter, "none"])
        #expect(tags.map(\.tagValue) == ["4", "3"])
        #expect(tags.byKey == [letter: "3", "b": "4"])
    }

    @Test("flaws are the service's to refuse, and then nothing is changed")
    func flaws() throws {
        var tags = [Pair("a", "1")]
        #expect(throws: Refusal(flaw: .repeated("b"))) {
            try tags.addTags([Pair("b", "1"), Pair("b", "2")], limit: 9, refusing: refuse)
        }
        #expect(throws: Refusal(flaw: .reserved("AWS:x"))) {
            try tags.addTags([Pair("b", "1"), Pair("AWS:x", "2")], limit: 9, refusing: refuse)
        }
        #expect(throws: Refusal(flaw: .tooMany(2))) { try tags.addTags([Pair("b", "1")], limit: 1, refusing: refuse) }
        #expect(tags == [Pair("a", "1")])
        try tags.addTags([Pair("aws:b", "1"), Pair("aws:b", "2")], limit: 1) { _ -> Refusal? in nil }
        #expect(tags == [Pair("a", "1"), Pair("aws:b", "2")])
    }

    @Test("where case is folded, keys that differ in it are one")
    func folded() throws {
        var tags: TagList = ["Team": "1"]
        try tags.add([Pair("TEAM", "2")], limit: 1, foldsCase: true, refusing: refuse)
        #expect(tags.map(\.key) == ["TEAM"])
        #expect(throws: Refusal(flaw: .repeated("A"))) {
            try tags.add([Pair("a", ""), Pair("A", "")], limit: 9, foldsCase: true, refusing: refuse)
        }
        tags.remove(["team"], foldsCase: true)
        #expect(tags.isEmpty)
    }

    @Test("a dictionary refuses the second of two that look alike, and does not remove the first for it")
    func dictionaries() throws {
        var tags = [letter: "1"]
        #expect(throws: Refusal(flaw: .lookAlike(unit))) { try tags.addTags([unit: "2"], limit: 9, refusing: refuse) }
        #expect(throws: Refusal(flaw: .reserved("aws:a"))) { try tags.addTags(["aws:a": "2"], limit: 9, refusing: refuse) }
        #expect(throws: Refusal(flaw: .tooMany(2))) { try tags.addTags(["a": "2"], limit: 1, refusing: refuse) }
        tags.removeTags([unit])
        #expect(tags == [letter: "1"])
        try tags.addTags([letter: "2"], limit: 1, refusing: refuse)
        tags.removeTags([letter])
        #expect(tags.isEmpty)
    }

    @Test("a list is in the order of its keys' bytes and is stored as the dictionary it was, unless two keys look alike")
    func stored() throws {
        let old = try OldTagged(tags: ["b": "2", "a": "1"]).stored()
        var record = try Tagged(stored: old)
        #expect(record.tags.map(\.key) == ["a", "b"])
        #expect(try OldTagged(stored: record.stored()).tags == ["b": "2", "a": "1"])
        try record.tags.add([Pair(unit, "unit"), Pair(letter, "letter")], limit: 9, refusing: refuse)
        let kept = try Tagged(stored: record.stored()).tags
        #expect(kept.map(\.value) == ["1", "2", "letter", "unit"])
        #expect(kept.map { Array($0.key.utf8) } == ["a", "b", letter, unit].map { Array($0.utf8) })
    }
}
