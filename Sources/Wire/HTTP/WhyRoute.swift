import Documents
import Kernel
import Store

extension AdminRoutes {
    /// `GET /_tarn/why?request=REQUEST-ID`: the decisions on a request; its audit record where nothing was decided.
    static func why(_ request: WireRequest, _ platform: Platform) async throws -> WireResponse {
        let pairs = request.query.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1) }
        guard let id = pairs.first(where: { $0.first == "request" && $0.count == 2 })?[1], isRequestID(id) else {
            return json(["message": "Ask for ?request=REQUEST-ID."], status: 400)
        }
        let decisions = try await platform.decisions.decisions(on: String(id))
        if !decisions.isEmpty {
            let shown = try await platform.store.read { snapshot in try decisions.map { try Self.shown($0, in: snapshot) } }
            return json(["decisions": .list(shown)])
        }
        await platform.audit.flush()
        let event = try await AuditHistory(platform).event(ofRequest: String(id))
        guard let call = if let event { event } else { try await platform.decisions.audited(String(id)) } else {
            return json(["message": "Nothing is known of this request; it may be too old, or another server's."], status: 404)
        }
        return json(["decisions": [], "call": call])
    }

    /// A decision whose statements name their principals as policies are shown.
    private static func shown(_ decision: Document, in snapshot: any Snapshot) throws -> Document {
        guard var members = decision.members, let statements = members["statements"]?.list else { return decision }
        members["statements"] = .list(
            try statements.map { entry in
                guard var named = entry.members, let statement = named["statement"] else { return entry }
                let policy = try NamedPrincipals.shown(JSON.text(["Statement": statement]), in: snapshot)
                named["statement"] = try JSON.parse(policy)["Statement"]
                return .map(named)
            })
        return .map(members)
    }

    /// Letters, digits and hyphens, as in every request ID.
    private static func isRequestID(_ text: Substring) -> Bool {
        text.utf8.count <= 64
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "-")
            }
    }
}
