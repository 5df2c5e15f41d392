import Documents
import Kernel
import Store

extension S3ControlService {
    func registerMultiRegion(in operations: inout Operations) {
        operations.on("CreateMultiRegionAccessPoint", createMultiRegion)
        operations.on("DeleteMultiRegionAccessPoint", deleteMultiRegion)
        operations.on("PutMultiRegionAccessPointPolicy", putMultiRegionPolicy)
        operations.on("DescribeMultiRegionAccessPointOperation", describeMultiRegionOperation)
        operations.on("GetMultiRegionAccessPoint", getMultiRegion)
        operations.on("ListMultiRegionAccessPoints", listMultiRegion)
        operations.on("GetMultiRegionAccessPointPolicy", getMultiRegionPolicy)
        operations.on("GetMultiRegionAccessPointPolicyStatus", getMultiRegionPolicyStatus)
        operations.delivery("multi-Region request", carryOut)
        operations.timer("forget multi-Region request", forgetRequest)
    }

    var multiRegionActions: ActionMap {
        [
            "CreateMultiRegionAccessPoint": { input, context in
                var permission = try await Self.onPoint("s3:CreateMultiRegionAccessPoint", input["Details"]?["Name"], context)
                permission.isCreation = true
                return [permission]
            },
            "DeleteMultiRegionAccessPoint": named("s3:DeleteMultiRegionAccessPoint", inDetails: true),
            "PutMultiRegionAccessPointPolicy": named("s3:PutMultiRegionAccessPointPolicy", inDetails: true),
            "GetMultiRegionAccessPoint": named("s3:GetMultiRegionAccessPoint"),
            "GetMultiRegionAccessPointPolicy": named("s3:GetMultiRegionAccessPointPolicy"),
            "GetMultiRegionAccessPointPolicyStatus": named("s3:GetMultiRegionAccessPointPolicyStatus"),
            "GetMultiRegionAccessPointRoutes": routed("s3:GetMultiRegionAccessPointRoutes"),
            "SubmitMultiRegionAccessPointRoutes": routed("s3:SubmitMultiRegionAccessPointRoutes"),
            "ListMultiRegionAccessPoints": { _, _ in [Permission("s3:ListMultiRegionAccessPoints", on: "*")] },
            "DescribeMultiRegionAccessPointOperation": { input, _ in
                [Permission("s3:DescribeMultiRegionAccessPointOperation", on: input["RequestTokenARN"]?.string ?? "*")]
            },
        ]
    }

    private typealias Rule = @Sendable (Document, Context) async throws -> [Permission]

    private func named(_ action: String, inDetails: Bool = false) -> Rule {
        { input, context in [try await Self.onPoint(action, inDetails ? input["Details"]?["Name"] : input["Name"], context)] }
    }

    private func routed(_ action: String) -> Rule {
        { input, context in
            let point = input["Mrap"]?.string ?? "*"
            return [
                Permission(action, on: point.hasPrefix("arn:") ? point : MultiRegionRecord.arn(point, account: context.account))
            ]
        }
    }

    /// Policies know an access point by its alias; before it has one, by its name.
    private static func onPoint(_ action: String, _ name: Document?, _ context: Context) async throws -> Permission {
        let name = name?.string ?? "*"
        let plain = MultiRegionRecord.arn(name, account: context.account)
        let key = MultiRegionRecord.key(name, account: context.account)
        guard let record = try await context.store.read({ try $0.record(MultiRegionRecord.self, key) }) else {
            return Permission(action, on: plain)
        }
        return Permission(action, on: record.arn, spelledAlso: [plain])
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DescribeMultiRegionAccessPointOperation.html
    func describeMultiRegionOperation(_ input: DescribeAsyncInput, _ context: Context) async throws -> DescribeAsyncOutput {
        try MultiRegionRules.checkHome(context)
        try check(input.accountID, context)
        guard let place = AsyncRequestRecord.place(input.requestTokenARN), place.account == context.account else {
            throw MultiRegionFault.noSuchRequest
        }
        let key = AsyncRequestRecord.key(place.id, account: place.account)
        let found = try await context.store.read { try $0.record(AsyncRequestRecord.self, key) }
        guard let request = found, request.arn == input.requestTokenARN else { throw MultiRegionFault.noSuchRequest }
        var parameters = DescribeAsyncOutput.Parameters()
        let decoder = DocumentDecoder()
        switch request.operation {
        case "CreateMultiRegionAccessPoint":
            parameters.create = try decoder.decode(ControlShape.CreateMultiRegion.self, from: request.details)
        case "DeleteMultiRegionAccessPoint":
            parameters.delete = try decoder.decode(ControlShape.DeleteMultiRegion.self, from: request.details)
        default: parameters.putPolicy = try decoder.decode(ControlShape.PutMultiRegionPolicy.self, from: request.details)
        }
        var details = DescribeAsyncOutput.Details()
        if !request.regions.isEmpty {
            details.regions = .init(regions: request.regions.map { .init(name: $0, requestStatus: request.status) })
        }
        details.failure = request.failure.map {
            .init(
                code: $0.code, message: $0.message, resource: request.details["Name"]?.string ?? "", requestID: request.requestID)
        }
        return DescribeAsyncOutput(
            operation: .init(
                creationTime: request.created, operation: request.operation, requestTokenARN: request.arn,
                requestParameters: parameters, requestStatus: request.status, responseDetails: details))
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetMultiRegionAccessPoint.html
    func getMultiRegion(_ input: AccessPointInput, _ context: Context) async throws -> GetMultiRegionOutput {
        GetMultiRegionOutput(accessPoint: .init(try await foundMultiRegion(input, context)))
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListMultiRegionAccessPoints.html
    func listMultiRegion(_ input: ListObjectLambdaInput, _ context: Context) async throws -> ListMultiRegionOutput {
        try MultiRegionRules.checkHome(context)
        try check(input.accountID, context)
        let limit = try Self.pageSize(input.maxResults)
        let all = MultiRegionRecord.all(account: context.account)
        let after = try input.nextToken.map { all.appending(.text(try ListingToken.decode($0))) }
        var page = try await context.store.read { snapshot in
            try snapshot.all(MultiRegionRecord.self, all, after: after, limit: limit + 1)
        }
        var output = ListMultiRegionOutput()
        if page.count > limit {
            page.removeLast()
            output.nextToken = page.last.map { ListingToken.encode($0.name) }
        }
        output.accessPoints = page.map { .init($0) }
        return output
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetMultiRegionAccessPointPolicy.html
    func getMultiRegionPolicy(_ input: AccessPointInput, _ context: Context) async throws -> MultiRegionPolicyOutput {
        let record = try await foundMultiRegion(input, context)
        let (established, proposed) = try await context.store.read { snapshot in
            (
                try record.policy.map { try NamedPrincipals.shown($0, in: snapshot) },
                try record.proposedPolicy.map { try NamedPrincipals.shown($0, in: snapshot) }
            )
        }
        return MultiRegionPolicyOutput(
            policy: .init(established: established.map { .init(policy: $0) }, proposed: proposed.map { .init(policy: $0) }))
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetMultiRegionAccessPointPolicyStatus.html
    func getMultiRegionPolicyStatus(_ input: AccessPointInput, _ context: Context) async throws
        -> MultiRegionPolicyStatusOutput
    {
        let record = try await foundMultiRegion(input, context)
        return MultiRegionPolicyStatusOutput(established: Shape.PolicyStatus(isPublic: record.isPolicyPublic ?? false))
    }

    private func foundMultiRegion(_ input: AccessPointInput, _ context: Context) async throws -> MultiRegionRecord {
        try MultiRegionRules.checkHome(context)
        try check(input.accountID, context)
        let key = MultiRegionRecord.key(input.name, account: context.account)
        guard let record = try await context.store.read({ try $0.record(MultiRegionRecord.self, key) }) else {
            throw MultiRegionFault.noSuchPoint(input.name)
        }
        return record
    }
}
