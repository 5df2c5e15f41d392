import Documents
import InstanceMetadata
import Kernel
import Wire

extension AdminRoutes {
    /// The page from which `tarn imds` takes a role's keys. Signed by whoever starts the process: passing a role needs
    /// `iam:PassRole`.
    mutating func addRoleDelivery() {
        on("POST", "/_tarn/role-keys", localOnly: true) { request, platform in
            let body = try await request.body.collect(limit: 4_096)
            do {
                let caller = try await AdminSignature.caller(of: request, body: body, platform)
                guard let input = try? DocumentDecoder().decode(RoleDelivery.Request.self, from: JSON.parse(body)) else {
                    throw AWSError("SerializationException", 400, "The request is malformed.")
                }
                let keys = try await RoleDelivery(platform: platform).deliver(input, to: caller)
                return Self.json(try DocumentEncoder().encode(keys))
            } catch let error as AWSError {
                return Self.json(["code": .string(error.code), "message": .string(error.message)], status: error.status)
            }
        }
    }
}
