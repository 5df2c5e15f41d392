import Crypto
import Documents
import Kernel
import Store

/// A request's own name for itself: the same request sent again changes nothing and gets the same answer
/// (https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html).
struct ClientToken: Sendable {
    let key: Key
    let byTime: Key
    let byTimeOfAll: Key
    let fingerprint: [UInt8]
    let now: Timestamp

    /// nil without a token.
    init?(_ token: String?, _ input: some Encodable, _ context: Context) throws {
        guard let token else { return nil }
        let (account, region) = (KeyElement.text(context.account), KeyElement.text(context.region))
        now = context.now
        key = Key(.schedulerToken, account, region, .text(token))
        byTimeOfAll = Key(.schedulerTokenByTime)
        byTime = byTimeOfAll.appending(.integer(now.microseconds), account, region, .text(token))
        let text = context.operation + JSON.text(Self.sorted(try DocumentEncoder().encode(input)))
        fingerprint = Array(SHA256.hash(data: Array(text.utf8)))
    }

    /// Members in the order of their names, for maps keep the order they came in.
    private static func sorted(_ document: Document) -> Document {
        switch document {
        case .map(let members):
            var output = Members()
            for (name, value) in members.sorted(by: { $0.key < $1.key }) { output[name] = sorted(value) }
            return .map(output)
        case .list(let items): return .list(items.map(sorted))
        default: return document
        }
    }
}

struct TokenRecord: Stored {
    static let tag: UInt8 = 1
    var fingerprint: [UInt8]
    var time: Timestamp
}

private struct TokenPlace: Stored {
    static let tag: UInt8 = 1
    var key: [UInt8]
    var time: Timestamp
}

extension Transaction {
    /// Whether the request of this token has been carried out before.
    /// - Throws: ``SchedulerFault/tokenReused`` for another request.
    func isRepeated(_ token: ClientToken?) throws -> Bool {
        guard let token, let known = try record(TokenRecord.self, token.key), known.time + SchedulerLimit.tokenLife > token.now
        else { return false }
        guard known.fingerprint == token.fingerprint else { throw SchedulerFault.tokenReused }
        return true
    }

    /// Keeps a token, and clears away a few old ones.
    func remember(_ token: ClientToken?) throws {
        guard let token else { return }
        var old: [(Key, Key)] = []
        try records(TokenPlace.self, token.byTimeOfAll, limit: SchedulerLimit.tokenSweep) { key, place in
            guard place.time + SchedulerLimit.tokenLife <= token.now else { return false }
            old.append((key, Key(bytes: place.key)))
            return true
        }
        for (place, key) in old {
            try delete(place)
            if let record = try record(TokenRecord.self, key), record.time + SchedulerLimit.tokenLife <= token.now {
                try delete(key)
            }
        }
        try put(token.key, TokenRecord(fingerprint: token.fingerprint, time: token.now))
        try put(token.byTime, TokenPlace(key: token.key.bytes, time: token.now))
    }
}
