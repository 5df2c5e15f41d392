import Documents
import Policy

extension Platform {
    /// May this caller do this? Decided in one place for every call, before its handler runs.
    /// - Throws: the service's own denial.
    func authorize(_ call: Call, on service: any Service, _ context: Context) async throws {
        guard call.caller.kind != .root else { return }
        throw service.denied("User: \(call.caller.arn) is not authorized to perform: \(call.service):\(call.operation)")
    }
}
