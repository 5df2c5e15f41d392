import Documents
import Kernel
import Policy

/// PutUserPolicy, GetRolePolicy, ListGroupPolicies and their like.
enum InlinePolicies<Holder: PolicyHolder> {
    struct Put: Codable, Sendable {
        var PolicyName: String
        var PolicyDocument: String
    }
    struct Name: Codable, Sendable { var PolicyName: String }
    struct Names: Codable, Sendable {
        var PolicyNames: [String]
        var IsTruncated: Bool
        var Marker: String?
    }

    static func register(_ word: String, in operations: inout Operations) {
        operations.on("Put\(word)Policy") { (input: Of<Holder, Put>, context) in try await put(input, context) }
        operations.on("Get\(word)Policy") { (input: Of<Holder, Name>, context) in
            let holder = try await context.store.read { try $0.find(Holder.self, context.account, input.name) }
            guard let json = holder.inlinePolicies[input.rest.PolicyName] else { throw missing(input.rest.PolicyName) }
            return Of<Holder, Put>(
                holder.name, Put(PolicyName: input.rest.PolicyName, PolicyDocument: PercentEncoding.encode(json)))
        }
        operations.on("Delete\(word)Policy") { (input: Of<Holder, Name>, context) in
            try await context.store.write { txn in
                var holder = try txn.find(Holder.self, context.account, input.name)
                try holder.mustBeModifiable()
                guard holder.inlinePolicies.removeValue(forKey: input.rest.PolicyName) != nil else {
                    throw missing(input.rest.PolicyName)
                }
                try txn.save(holder)
                return Nothing()
            }
        }
        operations.on("List\(word)Policies") { (input: Of<Holder, PageInput>, context) in
            let request = try PageRequest(input.rest.Marker, input.rest.MaxItems, of: context.list(input.name))
            let holder = try await context.store.read { try $0.find(Holder.self, context.account, input.name) }
            let page = Page(of: Array(holder.inlinePolicies.keys), request, name: { $0 })
            return Names(PolicyNames: page.items, IsTruncated: page.isTruncated, Marker: page.marker)
        }
    }

    private static func missing(_ name: String) -> IAMFault { .inlinePolicyNotFound(kind: Holder.kind, name: name) }

    private static func put(_ input: Of<Holder, Put>, _ context: Context) async throws -> Nothing {
        try PolicyCheck.identity(input.rest.PolicyDocument)
        return try await context.store.write { txn in
            var holder = try txn.find(Holder.self, context.account, input.name)
            try holder.mustBeModifiable()
            holder.inlinePolicies[input.rest.PolicyName] = input.rest.PolicyDocument
            guard holder.inlinePolicies.count <= Limit.inlinePolicies else {
                throw IAMFault.quota(name: "InlinePolicies", limit: Limit.inlinePolicies)
            }
            let size = holder.inlinePolicies.values.reduce(0) { $0 + PolicyDocument.sizeWithoutWhitespace($1) }
            guard size <= Holder.inlineMax else {
                throw IAMFault.inlineTooLarge(kind: Holder.kind, name: holder.name, limit: Holder.inlineMax)
            }
            try txn.save(holder)
            return Nothing()
        }
    }
}
