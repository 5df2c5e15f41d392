import Kernel
import Testing

@testable import EventBridge

@Suite("Kinds of targets")
struct TargetKindTests {
    @Test("A target's kind is told by its ARN")
    func kinds() throws {
        let stream = try #require(ARN("arn:aws:firehose:us-east-1:000000000000:deliverystream/d"))
        let queue = try #require(ARN("arn:aws:sqs:us-east-1:000000000000:q"))
        guard case .deliveryStream? = TargetKind(stream), case .queue? = TargetKind(queue) else {
            Issue.record("a kind is wrong")
            return
        }
        let bucket = try #require(ARN("arn:aws:s3:::bucket"))
        #expect(TargetKind(bucket) == nil)
    }
}
