/// Misspelled names of services in policies.
///
/// AWS knows all its service principals and publishes no list of them: there are far more than APIs, and refusing one that
/// there is would be worse than passing one that there isn't. So only names are refused that are one slip away from a
/// frequent one, long enough that nothing else is called so.
public enum ServicePrincipalNames {
    /// No other service's name is one letter away from one of these.
    private static let frequent: [[UInt8]] = [
        "lambda", "events", "states", "scheduler", "firehose", "kinesis", "dynamodb", "athena", "cloudtrail", "secretsmanager",
        "organizations", "apigateway", "cloudformation", "cloudfront", "codebuild", "codepipeline", "codedeploy", "ecs-tasks",
        "redshift", "sagemaker", "elasticmapreduce",
    ].map { Array($0.utf8) }

    /// Whether a principal is one letter more, less, other or swapped away from a frequent one: `lamda.amazonaws.com`.
    public static func isMisspelled(_ principal: String) -> Bool {
        let suffix = ".amazonaws.com"
        guard principal.hasSuffix(suffix) else { return false }
        // `states.us-east-1.amazonaws.com` names a Region as well; more labels belong to a service's own family of names.
        let labels = principal.dropLast(suffix.utf8.count).split(separator: ".", omittingEmptySubsequences: false)
        guard let name = labels.first, labels.count == 1 || labels.count == 2 && isRegion(labels[1]) else { return false }
        let given = Array(name.lowercased().utf8)
        return !frequent.contains(given) && frequent.contains { isOneSlip(from: $0, to: given) }
    }

    private static func isRegion(_ label: Substring) -> Bool {
        let parts = label.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count >= 3 && parts[0].utf8.count == 2 && parts.last.map { Int($0) != nil } == true
    }

    private static func isOneSlip(from known: [UInt8], to given: [UInt8]) -> Bool {
        guard abs(known.count - given.count) <= 1 else { return false }
        let head = zip(known, given).prefix { $0 == $1 }.count
        let (old, new) = (known[head...], given[head...])
        if old.count != new.count {
            return old.count > new.count ? old.dropFirst().elementsEqual(new) : new.dropFirst().elementsEqual(old)
        }
        guard old.count > 0 else { return false }
        if old.dropFirst().elementsEqual(new.dropFirst()) { return true }
        return old.count > 1 && old[head] == new[head + 1] && old[head + 1] == new[head]
            && old.dropFirst(2).elementsEqual(new.dropFirst(2))
    }
}
