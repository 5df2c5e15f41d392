import Kernel

/// TagPolicy, UntagPolicy, ListPolicyTags.
enum PolicyTags {
    struct Add: Codable, Sendable {
        var PolicyArn: String
        var Tags: [Tag]
    }
    struct Drop: Codable, Sendable {
        var PolicyArn: String
        var TagKeys: [String]
    }

    static func register(in operations: inout Operations) {
        operations.on("TagPolicy") { (input: Add, context) in
            try await context.store.write { txn in
                var policy = try txn.ownPolicy(input.PolicyArn, in: context.account)
                try policy.tags.add(input.Tags)
                try txn.save(policy)
                return Nothing()
            }
        }
        operations.on("UntagPolicy") { (input: Drop, context) in
            try await context.store.write { txn in
                var policy = try txn.ownPolicy(input.PolicyArn, in: context.account)
                policy.tags.drop(input.TagKeys)
                try txn.save(policy)
                return Nothing()
            }
        }
        operations.on("ListPolicyTags") { (input: PolicyVersions.ListInput, context) in
            let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.PolicyArn))
            let policy = try await context.store.read { try $0.policy(input.PolicyArn, in: context.account) }
            return TagsOutput(policy.tags, request)
        }
    }
}
