import Documents
import Kernel

/// Delegation requests come from partners of AWS, and there are none here: lists are empty and no request is found. Nor
/// does an account vend tokens to other providers; its federation outwards is off and can't be switched on.
enum DelegationRequests {
    struct Entry: Codable, Sendable { var DelegationRequestId: String }
    struct List: Codable, Sendable {
        var DelegationRequests: [Entry] = []
        var isTruncated = false
    }
    struct Name: Codable, Sendable { var DelegationRequestId: String }

    static let byName = [
        "GetDelegationRequest", "AcceptDelegationRequest", "RejectDelegationRequest", "UpdateDelegationRequest",
        "SendDelegationToken", "AssociateDelegationRequest",
    ]
    static let federation = ["GetOutboundWebIdentityFederationInfo", "DisableOutboundWebIdentityFederation"]

    static func register(in operations: inout Operations) {
        operations.on("ListDelegationRequests") { (_: Nothing, _) in List() }
        for operation in byName {
            operations.on(operation) { (input: Name, _) -> Nothing in
                throw IAMFault.entityNotFound("Delegation request \(input.DelegationRequestId) cannot be found.")
            }
        }
        for operation in federation {
            operations.on(operation) { (_: Nothing, _) -> Nothing in throw IAMFault.federationOff }
        }
    }
}
