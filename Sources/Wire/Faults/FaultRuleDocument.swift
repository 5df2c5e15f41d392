import Documents

extension FaultInjector.Rule {
    public static let help =
        "Send {\"kind\": \"slow\" | \"slow-down\" | \"hot-prefix\" | \"truncate\" | \"unavailable\", \"milliseconds\": 1...60000 "
        + "(for slow), \"reads\" and \"writes\" a second (for hot-prefix), \"share\": above 0, at most 1, \"service\": s3 unless "
        + "given, all for every one (which unavailable means by itself), \"region\", \"bucket\", \"prefix\", \"operation\", "
        + "\"count\"}."

    /// What ``help`` describes.
    /// - Returns: nil for anything else.
    public init?(_ input: Document) {
        let known: Set<String> = [
            "kind", "milliseconds", "share", "service", "region", "bucket", "prefix", "operation", "count", "reads", "writes",
        ]
        guard let members = input.members, members.keys.allSatisfy(known.contains) else { return nil }
        switch input["kind"]?.string {
        case "slow":
            guard let time = input["milliseconds"]?.integer, (1...FaultInjector.Bound.milliseconds).contains(time) else {
                return nil
            }
            kind = .slow(milliseconds: time)
        case "slow-down": kind = .slowDown
        case "hot-prefix":
            let (reads, writes) = (input["reads"]?.integer, input["writes"]?.integer)
            guard input["reads"] == nil || reads != nil, input["writes"] == nil || writes != nil, reads ?? 1 >= 0,
                writes ?? 1 >= 0
            else { return nil }
            kind = .hotPrefix(reads: reads ?? PrefixRates.reads, writes: writes ?? PrefixRates.writes)
        case "truncate": kind = .truncate
        case "unavailable": kind = .unavailable
        default: return nil
        }
        let isOfS3 = input["bucket"] != nil || input["prefix"] != nil || kind != .unavailable
        let named = input["service"]?.string ?? (isOfS3 ? "s3" : "all")
        service = named == "all" ? nil : named
        region = input["region"]?.string
        // Only S3 has buckets and keys.
        if service != "s3", input["bucket"] != nil || input["prefix"] != nil || input["kind"]?.string == "hot-prefix" {
            return nil
        }
        share = 1
        if let given = input["share"] {
            guard let number = given.double ?? given.integer.map(Double.init), number > 0, number <= 1 else { return nil }
            share = number
        }
        if let given = input["count"] {
            guard let number = given.integer, (1...Int64(FaultInjector.Bound.count)).contains(number) else { return nil }
            remaining = Int(number)
        }
        (bucket, prefix, operation) = (input["bucket"]?.string, input["prefix"]?.string, input["operation"]?.string)
        id = 0
    }

    public var document: Document {
        var members: Members = ["id": .integer(Int64(id))]
        switch kind {
        case .slow(let milliseconds):
            members["kind"] = "slow"
            members["milliseconds"] = .integer(milliseconds)
        case .slowDown: members["kind"] = "slow-down"
        case .hotPrefix(let reads, let writes):
            members["kind"] = "hot-prefix"
            members["reads"] = .integer(reads)
            members["writes"] = .integer(writes)
        case .truncate: members["kind"] = "truncate"
        case .unavailable: members["kind"] = "unavailable"
        }
        members["service"] = .string(service ?? "all")
        if let region { members["region"] = .string(region) }
        members["share"] = .double(share)
        if let bucket { members["bucket"] = .string(bucket) }
        if let prefix { members["prefix"] = .string(prefix) }
        if let operation { members["operation"] = .string(operation) }
        if let remaining { members["count"] = .integer(Int64(remaining)) }
        return .map(members)
    }
}
