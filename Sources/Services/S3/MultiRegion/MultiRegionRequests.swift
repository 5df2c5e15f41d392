import Documents
import Kernel
import Store

/// The requests that answer with a token and are carried out afterwards.
extension S3ControlService {
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateMultiRegionAccessPoint.html
    func createMultiRegion(_ input: AsyncInput<ControlShape.CreateMultiRegion>, _ context: Context) async throws -> AsyncOutput {
        let details = input.details
        guard AccessPointName.isValid(details.name) else { throw MultiRegionFault.invalidName }
        guard !details.regions.isEmpty, details.regions.count <= Limit.multiRegionBuckets,
            Set(details.regions.map(\.bucket)).count == details.regions.count
        else { throw S3Fault.malformedXML }
        return try await begin(input, context) { transaction, request in
            let key = MultiRegionRecord.key(details.name, account: request.account)
            guard try !transaction.contains(key) else { throw MultiRegionFault.alreadyOwned }
            let count = try transaction.count(MultiRegionRecord.all(account: request.account), limit: Limit.multiRegionPoints)
            guard count < Limit.multiRegionPoints else { throw MultiRegionFault.tooMany }
            let record = MultiRegionRecord(
                name: details.name, account: request.account, alias: MultiRegionRecord.freshAlias(), created: request.created,
                status: .creating, publicAccessBlock: details.publicAccessBlock.map { PublicAccessBlock($0) } ?? .all, routes: [])
            try transaction.put(key, record)
        }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteMultiRegionAccessPoint.html
    func deleteMultiRegion(_ input: AsyncInput<ControlShape.DeleteMultiRegion>, _ context: Context) async throws -> AsyncOutput {
        let name = input.details.name
        return try await begin(input, context) { transaction, request in
            let key = MultiRegionRecord.key(name, account: request.account)
            guard var record = try transaction.record(MultiRegionRecord.self, key) else {
                throw MultiRegionFault.noSuchPoint(name)
            }
            guard record.status != .deleting else { throw MultiRegionFault.modifiedByAnother }
            guard record.status == .ready else { throw MultiRegionFault.notReady }
            record.status = .deleting
            try transaction.put(key, record)
        }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutMultiRegionAccessPointPolicy.html
    func putMultiRegionPolicy(_ input: AsyncInput<ControlShape.PutMultiRegionPolicy>, _ context: Context) async throws
        -> AsyncOutput
    {
        let details = input.details
        return try await begin(input, context) { transaction, request in
            let key = MultiRegionRecord.key(details.name, account: request.account)
            guard var record = try transaction.record(MultiRegionRecord.self, key) else {
                throw MultiRegionFault.noSuchPoint(details.name)
            }
            guard record.status == .ready else { throw MultiRegionFault.notReady }
            try Self.check(policy: details.policy, of: record.arn, vendor: "s3")
            record.proposedPolicy = try BucketPolicyRules.bound(details.policy, in: transaction)
            try transaction.put(key, record)
        }
    }

    /// Takes a request in: the first of its client token. `prepare` runs in the transaction that writes it down.
    private func begin<Details: Codable & Sendable>(
        _ input: AsyncInput<Details>, _ context: Context,
        _ prepare: @escaping @Sendable (any Transaction, AsyncRequestRecord) throws -> Void
    ) async throws -> AsyncOutput {
        try MultiRegionRules.checkHome(context)
        try check(input.accountID, context)
        let details = try DocumentEncoder().encode(input.details)
        let request = AsyncRequestRecord(
            id: Identifier.uuid(), account: context.account, operation: context.operation, details: details,
            created: context.now, requestID: context.requestID, status: "INPROGRESS")
        let fingerprint = "\(context.operation) \(JSON.text(details))"
        let tokenKey = AsyncRequestRecord.tokenKey(input.clientToken, account: context.account)
        let platform = context.platform
        let arn = try await context.store.write { transaction in
            if let known = try transaction.record(AsyncRequestPlace.self, tokenKey) {
                guard known.fingerprint == fingerprint else { throw MultiRegionFault.otherDetails }
                if let first = try transaction.record(
                    AsyncRequestRecord.self, AsyncRequestRecord.key(known.id, account: request.account))
                {
                    return first.arn
                }
            }
            try prepare(transaction, request)
            try transaction.put(request.key, request)
            try transaction.put(tokenKey, AsyncRequestPlace(id: request.id, fingerprint: fingerprint))
            let payload: Document = ["account": .string(request.account), "id": .string(request.id)]
            try transaction.enqueue(
                Delivery(
                    id: request.id, lane: "s3 multi-region \(request.account)", service: Self.id, name: "multi-Region request",
                    payload: payload, created: request.created, expires: request.created + Limit.asyncRequestLifetime),
                on: platform)
            try transaction.schedule(
                TimerRecord(
                    id: "async request \(request.id)", service: Self.id, name: "forget multi-Region request",
                    due: request.created + Limit.asyncRequestRetention,
                    payload: [
                        "account": .string(request.account), "id": .string(request.id), "token": .string(input.clientToken),
                    ]),
                on: platform)
            return request.arn
        }
        return AsyncOutput(requestTokenARN: arn)
    }

    /// Carries a request out, once: what it did and that it is done are written together.
    func carryOut(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let account = delivery.payload["account"]?.string, let id = delivery.payload["id"]?.string else {
            throw GiveUp("not a multi-Region request")
        }
        let key = AsyncRequestRecord.key(id, account: account)
        let block = try await s3.accounts.current(account, in: platform.store).publicAccessBlock ?? .none
        try await platform.store.write { [s3] transaction in
            guard var request = try transaction.record(AsyncRequestRecord.self, key), request.status == "INPROGRESS" else {
                return
            }
            do {
                request.regions = try Self.carryOut(request, s3, accountBlock: block, in: transaction)
                request.status = "SUCCEEDED"
            } catch let fault as any Fault {
                request.status = "FAILED"
                request.failure = .init(code: fault.wire.code, message: fault.wire.message)
            }
            try transaction.put(key, request)
        }
    }

    /// - Returns: the Regions that it was done in.
    private static func carryOut(
        _ request: AsyncRequestRecord, _ s3: S3Service, accountBlock: PublicAccessBlock, in transaction: any Transaction
    ) throws -> [String] {
        let name = request.details["Name"]?.string ?? ""
        let key = MultiRegionRecord.key(name, account: request.account)
        guard var record = try transaction.record(MultiRegionRecord.self, key) else { throw MultiRegionFault.noSuchPoint(name) }
        let regions = record.routes.map(\.region)
        switch request.operation {
        case "CreateMultiRegionAccessPoint":
            do { record.routes = try routes(request, s3, in: transaction) } catch {
                try transaction.delete(key)
                throw error
            }
            record.status = .ready
            try transaction.put(key, record)
            let place = AccessPointPlace(name: record.name, account: record.account, region: "")
            try transaction.put(MultiRegionRecord.aliasKey(record.alias), place)
            return record.routes.map(\.region)
        case "DeleteMultiRegionAccessPoint":
            try transaction.delete(key)
            try transaction.delete(MultiRegionRecord.aliasKey(record.alias))
        default:
            let policy = request.details["Policy"]?.string ?? ""
            let isPublic = PublicPolicy.isPublic(policy)
            guard !isPublic || !record.publicAccessBlock.joined(accountBlock).blockPublicPolicy else {
                throw S3Fault.accessDenied
            }
            (record.policy, record.isPolicyPublic) = (try NamedPrincipals.bound(policy, in: transaction), isPublic)
            try transaction.put(key, record)
        }
        return regions
    }

    private static func routes(_ request: AsyncRequestRecord, _ s3: S3Service, in snapshot: any Snapshot) throws
        -> [MultiRegionRecord.Route]
    {
        var routes: [MultiRegionRecord.Route] = []
        for entry in request.details["Regions"]?.list ?? [] {
            let name = entry["Bucket"]?.string ?? ""
            guard let bucket = try s3.buckets.record(name, in: snapshot) else { throw S3Fault.noSuchBucket(name) }
            guard bucket.account == entry["BucketAccountId"]?.string ?? request.account else { throw S3Fault.accessDenied }
            guard !routes.contains(where: { $0.region == bucket.region }) else { throw MultiRegionFault.sameRegion }
            routes.append(.init(bucket: name, bucketAccount: bucket.account, region: bucket.region, dial: 100))
        }
        return routes
    }

    func forgetRequest(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let account = timer.payload["account"]?.string, let id = timer.payload["id"]?.string,
            let token = timer.payload["token"]?.string
        else { return }
        try await platform.store.write { transaction in
            try transaction.delete(AsyncRequestRecord.key(id, account: account))
            try transaction.delete(AsyncRequestRecord.tokenKey(token, account: account))
        }
    }
}
