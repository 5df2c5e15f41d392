import Documents
import Kernel
import Store

/// Which Regions of a multi-Region access point take requests
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/MrapFailover.html).
extension S3ControlService {
    func registerMultiRegionRoutes(in operations: inout Operations) {
        operations.on("GetMultiRegionAccessPointRoutes", getMultiRegionRoutes)
        operations.on("SubmitMultiRegionAccessPointRoutes", submitMultiRegionRoutes)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetMultiRegionAccessPointRoutes.html
    func getMultiRegionRoutes(_ input: RoutesInput, _ context: Context) async throws -> RoutesOutput {
        try MultiRegionRules.checkHome(context, or: MultiRegionRules.routeRegions)
        try check(input.accountID, context)
        let record = try await context.store.read { try Self.record(input.mrap, context, in: $0) }
        return RoutesOutput(
            mrap: record.arn,
            routes: record.routes.map { .init(bucket: $0.bucket, region: $0.region, trafficDialPercentage: $0.dial) })
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_SubmitMultiRegionAccessPointRoutes.html
    func submitMultiRegionRoutes(_ input: SubmitRoutesInput, _ context: Context) async throws -> Nothing {
        try MultiRegionRules.checkHome(context, or: MultiRegionRules.routeRegions)
        try check(input.accountID, context)
        try await context.store.write { transaction in
            var record = try Self.record(input.mrap, context, in: transaction)
            guard record.status == .ready else { throw MultiRegionFault.notReady }
            for update in input.routeUpdates {
                guard update.trafficDialPercentage == 0 || update.trafficDialPercentage == 100 else {
                    throw MultiRegionFault.invalidDial
                }
                let place = record.routes.firstIndex { route in
                    (update.bucket != nil || update.region != nil) && update.bucket ?? route.bucket == route.bucket
                        && update.region ?? route.region == route.region
                }
                guard let place else { throw MultiRegionFault.unknownRoute(update.bucket ?? update.region ?? "nowhere") }
                record.routes[place].dial = update.trafficDialPercentage
            }
            guard record.routes.contains(where: { $0.dial > 0 }) else { throw MultiRegionFault.noActiveRoute }
            try transaction.put(record.key, record)
        }
        return Nothing()
    }

    /// - Parameter text: the access point's ARN or alias.
    private static func record(_ text: String, _ context: Context, in snapshot: any Snapshot) throws -> MultiRegionRecord {
        guard case .multiRegion(let alias, let account)? = try AccessPointReference(text) else {
            throw MultiRegionFault.noSuchPoint(text)
        }
        guard account == nil || account == context.account,
            let place = try snapshot.record(AccessPointPlace.self, MultiRegionRecord.aliasKey(alias)),
            place.account == context.account,
            let record = try snapshot.record(
                MultiRegionRecord.self, MultiRegionRecord.key(place.name, account: place.account))
        else { throw MultiRegionFault.noSuchPoint(text) }
        return record
    }
}
