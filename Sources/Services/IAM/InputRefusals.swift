import Documents
import Kernel
import Model

/// How IAM says that a name or a path has characters that it may not have.
extension IAMService {
    public func refusal(of violations: [Violation]) -> AWSError? {
        guard violations.count == 1, case .pattern? = violations.first?.constraint, let member = violations.first?.path,
            let rule = Self.rule(of: member)
        else { return nil }
        return AWSError("ValidationError", 400, "The specified value for \(member) is invalid. It must \(rule)")
    }

    private static func rule(of member: String) -> String? {
        switch member {
        case "userName", "newUserName", "groupName", "newGroupName", "roleName", "policyName", "instanceProfileName":
            "contain only alphanumeric characters and/or the following: +=,.@_-"
        case "path", "newPath": "begin and end with / and contain only alphanumeric characters and/or / characters."
        case "pathPrefix": "begin with / and contain only alphanumeric characters and/or / characters."
        default: nil
        }
    }
}
