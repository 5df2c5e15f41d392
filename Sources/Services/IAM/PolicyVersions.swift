import Documents
import Kernel
import Store

/// CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions, SetDefaultPolicyVersion, DeletePolicyVersion.
enum PolicyVersions {
    struct Create: Codable, Sendable {
        var PolicyArn: String
        var PolicyDocument: String
        var SetAsDefault: Bool?
    }
    struct Input: Codable, Sendable {
        var PolicyArn: String
        var VersionId: String
    }
    struct Shape: Codable, Sendable {
        /// Percent-encoded; lists leave it out.
        var Document: String?
        var VersionId: String
        var IsDefaultVersion: Bool
        var CreateDate: Timestamp

        init(_ version: ManagedPolicyRecord.Version, of policy: ManagedPolicyRecord, withDocument: Bool) {
            (VersionId, CreateDate) = (version.id, version.created)
            IsDefaultVersion = version.id == policy.defaultVersion
            Document = withDocument ? PercentEncoding.encode(version.json) : nil
        }
    }
    struct Output: Codable, Sendable { var PolicyVersion: Shape }
    struct ListInput: Codable, Sendable {
        var PolicyArn: String
        var Marker: String?
        var MaxItems: Int?
    }
    struct List: Codable, Sendable {
        var Versions: [Shape]
        var IsTruncated: Bool
        var Marker: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("CreatePolicyVersion") { (input: Create, context) in
            try PolicyCheck.managed(input.PolicyDocument)
            return try await context.store.write { txn in
                var policy = try txn.ownPolicy(input.PolicyArn, in: context.account)
                guard policy.versions.count < Limit.policyVersions else { throw IAMFault.tooManyVersions }
                let version = ManagedPolicyRecord.Version(
                    id: "v\(policy.nextVersion)", json: input.PolicyDocument, created: context.now)
                policy.versions.append(version)
                policy.nextVersion += 1
                policy.updated = context.now
                if input.SetAsDefault ?? false { policy.defaultVersion = version.id }
                try txn.save(policy)
                return Output(PolicyVersion: Shape(version, of: policy, withDocument: false))
            }
        }
        operations.on("GetPolicyVersion") { (input: Input, context) in
            let policy = try await context.store.read { try $0.policy(input.PolicyArn, in: context.account) }
            return Output(PolicyVersion: Shape(try version(input, of: policy), of: policy, withDocument: true))
        }
        operations.on("ListPolicyVersions") { (input: ListInput, context) in
            let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.PolicyArn))
            let policy = try await context.store.read { try $0.policy(input.PolicyArn, in: context.account) }
            // Newest first. The marker sorts by the number's complement, so that v10 comes before v9.
            let page = Page(of: policy.versions, request, name: { String(Int32.max - (Int32($0.id.dropFirst()) ?? 0)) })
            let shapes = page.items.map { Shape($0, of: policy, withDocument: false) }
            return List(Versions: shapes, IsTruncated: page.isTruncated, Marker: page.marker)
        }
        operations.on("SetDefaultPolicyVersion") { (input: Input, context) in
            try await context.store.write { txn in
                var policy = try txn.ownPolicy(input.PolicyArn, in: context.account)
                policy.defaultVersion = try version(input, of: policy).id
                policy.updated = context.now
                try txn.save(policy)
                return Nothing()
            }
        }
        operations.on("DeletePolicyVersion") { (input: Input, context) in
            try await context.store.write { txn in
                var policy = try txn.ownPolicy(input.PolicyArn, in: context.account)
                let version = try version(input, of: policy)
                guard version.id != policy.defaultVersion else { throw IAMFault.conflict(.defaultVersion) }
                policy.versions.removeAll { $0.id == version.id }
                policy.updated = context.now
                try txn.save(policy)
                return Nothing()
            }
        }
    }

    private static func version(_ input: Input, of policy: ManagedPolicyRecord) throws -> ManagedPolicyRecord.Version {
        guard let version = policy.versions.first(where: { $0.id == input.VersionId }) else {
            throw IAMFault.policyVersionNotFound(arn: input.PolicyArn, version: input.VersionId)
        }
        return version
    }
}
