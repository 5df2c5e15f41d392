import Documents
import Kernel
import Model

/// LookupEvents has an error of its own for each of its members
/// (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html).
extension CloudTrailService {
    public func refusal(of violations: [Violation]) -> AWSError? {
        guard let first = violations.first else { return nil }
        switch first.path {
        case "maxResults":
            return AWSError(
                "InvalidMaxResultsException", 400, "The maximum number of results must be between 1 and \(TrailLimit.lookupPage)."
            )
        case "eventCategory":
            return AWSError("InvalidEventCategoryException", 400, "The event category is not valid. The valid value is: insight.")
        case let path where path.hasPrefix("lookupAttributes") && path.hasSuffix("attributeKey"):
            guard case .enumeration = first.constraint else { return nil }
            return CloudTrailFault.lookupAttributes("Invalid attribute key: \(first.shown)").wire
        default: return nil
        }
    }
}

extension Violation {
    fileprivate var shown: String { if case .text(let text) = value { text } else { "" } }
}
