import Documents
import Kernel

/// What there would be of CloudTrail Lake, its channels and its dashboards: none can be made here, so lists are empty and
/// nothing that is asked for by name is found. Making one is refused (NotImplemented).
extension CloudTrailService {
    private struct Store: Decodable, Sendable { var EventDataStore: String }
    private struct Channel: Decodable, Sendable { var Channel: String }
    private struct Dashboard: Decodable, Sendable { var DashboardId: String }
    private struct Import: Decodable, Sendable { var ImportId: String }
    private struct Query: Decodable, Sendable { var QueryId: String }
    private struct Resource: Decodable, Sendable { var ResourceArn: String }

    /// With the member that is the list.
    static let lakeLists: KeyValuePairs = [
        "ListEventDataStores": "EventDataStores", "ListChannels": "Channels", "ListImports": "Imports",
        "ListDashboards": "Dashboards",
    ]
    /// With the member that names the resource.
    static let lakeReads = [
        ("GetEventDataStore", "EventDataStore"), ("ListQueries", "EventDataStore"), ("DeleteEventDataStore", "EventDataStore"),
        ("GetChannel", "Channel"), ("DeleteChannel", "Channel"), ("GetDashboard", "DashboardId"),
        ("DeleteDashboard", "DashboardId"), ("GetImport", "ImportId"), ("GetQueryResults", "QueryId"),
        ("CancelQuery", "QueryId"), ("GetResourcePolicy", "ResourceArn"), ("DeleteResourcePolicy", "ResourceArn"),
    ]

    func registerLake(in operations: inout Operations) {
        for (name, member) in Self.lakeLists {
            operations.on(name) { (_: Nothing, _) -> Document in [member: []] }
        }
        for name in ["GetEventDataStore", "ListQueries", "DeleteEventDataStore"] {
            operations.on(name) { (input: Store, _) -> Nothing in throw CloudTrailFault.storeNotFound(input.EventDataStore) }
        }
        for name in ["GetChannel", "DeleteChannel"] {
            operations.on(name) { (input: Channel, _) -> Nothing in throw CloudTrailFault.channelNotFound(input.Channel) }
        }
        for name in ["GetDashboard", "DeleteDashboard"] {
            operations.on(name) { (input: Dashboard, _) -> Nothing in throw CloudTrailFault.resourceNotFound(input.DashboardId) }
        }
        operations.on("GetImport") { (input: Import, _) -> Nothing in throw CloudTrailFault.importNotFound(input.ImportId) }
        for name in ["GetQueryResults", "CancelQuery"] {
            operations.on(name) { (input: Query, _) -> Nothing in throw CloudTrailFault.queryNotFound(input.QueryId) }
        }
        for name in ["GetResourcePolicy", "DeleteResourcePolicy"] {
            operations.on(name) { (input: Resource, _) -> Nothing in throw CloudTrailFault.resourceNotFound(input.ResourceArn) }
        }
    }
}
