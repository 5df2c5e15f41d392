import Documents
import Policy

/// One permission with the decision on it, and all that the decision was taken from.
struct Judgement: Sendable {
    var permission: Permission
    var decision: Decision
    var basis: Basis

    struct Basis: Sendable {
        /// With the spelling of the resource that decided.
        var request: EvaluationRequest
        var policies: PolicySet
        var account: String
        private let keys: RequestKeys

        init(_ request: EvaluationRequest, _ policies: PolicySet, account: String, _ keys: RequestKeys) {
            (self.request, self.policies, self.account, self.keys) = (request, policies, account, keys)
        }

        /// Lets go of the call's input, and with it of the keys for the tags in it.
        func forgetInput() { keys.forgetInput() }
    }
}
