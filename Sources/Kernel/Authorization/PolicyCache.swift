import Documents
import Policy
import Synchronization

/// Policies compiled once. The key is the text itself, so a changed policy is another entry and nothing needs
/// invalidating; the oldest half goes when the cache is full.
final class PolicyCache: Sendable {
    enum Limit {
        /// Distinct texts: some hundred bytes to some kilobytes each.
        static let entries = 2_000
    }

    /// A text with its grammar. Hashing whole policies would cost more than deciding by them, so the hash takes the length
    /// and some bytes; equality takes every byte. Swift's own equality of texts would take two spellings of one character
    /// for the same, and policies that differ in them are different policies.
    private struct TextKey: Hashable {
        static let samples = 64
        let json: String
        let grammar: PolicyGrammar

        static func == (left: TextKey, right: TextKey) -> Bool {
            guard left.grammar == right.grammar, left.json.utf8.count == right.json.utf8.count else { return false }
            let same = left.json.utf8.withContiguousStorageIfAvailable { one in
                right.json.utf8.withContiguousStorageIfAvailable {
                    UnsafeRawBufferPointer(one).isSame(as: UnsafeRawBufferPointer($0))
                }
            }
            return (same ?? nil) ?? left.json.utf8.elementsEqual(right.json.utf8)
        }

        func hash(into hasher: inout Hasher) {
            let bytes = json.utf8
            let count = bytes.count
            hasher.combine(count)
            let sampled = bytes.withContiguousStorageIfAvailable { bytes in
                // The end first: policies of one maker begin alike.
                hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes).suffix(Self.samples)))
                for index in stride(from: 0, to: count, by: max(1, count / Self.samples)) { hasher.combine(bytes[index]) }
                return true
            }
            if sampled == nil { for byte in bytes.prefix(Self.samples) { hasher.combine(byte) } }
        }
    }
    private struct Entry {
        let document: PolicyDocument
        var used: UInt64
    }
    private struct State {
        var entries: [TextKey: Entry] = [:]
        var clock: UInt64 = 0
    }
    private let state = Mutex(State())

    /// - Throws: ``MalformedPolicy``; policies are checked when they are put, so this means a newer or damaged record.
    func document(_ json: String, grammar: PolicyGrammar) throws -> PolicyDocument {
        let key = TextKey(json: json, grammar: grammar)
        let cached = state.withLock { state -> PolicyDocument? in
            guard let index = state.entries.index(forKey: key) else { return nil }
            state.clock += 1
            state.entries.values[index].used = state.clock
            return state.entries.values[index].document
        }
        if let cached { return cached }
        let document = try PolicyDocument(json: json, kind: grammar)
        state.withLock { state in
            if state.entries.count >= Limit.entries {
                let threshold = state.entries.values.map(\.used).sorted()[Limit.entries / 2]
                state.entries = state.entries.filter { $0.value.used > threshold }
            }
            state.clock += 1
            state.entries[key] = Entry(document: document, used: state.clock)
        }
        return document
    }
}
