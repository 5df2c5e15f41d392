import Documents
import Kernel
import Store

/// What authorization must know of buckets and objects. Lists and public access blocks are said in the policy language, so
/// that the one evaluator decides over everything.
extension S3Service {
    /// A bucket, for what is done to it and for writing into it.
    /// - Parameter caller: whose grants are wanted; nil leaves grants to single accounts out.
    func facts(of bucket: BucketRecord, for caller: Caller?, in store: any KeyValueStore) async throws -> ResourceFacts {
        var facts = ResourceFacts(account: bucket.account, policy: bucket.policy, tags: bucket.accessTags)
        if bucket.usesACLs, let grants = bucket.grants {
            facts.grants += try await Self.policies(grants, for: caller, on: bucket, in: store, service: self) {
                BucketRight.statement($0, bucket.arn)
            }
        }
        if bucket.policy != nil, bucket.hasPublicPolicy, try await block(on: bucket, in: store).restrictPublicBuckets {
            facts.grants.append(Self.restriction(to: bucket.account))
        }
        return facts
    }

    /// A version of an object, for what is done to it alone.
    func facts(
        of record: ObjectRecord, _ key: String, in bucket: BucketRecord, for caller: Caller, store: any KeyValueStore
    ) async throws -> ResourceFacts {
        var facts = try await facts(of: bucket, for: caller, in: store)
        guard bucket.usesACLs else { return facts }
        let arn = "\(bucket.arn)/\(key)"
        facts.grants.removeAll { $0.name == Self.listName }
        if let owner = record.owner, owner != bucket.account {
            // The bucket's owner can take away what is another's, but not give it.
            facts.account = owner
            if let policy = facts.policy { facts.policy = Self.denials(policy) }
        }
        if let grants = record.grants {
            facts.grants += try await Self.policies(grants, for: caller, on: bucket, in: store, service: self) {
                ObjectRight.statement($0, arn)
            }
        }
        return facts
    }

    /// Where there is no object, who may read the bucket by its list passes to be told so.
    func grants(
        toMissing action: String, in bucket: BucketRecord, for caller: Caller, _ store: any KeyValueStore
    ) async throws -> [IdentityPolicies.Named] {
        let readers = (bucket.grants ?? []).filter { $0.right == .read || $0.right == .fullControl }
        return try await Self.policies(readers, for: caller, on: bucket, in: store, service: self) { _ in
            ["Action": .string(action), "Resource": "*"]
        }
    }

    static let listName = "acl"

    private static func policies(
        _ grants: [Grant], for caller: Caller?, on bucket: BucketRecord, in store: any KeyValueStore, service: S3Service,
        _ statement: (Grant.Right) -> Members
    ) async throws -> [IdentityPolicies.Named] {
        var isIgnored: Bool?
        var statements: [Document] = []
        for grant in grants {
            if grant.isPublic {
                if isIgnored == nil { isIgnored = try await service.block(on: bucket, in: store).ignorePublicAcls }
                if isIgnored == true { continue }
            }
            var members = statement(grant.right)
            guard members["Action"] != nil else { continue }
            members["Effect"] = "Allow"
            switch Group(rawValue: grant.grantee) {
            case .allUsers?: members["Principal"] = "*"
            case .authenticatedUsers?:
                members["Principal"] = "*"
                members["Condition"] = ["StringNotEquals": ["aws:PrincipalType": "Anonymous"]]
            case .logDelivery?: members["Principal"] = ["Service": "logging.s3.amazonaws.com"]
            case nil:
                guard let account = caller?.account, !account.isEmpty, CanonicalUser.id(account) == grant.grantee else {
                    continue
                }
                members["Principal"] = ["AWS": .string(account)]
            }
            statements.append(.map(members))
        }
        guard !statements.isEmpty else { return [] }
        return [.init(name: listName, json: policy(statements))]
    }

    /// Under RestrictPublicBuckets a public policy serves the owner's account and AWS services only.
    private static func restriction(to account: String) -> IdentityPolicies.Named {
        let statement: Document = [
            "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": [
                "StringNotEquals": ["aws:PrincipalAccount": .string(account)], "Bool": ["aws:PrincipalIsAWSService": "false"],
            ],
        ]
        return .init(name: "RestrictPublicBuckets", json: policy([statement]))
    }

    private static func policy(_ statements: [Document]) -> String {
        String(decoding: JSON.write(["Version": "2012-10-17", "Statement": .list(statements)]), as: UTF8.self)
    }

    /// The policy without what it allows; nil if nothing is left.
    private static func denials(_ text: String) -> String? {
        guard let document = try? JSON.parse(Array(text.utf8)), let value = document["Statement"] else { return text }
        let denials = (value.list ?? [value]).filter { $0["Effect"]?.string == "Deny" }
        return denials.isEmpty ? nil : policy(denials)
    }
}

/// What a right on a bucket means in actions
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#acl-access-policy-permission-mapping).
private enum BucketRight {
    static func statement(_ right: Grant.Right, _ arn: String) -> Members {
        var actions: [Document] = []
        if right == .read || right == .fullControl {
            actions += ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"]
        }
        if right == .write || right == .fullControl { actions += ["s3:PutObject", "s3:DeleteObject"] }
        if right == .readACP || right == .fullControl { actions.append("s3:GetBucketAcl") }
        if right == .writeACP || right == .fullControl { actions.append("s3:PutBucketAcl") }
        return ["Action": .list(actions), "Resource": [.string(arn), .string("\(arn)/*")]]
    }
}

private enum ObjectRight {
    static func statement(_ right: Grant.Right, _ arn: String) -> Members {
        var actions: [Document] = []
        if right == .read || right == .fullControl { actions += ["s3:GetObject", "s3:GetObjectVersion"] }
        if right == .readACP || right == .fullControl { actions += ["s3:GetObjectAcl", "s3:GetObjectVersionAcl"] }
        if right == .writeACP || right == .fullControl { actions += ["s3:PutObjectAcl", "s3:PutObjectVersionAcl"] }
        // The key is a name, not a pattern.
        guard !actions.isEmpty else { return [:] }
        return ["Action": .list(actions), "Resource": "*"]
    }
}
