import Documents
import Kernel
import Store

extension S3ControlService {
    func registerObjectLambda(in operations: inout Operations) {
        operations.on("CreateAccessPointForObjectLambda", createObjectLambda)
        operations.on("GetAccessPointForObjectLambda", getObjectLambda)
        operations.on("ListAccessPointsForObjectLambda", listObjectLambda)
        operations.on("DeleteAccessPointForObjectLambda", deleteObjectLambda)
        operations.on("PutAccessPointConfigurationForObjectLambda", putObjectLambdaConfiguration)
        operations.on("GetAccessPointConfigurationForObjectLambda", getObjectLambdaConfiguration)
        operations.on("PutAccessPointPolicyForObjectLambda", putObjectLambdaPolicy)
        operations.on("GetAccessPointPolicyForObjectLambda", getObjectLambdaPolicy)
        operations.on("DeleteAccessPointPolicyForObjectLambda", deleteObjectLambdaPolicy)
        operations.on("GetAccessPointPolicyStatusForObjectLambda", getObjectLambdaPolicyStatus)
    }

    var objectLambdaActions: ActionMap {
        let names = [
            "GetAccessPoint", "DeleteAccessPoint", "PutAccessPointConfiguration", "GetAccessPointConfiguration",
            "PutAccessPointPolicy", "GetAccessPointPolicy", "DeleteAccessPointPolicy", "GetAccessPointPolicyStatus",
        ]
        var map: ActionMap = [
            "ListAccessPointsForObjectLambda": { _, _ in [Permission("s3:ListAccessPointsForObjectLambda", on: "*")] },
            "CreateAccessPointForObjectLambda": { input, context in
                var permission = Self.onObjectLambda("s3:CreateAccessPointForObjectLambda", input, context)
                permission.isCreation = true
                return [permission]
            },
        ]
        for name in names {
            map["\(name)ForObjectLambda"] = { [Self.onObjectLambda("s3:\(name)ForObjectLambda", $0, $1)] }
        }
        return map
    }

    private static func onObjectLambda(_ action: String, _ input: Document, _ context: Context) -> Permission {
        let account = input["AccountId"]?.string ?? context.account
        let name = input["Name"]?.string ?? ""
        let arn = name.hasPrefix("arn:") ? name : ObjectLambdaRecord.arn(name, account: account, region: context.region)
        return Permission(
            action, on: arn, conditions: ["s3:DataAccessPointAccount": [account], "s3:DataAccessPointArn": [arn]])
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateAccessPointForObjectLambda.html
    func createObjectLambda(_ input: ObjectLambdaConfigurationInput, _ context: Context) async throws
        -> CreateObjectLambdaOutput
    {
        try check(input.accountID, context)
        guard ObjectLambdaRules.isValid(name: input.name) else { throw ObjectLambdaFault.invalidName }
        let place = try ObjectLambdaRules.supportingPoint(input.configuration, context)
        let record = ObjectLambdaRecord(
            name: input.name, account: context.account, region: context.region,
            alias: AccessPointName.alias(of: input.name, suffix: AccessPointName.objectLambdaSuffix), created: context.now,
            supportingPoint: AccessPointRecord.arn(place.name, account: place.account, region: place.region),
            transformations: try ObjectLambdaRules.transformations(input.configuration),
            allowedFeatures: try ObjectLambdaRules.features(input.configuration),
            hasMetrics: input.configuration.cloudWatchMetricsEnabled ?? false)
        try await context.store.write { transaction in
            guard try !transaction.contains(record.key) else { throw ObjectLambdaFault.alreadyOwned(record.name) }
            try Self.demand(place, in: transaction)
            let all = ObjectLambdaRecord.all(account: record.account, region: record.region)
            let count = try transaction.count(all, limit: Limit.objectLambdaPoints)
            guard count < Limit.objectLambdaPoints else { throw ObjectLambdaFault.tooMany }
            try transaction.put(record.key, record)
            let own = AccessPointPlace(name: record.name, account: record.account, region: record.region)
            try transaction.put(ObjectLambdaRecord.aliasKey(record.alias), own)
        }
        return CreateObjectLambdaOutput(arn: record.arn, alias: .init(value: record.alias))
    }

    private static func demand(_ place: AccessPointPlace, in snapshot: some Snapshot) throws {
        let key = AccessPointRecord.key(place.name, account: place.account, region: place.region)
        guard try snapshot.contains(key) else { throw AccessPointFault.noSuchPoint(place.name) }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointForObjectLambda.html
    func getObjectLambda(_ input: AccessPointInput, _ context: Context) async throws -> GetObjectLambdaOutput {
        let record = try await foundObjectLambda(input, context)
        return GetObjectLambdaOutput(
            name: record.name, publicAccessBlockConfiguration: PublicAccessBlock.all.shape, creationDate: record.created,
            alias: .init(value: record.alias))
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListAccessPointsForObjectLambda.html
    func listObjectLambda(_ input: ListObjectLambdaInput, _ context: Context) async throws -> ListObjectLambdaOutput {
        try check(input.accountID, context)
        let limit = try Self.pageSize(input.maxResults)
        let all = ObjectLambdaRecord.all(account: context.account, region: context.region)
        let after = try input.nextToken.map { all.appending(.text(try ListingToken.decode($0))) }
        var page = try await context.store.read { snapshot in
            try snapshot.all(ObjectLambdaRecord.self, all, after: after, limit: limit + 1)
        }
        var output = ListObjectLambdaOutput()
        if page.count > limit {
            page.removeLast()
            output.nextToken = page.last.map { ListingToken.encode($0.name) }
        }
        output.points = page.map { .init(name: $0.name, arn: $0.arn, alias: .init(value: $0.alias)) }
        return output
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteAccessPointForObjectLambda.html
    func deleteObjectLambda(_ input: AccessPointInput, _ context: Context) async throws -> Nothing {
        try check(input.accountID, context)
        let key = try Self.objectLambdaKey(input, context)
        try await context.store.write { transaction in
            guard let record = try transaction.record(ObjectLambdaRecord.self, key) else {
                throw ObjectLambdaFault.noSuchPoint(input.name)
            }
            try transaction.delete(key)
            try transaction.delete(ObjectLambdaRecord.aliasKey(record.alias))
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutAccessPointConfigurationForObjectLambda.html
    func putObjectLambdaConfiguration(_ input: ObjectLambdaConfigurationInput, _ context: Context) async throws -> Nothing {
        try check(input.accountID, context)
        let place = try ObjectLambdaRules.supportingPoint(input.configuration, context)
        let transformations = try ObjectLambdaRules.transformations(input.configuration)
        let features = try ObjectLambdaRules.features(input.configuration)
        try await changeObjectLambda(AccessPointInput(accountID: input.accountID, name: input.name), context) {
            record, snapshot in
            try Self.demand(place, in: snapshot)
            record.supportingPoint = AccessPointRecord.arn(place.name, account: place.account, region: place.region)
            (record.transformations, record.allowedFeatures) = (transformations, features)
            record.hasMetrics = input.configuration.cloudWatchMetricsEnabled ?? false
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointConfigurationForObjectLambda.html
    func getObjectLambdaConfiguration(_ input: AccessPointInput, _ context: Context) async throws
        -> GetObjectLambdaConfigurationOutput
    {
        let record = try await foundObjectLambda(input, context)
        return GetObjectLambdaConfigurationOutput(
            configuration: .init(
                supportingAccessPoint: record.supportingPoint, cloudWatchMetricsEnabled: record.hasMetrics,
                allowedFeatures: record.allowedFeatures,
                transformationConfigurations: record.transformations.map { entry in
                    .init(
                        actions: entry.actions,
                        contentTransformation: .init(
                            awsLambda: .init(functionARN: entry.functionARN, functionPayload: entry.payload)))
                }))
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutAccessPointPolicyForObjectLambda.html
    func putObjectLambdaPolicy(_ input: PutAccessPointPolicyInput, _ context: Context) async throws -> Nothing {
        let place = AccessPointInput(accountID: input.accountID, name: input.name)
        let arn = try await foundObjectLambda(place, context).arn
        try Self.check(policy: input.policy, of: arn, vendor: "s3-object-lambda")
        let policy = try await context.store.write { try BucketPolicyRules.bound(input.policy, in: $0) }
        // Public access to these access points is always blocked.
        guard !PublicPolicy.isPublic(input.policy) else { throw S3Fault.accessDenied }
        try await changeObjectLambda(place, context) { record, _ in record.policy = policy }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicyForObjectLambda.html
    func getObjectLambdaPolicy(_ input: AccessPointInput, _ context: Context) async throws -> GetAccessPointPolicyOutput {
        let record = try await foundObjectLambda(input, context)
        guard let policy = record.policy else { throw ObjectLambdaFault.noPolicy(record.name) }
        return GetAccessPointPolicyOutput(policy: try await context.store.shown(policy: policy))
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteAccessPointPolicyForObjectLambda.html
    func deleteObjectLambdaPolicy(_ input: AccessPointInput, _ context: Context) async throws -> Nothing {
        try check(input.accountID, context)
        try await changeObjectLambda(input, context) { record, _ in record.policy = nil }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicyStatusForObjectLambda.html
    func getObjectLambdaPolicyStatus(_ input: AccessPointInput, _ context: Context) async throws
        -> GetAccessPointPolicyStatusOutput
    {
        let record = try await foundObjectLambda(input, context)
        guard record.policy != nil else { throw ObjectLambdaFault.noPolicy(record.name) }
        return GetAccessPointPolicyStatusOutput(policyStatus: Shape.PolicyStatus(isPublic: false))
    }

    private func foundObjectLambda(_ input: AccessPointInput, _ context: Context) async throws -> ObjectLambdaRecord {
        try check(input.accountID, context)
        let key = try Self.objectLambdaKey(input, context)
        guard let record = try await context.store.read({ try $0.record(ObjectLambdaRecord.self, key) }) else {
            throw ObjectLambdaFault.noSuchPoint(input.name)
        }
        return record
    }

    private func changeObjectLambda(
        _ input: AccessPointInput, _ context: Context,
        _ body: @escaping @Sendable (inout ObjectLambdaRecord, any Transaction) throws -> Void
    ) async throws {
        let key = try Self.objectLambdaKey(input, context)
        try await context.store.write { transaction in
            guard var present = try transaction.record(ObjectLambdaRecord.self, key) else {
                throw ObjectLambdaFault.noSuchPoint(input.name)
            }
            try body(&present, transaction)
            try transaction.put(key, present)
        }
    }

    private static func objectLambdaKey(_ input: AccessPointInput, _ context: Context) throws -> Key {
        guard input.name.hasPrefix("arn:") else {
            return ObjectLambdaRecord.key(input.name, account: context.account, region: context.region)
        }
        guard case .objectLambda(let name, let account, let region)? = try AccessPointReference(input.name),
            account == context.account
        else { throw AccessPointFault.invalid }
        return ObjectLambdaRecord.key(name, account: account, region: region)
    }
}
