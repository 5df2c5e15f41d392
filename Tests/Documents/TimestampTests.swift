import Documents
import Testing

@Suite struct TimestampTests {
    @Test func sumsEndWhereTimeEnds() {
        let end = Timestamp(microseconds: Timestamp.farthest)
        #expect(Timestamp(seconds: .max) == end && Timestamp(milliseconds: .max) == end)
        #expect(Timestamp(seconds: .min).microseconds == -Timestamp.farthest)
        #expect(Timestamp(seconds: 1) + .seconds(Int64.max) == end)
        #expect(Timestamp(seconds: 1) - .seconds(Int64.max) == Timestamp(microseconds: 1_000_000 - Timestamp.farthest))
        #expect(end + .seconds(1) == end && end + end.sinceStart == end)
        #expect(Timestamp(seconds: .min) - .seconds(Int64.max) == Timestamp(seconds: .min))
        #expect(end - Timestamp(seconds: .min) == .microseconds(Timestamp.farthest))
        #expect(end.httpDate().hasSuffix(" GMT"))
    }

    @Test func sumsWithinItAreExact() {
        let moment = Timestamp(milliseconds: 1_700_000_000_123)
        #expect((moment + .seconds(86_400)).microseconds == 1_700_086_400_123_000)
        #expect(moment - .milliseconds(123) == Timestamp(seconds: 1_700_000_000))
        #expect(moment - Timestamp(seconds: 1_700_000_000) == .milliseconds(123))
    }
}

extension Timestamp {
    fileprivate var sinceStart: Duration { self - Timestamp(seconds: 0) }
}
