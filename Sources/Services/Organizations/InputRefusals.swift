import Documents
import Kernel
import Model

/// Organizations gives a reason for each input that it does not take
/// (https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html, InvalidInputException).
extension OrganizationsService {
    public func refusal(of violations: [Violation]) -> AWSError? {
        guard let first = violations.first else { return nil }
        let (reason, message): (OrganizationsFault.Input, String) =
            switch first.constraint {
            case .notNull: (.required, "You must include a value for all required parameters.")
            case .enumeration: (.enumeration, "You specified an invalid value.")
            case .lengthMin: (.tooShort, "You provided a string parameter that is shorter than allowed.")
            case .lengthMax: (.tooLong, "You provided a string parameter that is longer than allowed.")
            case .valueMin: (.tooSmall, "You provided a numeric parameter that has a smaller value than allowed.")
            case .valueMax: (.tooLarge, "You provided a numeric parameter that has a larger value than allowed.")
            case .pattern, .elements, .mapKeys, .mapValues:
                (.pattern, "You provided a value that does not match the required pattern.")
            }
        return OrganizationsFault.invalid(reason, message).wire
    }
}
