import Documents
import Kernel

/// Global endpoints and partner event sources cannot be made here, so there are none: tools that look find no one, and
/// making one refuses.
extension EventBridgeService {
    struct EndpointList: Encodable, Sendable { var Endpoints: [Document] = [] }
    struct EventSourceList: Encodable, Sendable { var EventSources: [Document] = [] }
    struct PartnerSourceList: Encodable, Sendable { var PartnerEventSources: [Document] = [] }
    struct AbsentName: Decodable, Sendable { var Name: String }

    func listEndpoints(_ input: Nothing, _ context: Context) async throws -> EndpointList { EndpointList() }

    func describeEndpoint(_ input: AbsentName, _ context: Context) async throws -> Nothing {
        throw EventsFault.resourceNotFound("Endpoint \(input.Name)")
    }

    func listEventSources(_ input: Nothing, _ context: Context) async throws -> EventSourceList { EventSourceList() }

    func describeEventSource(_ input: AbsentName, _ context: Context) async throws -> Nothing {
        throw EventsFault.resourceNotFound("Event source \(input.Name)")
    }

    func listPartnerSources(_ input: Nothing, _ context: Context) async throws -> PartnerSourceList { PartnerSourceList() }
}
