/// The register of key spaces: every key in the store begins with one of these numbers. Never renumber, never reuse; a
/// retired space keeps its line. Each room has a range of its own, so that two branches never claim one number.
public enum Space: UInt16, Sendable, CaseIterable {
    // 0-19: the store and the kernel.
    case meta = 0
    case clock = 1
    case timer = 2
    case timerByID = 3
    case delivery = 4
    case deliveryLane = 5

    // 20-39: identity (IAM, STS).
    case user = 20
    case role = 21
    case group = 22
    case managedPolicy = 23
    case accessKey = 24
    case accessKeyByUser = 25

    // 40-69: S3.

    // 70-89: DynamoDB.

    // 90-109: Lambda.

    // 110-119: CloudWatch Logs.

    // 120-139: Glue.
    case glueDatabase = 120
    case glueTable = 121
    case glueTableVersion = 122
    case gluePartition = 123
    case glueCrawler = 124

    // 140-149: Athena.
    case athenaWorkGroup = 140
    case athenaQuery = 141
    case athenaQueryByTime = 142
    case athenaQueryByToken = 143
}
