import Kernel

/// What Pipes refuses (https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/CommonErrors.html).
enum PipesFault: Fault {
    case notFound(String)
    case exists(String)
    case busy(String, state: String)
    case invalid(String)
    /// Nothing that AWS takes either: what it would be, and its ARN.
    case unsupported(String, String)
    case notBuilt(String)

    static func unassumable(_ role: String) -> PipesFault {
        .invalid("The role \(role) cannot be assumed by pipes.amazonaws.com.")
    }

    var wire: AWSError {
        switch self {
        case .notFound(let name): AWSError("NotFoundException", 404, "Pipe \(name) does not exist.")
        case .exists(let name): AWSError("ConflictException", 409, "Pipe \(name) already exists.")
        case .busy(let name, let state):
            AWSError("ConflictException", 409, "Pipe \(name) cannot be changed while it is in the state \(state).")
        case .invalid(let reason): AWSError("ValidationException", 400, reason)
        case .unsupported(let what, let arn): AWSError("ValidationException", 400, "\(what) ARN \(arn) is not supported.")
        case .notBuilt(let what): AWSError.notImplemented(what, of: "pipes")
        }
    }
}
