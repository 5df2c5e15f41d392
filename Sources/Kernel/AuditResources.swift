import Documents

/// Which resources a call was about: those that its permissions name, and those that its answer names as made.
enum AuditResources {
    /// - Parameter learns: look into the answer as well: what a call has made is named there.
    static func of(
        _ call: Call, _ context: Context, _ outcome: AuditOutcome, _ permissions: [Permission], learns: Bool
    ) async -> [AuditFacts.Resource] {
        var found: [AuditFacts.Resource] = []
        func add(_ text: String, account: String?) {
            guard let arn = ARN(text), !text.contains("*"), let type = AuditTables.type(of: arn),
                !found.contains(where: { $0.arn == text })
            else { return }
            found.append(.init(type: type, arn: text, account: account ?? arn.account))
        }
        for permission in permissions where permission.action != "iam:PassRole" {
            guard call.service == "s3", let arn = ARN(permission.resource), arn.service == "s3", arn.account.isEmpty
            else {
                add(permission.resource, account: nil)
                continue
            }
            let bucket = "arn:aws:s3:::\(arn.resource.prefix { $0 != "/" })"
            let owner = permission.isCreation ? context.account : await bucketOwner(bucket, context)
            add(permission.resource, account: owner)
            add(bucket, account: owner)
        }
        if learns, case .success(let output) = outcome { learn(output, depth: 2) { add($0, account: nil) } }
        return found
    }

    /// The call itself stands, whatever happens here; what is no fault of its input is the operator's to hear of.
    private static func bucketOwner(_ arn: String, _ context: Context) async -> String? {
        do {
            // A bucket that is not there has no owner.
            return try await context.platform.services["s3"]?.resource(arn, in: context.platform)?.account
        } catch {
            if !(error is any Fault) {
                context.platform.log.error(
                    "the resources of a call could not be recorded",
                    metadata: ["request": "\(context.requestID)", "error": "\(error)"])
            }
            return nil
        }
    }

    private static func learn(_ document: Document, depth: Int, _ add: (String) -> Void) {
        guard depth > 0, case .map(let members) = document else { return }
        for value in members.values {
            switch value {
            case .string(let text): if text.hasPrefix("arn:") { add(text) }
            case .map: learn(value, depth: depth - 1, add)
            default: continue
            }
        }
    }

    /// What LookupEvents calls the resource: a bucket's or role's name, a key's id.
    static func name(_ arn: String) -> String {
        guard let arn = ARN(arn) else { return arn }
        if arn.service == "s3" { return arn.resource }
        let parts = arn.resource.split(separator: "/", omittingEmptySubsequences: true)
        if arn.service == "ssm" { return String(arn.resource.dropFirst("parameter".count)) }
        if parts.count > 1 {
            return arn.service == "iam" ? String(parts[parts.count - 1]) : parts.dropFirst().joined(separator: "/")
        }
        return String(arn.resource.split(separator: ":").last ?? "")
    }
}
