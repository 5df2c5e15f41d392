import Documents
import Kernel

/// Global endpoints cannot be made here, so there are none: tools that look find no one, and making one refuses.
extension EventBridgeService {
    struct EndpointList: Encodable, Sendable { var Endpoints: [Document] = [] }
    struct AbsentName: Decodable, Sendable { var Name: String }

    func listEndpoints(_ input: Nothing, _ context: Context) async throws -> EndpointList { EndpointList() }

    func describeEndpoint(_ input: AbsentName, _ context: Context) async throws -> Nothing {
        throw EventsFault.resourceNotFound("Endpoint \(input.Name)")
    }
}
