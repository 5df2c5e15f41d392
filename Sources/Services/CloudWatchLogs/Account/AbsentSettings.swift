import Documents
import Kernel
import Store

/// Settings that cannot be made here, so there are none: tools that look find nothing, and making one refuses.
extension CloudWatchLogsService {
    func registerAbsent(in operations: inout Operations) {
        operations.on("ListLogAnomalyDetectors", noDetectors)
        operations.on("DescribeDeliveries", noDeliveries)
        operations.on("DescribeDeliverySources", noDeliverySources)
        operations.on("DescribeDeliveryDestinations", noDeliveryDestinations)
        operations.on("DescribeFieldIndexes", noFieldIndexes)
    }

    static let absentOfAccount = [
        "ListLogAnomalyDetectors", "DescribeDeliveries", "DescribeDeliverySources",
        "DescribeDeliveryDestinations",
    ]

    struct Detectors: Encodable, Sendable { var anomalyDetectors: [Document] = [] }
    func noDetectors(_ input: Nothing, _ context: Context) async throws -> Detectors { Detectors() }

    struct Deliveries: Encodable, Sendable { var deliveries: [Document] = [] }
    func noDeliveries(_ input: Nothing, _ context: Context) async throws -> Deliveries { Deliveries() }

    struct DeliverySources: Encodable, Sendable { var deliverySources: [Document] = [] }
    func noDeliverySources(_ input: Nothing, _ context: Context) async throws -> DeliverySources { DeliverySources() }

    struct DeliveryDestinations: Encodable, Sendable { var deliveryDestinations: [Document] = [] }
    func noDeliveryDestinations(_ input: Nothing, _ context: Context) async throws -> DeliveryDestinations {
        DeliveryDestinations()
    }

    struct GroupsInput: Decodable, Sendable { var logGroupIdentifiers: [String] }

    private func demand(_ groups: [String], _ context: Context) async throws {
        try await context.store.read { snapshot in for group in groups { _ = try snapshot.group(nil, group, context) } }
    }

    struct FieldIndexes: Encodable, Sendable { var fieldIndexes: [Document] = [] }
    func noFieldIndexes(_ input: GroupsInput, _ context: Context) async throws -> FieldIndexes {
        try await demand(input.logGroupIdentifiers, context)
        return FieldIndexes()
    }
}
