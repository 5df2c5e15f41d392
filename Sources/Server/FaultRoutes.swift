import Documents
import Kernel
import Wire

extension AdminRoutes {
    /// `/_tarn/faults`: GET lists, POST adds, DELETE removes all or `?id=N`.
    mutating func addFaults(_ faults: FaultInjector) {
        on("GET", "/_tarn/faults", localOnly: true) { _, _ in Self.json(["faults": .list(faults.rules.map(\.document))]) }
        on("POST", "/_tarn/faults", localOnly: true) { request, platform in
            let body = try await request.body.collect(limit: 16_384)
            guard let input = try? JSON.parse(body), let rule = FaultInjector.Rule(input),
                rule.service.map(platform.models.serviceIDs.contains) ?? true
            else {
                return Self.json(["message": .string(FaultInjector.Rule.help)], status: 400)
            }
            guard let added = faults.add(rule) else {
                return Self.json(["message": "There are too many faults already."], status: 400)
            }
            return Self.json(added.document)
        }
        on("DELETE", "/_tarn/faults", localOnly: true) { request, _ in
            var id: Int?
            if !request.query.isEmpty {
                guard request.query.hasPrefix("id="), let number = Int(request.query.dropFirst(3)) else {
                    return Self.json(["message": "Send ?id=N, or nothing to remove all."], status: 400)
                }
                id = number
            }
            return Self.json(["removed": .integer(Int64(faults.remove(id)))])
        }
    }
}
