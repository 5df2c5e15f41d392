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
    case policyUse = 26
    case groupMember = 27
    case identityAccount = 28
    case instanceProfile = 29
    case identityFederation = 30
    case mfaDevice = 31
    case serverCertificate = 32
    case userCredential = 33
    case accessKeyUse = 34
    case credentialReport = 35
    case roleDeletion = 36
    case principalUse = 37
    case accessReport = 38

    // 40-69: S3.
    case s3Bucket = 40
    case s3BucketByOwner = 41
    case s3Object = 42
    case s3Version = 43
    case s3Body = 44
    case s3Blob = 45
    case s3Garbage = 46
    case s3Upload = 47
    case s3Part = 48
    case s3InstallationKey = 49
    case s3Account = 50
    case s3Configuration = 55
    // 56-57: Object Lambda and multi-Region access points.
    case s3ObjectLambda = 56
    case s3MultiRegion = 57
    // 59-62: access points, access logs, batch operations.
    case s3AccessPoint = 59
    case s3AccessLog = 60
    case s3Job = 61
    case s3JobTask = 62

    // 70-89: DynamoDB.
    case dynamoTable = 70
    case dynamoItem = 71
    case dynamoTally = 72
    case dynamoIndex = 73
    case dynamoExpiry = 74
    case dynamoStream = 75
    case dynamoStreamRecord = 76
    case dynamoRequestToken = 77
    case dynamoRequestTokenDue = 78
    case dynamoBackup = 79
    case dynamoBackupItem = 80
    case dynamoHistory = 81
    case dynamoExport = 82
    case dynamoReplicaMark = 83
    case dynamoReplicaTombstone = 84
    case dynamoReplicaCursor = 85
    case dynamoImport = 86
    case dynamoDataKey = 87
    case dynamoThroughput = 88

    // 90-109: Lambda.
    case lambdaFunction = 90
    case lambdaMapping = 91
    case lambdaCheckpoint = 92
    case lambdaVersion = 93
    case lambdaAlias = 94
    case lambdaEventConfig = 95
    case lambdaLayer = 96
    case lambdaURL = 97
    case lambdaURLByID = 98
    case lambdaProvisioned = 99

    // 110-119: CloudWatch Logs.
    case logGroup = 110
    case logStream = 111
    case logEvent = 112

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

    // 150-159: KMS.
    case rootKeyCheck = 150
    case kmsKey = 151
    case kmsKeyByAccount = 152
    case kmsAlias = 153
    case kmsAliasByKey = 154
    case kmsGrant = 155
    case kmsGrantByRetiring = 156

    // 160-169: Secrets Manager.
    case secret = 160
    case secretVersion = 161

    // 170-179: Systems Manager (parameters).
    case parameter = 170
    case parameterVersion = 171
    case parameterTally = 172
    case parameterSetting = 173

    // 180-189: Organizations.
    case organization = 180
    case organizationMember = 181
    case organizationUnit = 182
    case organizationChild = 183
    case organizationPolicy = 184
    case organizationAttachment = 185
    case organizationHandshake = 186
    case organizationHandshakeByParty = 187
    case organizationAccountRequest = 188
    case organizationAccountProfile = 189

    // 190-199: CloudTrail and the audit behind it.
    case auditEvent = 190
    case auditPosting = 191
    case auditSequence = 192
    case auditBatch = 193
    case auditDataLog = 194
    case trail = 195
    case trailProgress = 196
    case trailDigest = 197
    case trailSigningKey = 198

    // 200-209: SQS.
    case sqsQueue = 200
    case sqsBody = 201
    case sqsTally = 202
    case sqsMessage = 203
    case sqsVisible = 204
    case sqsGroup = 205
    case sqsGroupMessage = 206
    case sqsGroupReady = 207
    case sqsOnce = 208
    case sqsMoveTask = 209

    // 210-219: SNS.
    case snsTopic = 210
    case snsSubscription = 211
    case snsSubscriptionByAccount = 212
    case snsDeduplication = 213
    case snsSigningKey = 214
    case snsAccount = 215
    case snsMail = 216
    case snsOptOut = 217
    case snsFIFOQueue = 218

    // 220-239: EventBridge, Scheduler, Pipes.
    case eventBus = 220
    case eventRule = 221
    case eventTarget = 222
    case eventArchive = 223
    case archivedEvent = 224
    case eventReplay = 225
    case eventConnection = 226
    case eventDestination = 227
    // 228, 229 and 239: eventSource, eventLine and eventSourceByPartner, below.
    // 230-234: Scheduler.
    case scheduleGroup = 230
    case schedule = 231
    case schedulerToken = 232
    case schedulerTokenByTime = 233
    // 235-238: Pipes.
    case pipe = 235
    case pipeCheckpoint = 236

    // 240-249: Kinesis.
    case kinesisStream = 240
    case kinesisConsumer = 241
    case kinesisDataKey = 242

    // 250-259: Firehose.
    case firehoseStream = 250
    case firehoseBatch = 251
    case firehoseCheckpoint = 252
    case firehosePartition = 253

    // 260-264: Application Auto Scaling.
    case scalableTarget = 260
    case scalingPolicy = 261
    case scalingActivity = 262

    // Cases at the end do not move those before them, which incremental builds of other rooms have compiled in.
    /// EventBridge: events that wait for a queue.
    case eventLine = 229
    /// Lambda: code signing configurations.
    case lambdaCodeSigning = 100
    /// CloudWatch Logs: what belongs to an account and not to a group.
    case logResourcePolicy = 113
    case logDestination = 114
    case logQueryDefinition = 115
    case logExportTask = 116
    case logQuery = 117
    /// EventBridge: partner event sources, by their customers and by their partners.
    case eventSource = 228
    case eventSourceByPartner = 239
    /// SNS: messages that FIFO topics keep for replays.
    case snsArchive = 219
    /// Glue: runs of crawlers.
    case glueCrawl = 125
    /// Athena: queries and statements that are kept under a name.
    case athenaNamedQuery = 144
    case athenaNamedQueryByGroup = 145
    case athenaPreparedStatement = 146
    /// Athena: results that may serve again, by what was asked.
    case athenaResult = 147
    /// Glue: statistics of columns, and functions.
    case glueColumnStatistics = 126
    case glueFunction = 127
    /// Glue: who else may use an account's catalogue.
    case glueResourcePolicy = 128
    /// IAM: the users and roles that policies name, by their unique ids.
    case principalID = 39
    /// Application Auto Scaling: scheduled actions.
    case scheduledScaling = 263
    /// CloudWatch Logs: policies of an account, and of one group.
    case logAccountPolicy = 118
    case logGroupPolicy = 119
}
