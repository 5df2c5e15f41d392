import Kernel
import Model

/// Where Lambda has other words for a value that the API model refuses.
extension LambdaService {
    public func refusal(of violations: [Violation]) -> AWSError? {
        guard violations.count == 1, let first = violations.first, first.path == "runtime", case .text(let value) = first.value,
            case .enumeration = first.constraint
        else { return nil }
        return LambdaFault.invalidParameter(
            "Value \(value) at 'runtime' failed to satisfy constraint: \(first.constraint) or be a valid ARN"
        ).wire
    }
}
