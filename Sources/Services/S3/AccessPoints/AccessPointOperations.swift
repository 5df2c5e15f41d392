import Documents
import Kernel
import Policy
import Store

extension S3ControlService {
    func registerAccessPoints(in operations: inout Operations) {
        operations.on("CreateAccessPoint", createAccessPoint)
        operations.on("GetAccessPoint", getAccessPoint)
        operations.on("ListAccessPoints", listAccessPoints)
        operations.on("DeleteAccessPoint", deleteAccessPoint)
        operations.on("PutAccessPointPolicy", putAccessPointPolicy)
        operations.on("GetAccessPointPolicy", getAccessPointPolicy)
        operations.on("DeleteAccessPointPolicy", deleteAccessPointPolicy)
        operations.on("GetAccessPointPolicyStatus", getAccessPointPolicyStatus)
    }

    var accessPointActions: ActionMap {
        [
            "CreateAccessPoint": { input, context in
                var permission = Self.onPoint("s3:CreateAccessPoint", input, context)
                let vpc = input["VpcConfiguration"]?["VpcId"]?.string
                permission.conditions["s3:AccessPointNetworkOrigin"] = [vpc == nil ? "Internet" : "VPC"]
                permission.isCreation = true
                return [permission]
            },
            "GetAccessPoint": point("s3:GetAccessPoint"),
            "ListAccessPoints": { _, _ in [Permission("s3:ListAccessPoints", on: "*")] },
            "DeleteAccessPoint": point("s3:DeleteAccessPoint"),
            "PutAccessPointPolicy": point("s3:PutAccessPointPolicy"),
            "GetAccessPointPolicy": point("s3:GetAccessPointPolicy"),
            "DeleteAccessPointPolicy": point("s3:DeleteAccessPointPolicy"),
            "GetAccessPointPolicyStatus": point("s3:GetAccessPointPolicyStatus"),
        ]
    }

    private func point(_ action: String) -> @Sendable (Document, Context) async throws -> [Permission] {
        { input, context in [Self.onPoint(action, input, context)] }
    }

    private static func onPoint(_ action: String, _ input: Document, _ context: Context) -> Permission {
        let account = input["AccountId"]?.string ?? context.account
        let name = input["Name"]?.string ?? ""
        // Some clients give the whole ARN as the name.
        let arn = name.hasPrefix("arn:") ? name : AccessPointRecord.arn(name, account: account, region: context.region)
        return Permission(
            action, on: arn, conditions: ["s3:DataAccessPointAccount": [account], "s3:DataAccessPointArn": [arn]])
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateAccessPoint.html
    func createAccessPoint(_ input: CreateAccessPointInput, _ context: Context) async throws -> CreateAccessPointOutput {
        try check(input.accountID, context)
        guard AccessPointName.isValid(input.name) else { throw AccessPointFault.invalidName }
        if input.scope != nil { throw AccessPointFault.forDirectoryBuckets("Scope") }
        if let vpc = input.vpcConfiguration?.vpcID, !vpc.hasPrefix("vpc-") {
            throw S3Fault.invalidRequest("The VPC id \(vpc) is not valid.")
        }
        let tags = try input.tags.map { try TagRules.check($0, limit: Limit.bucketTags) }
        let record = AccessPointRecord(
            name: input.name, account: context.account, region: context.region, bucket: input.bucket,
            bucketAccount: input.bucketAccountID ?? context.account, vpcID: input.vpcConfiguration?.vpcID,
            publicAccessBlock: input.publicAccessBlockConfiguration.map { PublicAccessBlock($0) } ?? .all,
            alias: AccessPointName.alias(of: input.name), created: context.now, tags: tags)
        try await context.store.write { [s3] transaction in
            guard let bucket = try s3.buckets.record(record.bucket, in: transaction) else {
                throw S3Fault.noSuchBucket(record.bucket)
            }
            guard bucket.account == record.bucketAccount else { throw S3Fault.accessDenied }
            guard bucket.region == record.region else { throw AccessPointFault.otherRegion(bucket: bucket.name) }
            guard try !transaction.contains(record.key) else { throw AccessPointFault.alreadyOwned(record.name) }
            let all = AccessPointRecord.all(account: record.account, region: record.region)
            let count = try transaction.count(all, limit: Limit.accessPoints)
            guard count < Limit.accessPoints else { throw AccessPointFault.tooMany }
            try transaction.put(record.key, record)
            let place = AccessPointPlace(name: record.name, account: record.account, region: record.region)
            try transaction.put(AccessPointRecord.aliasKey(record.alias), place)
            try transaction.put(record.bucketKey, [1])
        }
        return CreateAccessPointOutput(accessPointARN: record.arn, alias: record.alias)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPoint.html
    func getAccessPoint(_ input: AccessPointInput, _ context: Context) async throws -> GetAccessPointOutput {
        let record = try await found(input, context)
        let region = record.region
        return GetAccessPointOutput(
            name: record.name, bucket: record.bucket, networkOrigin: record.networkOrigin,
            vpcConfiguration: record.vpcID.map { ControlShape.VPC(vpcID: $0) },
            publicAccessBlockConfiguration: record.publicAccessBlock.shape, creationDate: record.created, alias: record.alias,
            accessPointARN: record.arn,
            endpoints: [
                "ipv4": "s3-accesspoint.\(region).amazonaws.com", "fips": "s3-accesspoint-fips.\(region).amazonaws.com",
                "fips_dualstack": "s3-accesspoint-fips.dualstack.\(region).amazonaws.com",
                "dualstack": "s3-accesspoint.dualstack.\(region).amazonaws.com",
            ], bucketAccountID: record.bucketAccount)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListAccessPoints.html
    func listAccessPoints(_ input: ListAccessPointsInput, _ context: Context) async throws -> ListAccessPointsOutput {
        try check(input.accountID, context)
        let limit = try Self.pageSize(input.maxResults)
        let all = AccessPointRecord.all(account: context.account, region: context.region)
        let after = try input.nextToken.map { all.appending(.text(try ListingToken.decode($0))) }
        var output = ListAccessPointsOutput()
        var page = try await context.store.read { snapshot in
            var page: [AccessPointRecord] = []
            try snapshot.records(AccessPointRecord.self, all, after: after) { _, record in
                if input.bucket == nil || record.bucket == input.bucket { page.append(record) }
                return page.count <= limit
            }
            return page
        }
        if page.count > limit {
            page.removeLast()
            output.nextToken = page.last.map { ListingToken.encode($0.name) }
        }
        output.accessPointList = page.map { record in
            ControlShape.AccessPoint(
                name: record.name, networkOrigin: record.networkOrigin,
                vpcConfiguration: record.vpcID.map { ControlShape.VPC(vpcID: $0) }, bucket: record.bucket,
                accessPointARN: record.arn, alias: record.alias, bucketAccountID: record.bucketAccount)
        }
        return output
    }

    /// - Throws: ``S3Fault/malformedPolicy(_:)`` for a policy that an access point does not take.
    static func check(policy: String, of arn: String, vendor: String) throws {
        let rules = ResourcePolicyRules(vendor: vendor, bytesMax: PolicyLimit.bucketPolicyBytesMax) { resource in
            resource == arn || resource.hasPrefix("\(arn)/object/") || resource == "\(arn)/*"
        }
        let document: PolicyDocument
        do { document = try rules.check(policy) } catch { throw S3Fault.malformedPolicy(error.bucketMessage) }
        // An Object Lambda access point's actions are of another vendor, and it has objects only.
        if vendor == "s3" { try BucketPolicyRules.checkStatements(of: document) { $0.contains("/object/") } }
    }

    /// Entries of a page of a list.
    /// - Throws: ``S3Fault/invalidArgument(_:name:value:)``
    static func pageSize(_ asked: Int?) throws -> Int {
        let limit = asked ?? Limit.pageSize
        guard (1...Limit.pageSize).contains(limit) else {
            throw S3Fault.invalidArgument(
                "Argument maxResults must be an integer between 1 and 1000", name: "maxResults", value: String(limit))
        }
        return limit
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteAccessPoint.html
    func deleteAccessPoint(_ input: AccessPointInput, _ context: Context) async throws -> Nothing {
        try check(input.accountID, context)
        let key = try Self.key(input, context)
        try await context.store.write { transaction in
            guard let record = try transaction.record(AccessPointRecord.self, key) else {
                throw AccessPointFault.noSuchPoint(input.name)
            }
            try transaction.delete(key)
            try transaction.delete(AccessPointRecord.aliasKey(record.alias))
            try transaction.delete(record.bucketKey)
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutAccessPointPolicy.html
    func putAccessPointPolicy(_ input: PutAccessPointPolicyInput, _ context: Context) async throws -> Nothing {
        let record = try await found(AccessPointInput(accountID: input.accountID, name: input.name), context)
        try Self.check(policy: input.policy, of: record.arn, vendor: "s3")
        let policy = try await context.store.write { try BucketPolicyRules.bound(input.policy, in: $0) }
        let isPublic = PublicPolicy.isPublic(input.policy) && record.vpcID == nil
        if isPublic {
            let account = try await s3.accounts.current(record.account, in: context.store).publicAccessBlock ?? .none
            guard !record.publicAccessBlock.joined(account).blockPublicPolicy else { throw S3Fault.accessDenied }
        }
        try await change(record, context) { ($0.policy, $0.isPolicyPublic) = (policy, isPublic) }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicy.html
    func getAccessPointPolicy(_ input: AccessPointInput, _ context: Context) async throws -> GetAccessPointPolicyOutput {
        let record = try await found(input, context)
        guard let policy = record.policy else { throw AccessPointFault.noPolicy(record.name) }
        return GetAccessPointPolicyOutput(policy: try await context.store.shown(policy: policy))
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteAccessPointPolicy.html
    func deleteAccessPointPolicy(_ input: AccessPointInput, _ context: Context) async throws -> Nothing {
        let record = try await found(input, context)
        try await change(record, context) { ($0.policy, $0.isPolicyPublic) = (nil, nil) }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicyStatus.html
    func getAccessPointPolicyStatus(_ input: AccessPointInput, _ context: Context) async throws
        -> GetAccessPointPolicyStatusOutput
    {
        let record = try await found(input, context)
        guard record.policy != nil else { throw AccessPointFault.noPolicy(record.name) }
        return GetAccessPointPolicyStatusOutput(policyStatus: Shape.PolicyStatus(isPublic: record.isPolicyPublic ?? false))
    }

    private func found(_ input: AccessPointInput, _ context: Context) async throws -> AccessPointRecord {
        try check(input.accountID, context)
        let key = try Self.key(input, context)
        guard let record = try await context.store.read({ try $0.record(AccessPointRecord.self, key) }) else {
            throw AccessPointFault.noSuchPoint(input.name)
        }
        return record
    }

    private func change(
        _ record: AccessPointRecord, _ context: Context, _ body: @escaping @Sendable (inout AccessPointRecord) -> Void
    ) async throws {
        try await context.store.write { transaction in
            guard var present = try transaction.record(AccessPointRecord.self, record.key) else {
                throw AccessPointFault.noSuchPoint(record.name)
            }
            body(&present)
            try transaction.put(present.key, present)
        }
    }

    private static func key(_ input: AccessPointInput, _ context: Context) throws -> Key {
        guard input.name.hasPrefix("arn:") else {
            return AccessPointRecord.key(input.name, account: context.account, region: context.region)
        }
        guard case .place(let name, let account, let region)? = try AccessPointReference(input.name), account == context.account
        else { throw AccessPointFault.invalid }
        return AccessPointRecord.key(name, account: account, region: region)
    }
}
