import Documents
import Kernel
import Store

/// ConfirmSubscription, Unsubscribe.
extension SNSService {
    struct ConfirmInput: Decodable, Sendable {
        var TopicArn: String
        var Token: String
        var AuthenticateOnUnsubscribe: String?
    }

    /// https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html. Whoever has the token may: the link in the
    /// message carries no signature.
    func confirmSubscription(_ input: ConfirmInput, _ context: Context) async throws -> SubscribeOutput {
        let name = try TopicName(input.TopicArn, member: "TopicArn")
        guard name.subscription == nil else { throw SNSFault.invalid("TopicArn") }
        let authenticates = input.AuthenticateOnUnsubscribe?.lowercased() == "true"
        let isAnonymous = context.caller.kind == .anonymous
        return try await context.store.write { transaction in
            guard try transaction.contains(TopicRecord.key(name.account, name.region, name.topic)) else {
                throw SNSFault.noTopic
            }
            guard let id = ConfirmationToken.subscription(input.Token),
                var subscription = try transaction.subscription(name, id),
                ConstantTime.equal(subscription.token, input.Token)
            else { throw SNSFault.invalidToken }
            if !subscription.isConfirmed {
                subscription.isConfirmed = true
                subscription.wasAuthenticated = !isAnonymous
                subscription.authenticatesUnsubscribe = authenticates && !isAnonymous
                try transaction.put(subscription.key, subscription)
                try transaction.cancelTimer(Self.id, id: subscription.timerID)
            }
            return SubscribeOutput(SubscriptionArn: subscription.arn)
        }
    }

    /// https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html. The link in messages carries no signature either,
    /// unless the confirmation asked for one. A subscription that is not there is no error.
    func unsubscribe(_ input: SubscriptionInput, _ context: Context) async throws -> Nothing {
        let name = try TopicName(input.SubscriptionArn, member: "SubscriptionArn")
        guard let id = name.subscription else {
            throw SNSFault.invalid("SubscriptionArn Reason: An ARN must have at least 7 elements")
        }
        let platform = context.platform
        let isAnonymous = context.caller.kind == .anonymous
        try await context.store.write { transaction in
            guard let subscription = try transaction.subscription(name, id) else { return }
            if isAnonymous {
                guard !subscription.authenticatesUnsubscribe else {
                    throw SNSFault.unauthorized("Unsubscribe requires authentication")
                }
            } else {
                try Self.checkOwner(subscription, "SNS:Unsubscribe", context)
            }
            guard subscription.isConfirmed else { throw SNSFault.invalid("This subscription is pending confirmation") }
            try transaction.remove(subscription)
            let key = TopicRecord.key(name.account, name.region, name.topic)
            if var topic = try transaction.record(TopicRecord.self, key) {
                topic.subscriptionsDeleted += 1
                try transaction.put(key, topic)
            }
            // Without a signature it may not have been the subscriber: it learns how to come back.
            guard isAnonymous, ["http", "https", "email", "email-json"].contains(subscription.transport) else { return }
            var again = subscription
            again.isConfirmed = false
            again.token = ConfirmationToken.make(again.id)
            let now = platform.clock.now()
            try transaction.put(again.key, again)
            try transaction.put(again.place, SubscriptionPlace(arn: again.arn))
            try transaction.schedule(
                TimerRecord(
                    id: again.timerID, service: Self.id, name: "pending", due: now + SNSLimit.confirmation,
                    payload: ["subscription": .string(again.arn)]), on: platform)
            try self.tell(.unsubscription, again, on: platform, transaction)
        }
        return Nothing()
    }

    /// Sends a message about the subscription itself to its endpoint.
    func tell(
        _ kind: Envelope.Kind, _ subscription: SubscriptionRecord, on platform: Platform, _ transaction: Transaction
    ) throws {
        let now = platform.clock.now()
        try transaction.enqueue(
            Delivery(
                id: Identifier.uuid(), lane: subscription.arn, service: Self.id, name: "control",
                payload: [
                    "subscription": .string(subscription.arn), "kind": .string(kind.rawValue),
                    "id": .string(Identifier.uuid()), "time": .timestamp(now),
                ], created: now, expires: now + SNSLimit.httpLifetime), on: platform)
    }
}

/// ListSubscriptions, ListSubscriptionsByTopic.
extension SNSService {
    struct ListSubscriptionsOutput: Encodable, Sendable {
        struct Subscription: Encodable, Sendable {
            var SubscriptionArn: String
            var Owner: String
            var `Protocol`: String
            var Endpoint: String
            var TopicArn: String
            init(_ record: SubscriptionRecord) {
                SubscriptionArn = record.isConfirmed ? record.arn : "PendingConfirmation"
                (Owner, `Protocol`, Endpoint, TopicArn) = (record.owner, record.transport, record.endpoint, record.topicARN)
            }
        }
        var Subscriptions: [Subscription]
        var NextToken: String?
    }

    /// The caller's own subscriptions.
    func listSubscriptions(_ input: PageInput, _ context: Context) async throws -> ListSubscriptionsOutput {
        let after = try PageToken.read(input.NextToken, of: context.list())
        let all = SubscriptionRecord.places(context.account, context.region)
        let (page, next) = try await context.store.read { snapshot in
            var arns: [String] = []
            try snapshot.records(
                SubscriptionPlace.self, all, after: after.map { all.appending(.text($0)) }, limit: SNSLimit.page + 1
            ) { _, place in
                arns.append(place.arn)
                return true
            }
            let page = arns.prefix(SNSLimit.page)
            let records = try page.compactMap { arn -> SubscriptionRecord? in
                let name = try TopicName(arn, member: "SubscriptionArn")
                return try snapshot.subscription(name, name.subscription ?? "")
            }
            return (records, arns.count > page.count ? page.last : nil)
        }
        return ListSubscriptionsOutput(
            Subscriptions: page.map { .init($0) }, NextToken: next.map { PageToken.write($0, of: context.list()) })
    }

    struct ListByTopicInput: Decodable, Sendable {
        var TopicArn: String
        var NextToken: String?
    }

    func listSubscriptionsByTopic(_ input: ListByTopicInput, _ context: Context) async throws -> ListSubscriptionsOutput {
        let after = try PageToken.read(input.NextToken, of: context.list(input.TopicArn))
        let found = try await context.store.read { snapshot in
            let all = try snapshot.topic(input.TopicArn, context).subscriptions
            var found: [SubscriptionRecord] = []
            try snapshot.records(
                SubscriptionRecord.self, all, after: after.map { all.appending(.text($0)) }, limit: SNSLimit.page + 1
            ) { _, subscription in
                found.append(subscription)
                return true
            }
            return found
        }
        let page = found.prefix(SNSLimit.page)
        return ListSubscriptionsOutput(
            Subscriptions: page.map { .init($0) },
            NextToken: found.count > page.count ? page.last.map { PageToken.write($0.id, of: context.list(input.TopicArn)) } : nil
        )
    }
}
