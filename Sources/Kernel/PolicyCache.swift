import Policy
import Synchronization

/// Policies compiled once. The key is the text itself, so a changed policy is another entry and nothing needs
/// invalidating; the oldest half goes when the cache is full.
final class PolicyCache: Sendable {
    enum Limit {
        /// Distinct texts: some hundred bytes to some kilobytes each.
        static let entries = 2_000
    }
    private struct Entry {
        let document: PolicyDocument
        var used: UInt64
    }
    private struct State {
        var entries: [String: Entry] = [:]
        var clock: UInt64 = 0
    }
    private let state = Mutex(State())

    /// - Throws: ``MalformedPolicy``; policies are checked when they are put, so this means a newer or damaged record.
    func document(_ json: String, grammar: PolicyGrammar) throws -> PolicyDocument {
        let key = "\(grammar)\n\(json)"
        let cached = state.withLock { state -> PolicyDocument? in
            state.clock += 1
            state.entries[key]?.used = state.clock
            return state.entries[key]?.document
        }
        if let cached { return cached }
        let document = try PolicyDocument(json: json, kind: grammar)
        state.withLock { state in
            if state.entries.count >= Limit.entries {
                let threshold = state.entries.values.map(\.used).sorted()[Limit.entries / 2]
                state.entries = state.entries.filter { $0.value.used > threshold }
            }
            state.entries[key] = Entry(document: document, used: state.clock)
        }
        return document
    }
}
